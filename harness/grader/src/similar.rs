//! Which submissions resemble each other, or the course's own, more than the starter explains.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use grade::intake::{Caps, Class, Submission, Wanted};
use grade::report::text;
use grade::similarity::{self, Pair, Place, Sources};
use lab_manifest::variant::{self, Verdict};

use crate::failure::{CourseFailure, Failure};
use crate::inputs::{self, Meant};
use course::course::Course;
use course::starter;
use course::terminal::{Style, Terminal};

/// Lines of a passage that the terminal shows; `--json` has all.
const SHOWN_LINES: usize = 12;
/// Passages of a pair that the terminal shows.
const SHOWN_PASSAGES: usize = 3;

/// What `grade similar` takes.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Checkouts, folders of submissions, archives or rosters
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// The exercise
    #[arg(long, value_name = "N")]
    exercise: u32,
    /// Pairs below this are not told
    #[arg(long, value_name = "PERCENT", default_value_t = 30.0)]
    least: f64,
    /// Writes the sources for `JPlag` into this folder too, and tells its command
    #[arg(long, value_name = "DIR")]
    jplag: Option<PathBuf>,
    /// As JSON, with every passage whole
    #[arg(long)]
    json: bool,
}

/// Compares, and tells the pairs.
pub fn run(course: &Course, args: &Args) -> Result<(), Failure> {
    let grading = grade::course_toml::Grading::default();
    let meant = inputs::meant(course, &[args.exercise], &grading)?;
    let others = inputs::meant(course, &[], &grading)?;
    let others: Vec<Wanted> =
        others.into_iter().map(|one| one.wanted).filter(|wanted| wanted.number != args.exercise).collect();
    let [meant] = meant.as_slice() else { unreachable!("one number is one exercise") };
    let terminal = Terminal::stderr();
    let mut sources = submissions(&args.paths, meant, &others, &terminal)?;
    let submissions = sources.len();
    sources.extend(own(course, meant)?);
    let pairs = similarity::compare(&sources, &meant.starter, args.least);
    let out = Terminal::stdout();
    if args.json {
        let text = serde_json::to_string_pretty(&pairs).expect("pairs have only text keys");
        out.line(&text);
    } else {
        show(&out, &pairs);
        out.text(&format!(
            "{submissions} submissions, {} pairs of at least {} %. A likeness is a reason to read, and no proof: the \
             solutions are public, and a short exercise has few right answers.",
            pairs.len(),
            args.least
        ));
    }
    if let Some(folder) = &args.jplag {
        let command = similarity::jplag(&sources, &meant.starter, folder)
            .map_err(|(path, source)| CourseFailure::Io { doing: "write", path, source })?;
        terminal.text(&format!("JPlag: `{command}`"));
    }
    Ok(())
}

fn submissions(
    paths: &[PathBuf],
    meant: &Meant<'_>,
    others: &[Wanted],
    terminal: &Terminal,
) -> Result<Vec<Sources>, Failure> {
    let class = Class::find(paths, std::slice::from_ref(&meant.wanted))?;
    let mut sources = Vec::new();
    for entry in class.entries {
        let Some(path) = &entry.path else { continue };
        let taken = Submission::open(path, &Caps::default())
            .and_then(|submission| submission.take(&meant.wanted, others, true));
        match taken {
            Ok(taken) => sources.push(Sources { name: entry.id, is_own: false, files: taken.files }),
            Err(refusal) => terminal.text(&format!("{} is left out: {refusal}", text::line(&entry.id))),
        }
    }
    Ok(sources)
}

/// The solution, and it again with each right variant over it.
fn own(course: &Course, meant: &Meant<'_>) -> Result<Vec<Sources>, Failure> {
    let solution = files(&course.solution(meant.exercise))?;
    let mut own = vec![Sources { name: "the solution".into(), is_own: true, files: solution.clone() }];
    for variant in variant::all(&meant.exercise.folder).map_err(CourseFailure::from)? {
        if variant.verdict == Verdict::Right {
            let mut files_of = solution.clone();
            files_of.extend(files(&variant.folder)?);
            let name = format!("the variant {}", variant.name);
            own.push(Sources { name, is_own: true, files: files_of });
        }
    }
    Ok(own)
}

fn files(folder: &Path) -> Result<BTreeMap<PathBuf, Vec<u8>>, Failure> {
    Ok(starter::sources(folder)?.0.into_iter().map(|(path, bytes)| (PathBuf::from(path), bytes)).collect())
}

fn show(out: &Terminal, pairs: &[Pair]) {
    for pair in pairs {
        let head = format!("{} and {}", text::line(&pair.one), text::line(&pair.other));
        out.line(&text::for_log(&format!("{}  {:.1} %", out.paint(Style::Strong, &head), pair.percent)));
        for passage in pair.passages.iter().take(SHOWN_PASSAGES) {
            let column = out.width().saturating_sub(5) / 2;
            let place = |place: &Place| format!("{}:{}-{}", text::line(&place.file), place.from, place.to);
            row(out, &place(&passage.one), &place(&passage.other), column);
            let lines = |place: &Place| -> Vec<String> {
                text::visible(&place.text).replace('\t', "    ").lines().map(str::to_owned).collect()
            };
            let (one, other) = (lines(&passage.one), lines(&passage.other));
            for at in 0..one.len().max(other.len()).min(SHOWN_LINES) {
                let of = |lines: &[String]| lines.get(at).cloned().unwrap_or_default();
                row(out, &of(&one), &of(&other), column);
            }
            out.line("");
        }
    }
}

/// Two columns; what does not fit is cut.
fn row(out: &Terminal, one: &str, other: &str, column: usize) {
    let cut = |text: &str| text.chars().take(column).collect::<String>();
    out.line(format!("  {:<column$} │ {}", cut(one), cut(other)).trim_end());
}
