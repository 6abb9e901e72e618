//! Grades what it is given, and resumes where it was stopped.

use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use grade::batch::{self, Plan, Planned, Progress, Resumption, Summary};
use grade::bench::{Bench, BenchError, Place};
use grade::course_toml::Grading;
use grade::intake::{Caps, Class};
use grade::journal::{Graded, Journal, Opened, Reader, Record, Shard, Student};
use grade::report::{self, Report};
use grade::seeds::ClassSecret;
use grade::verdict::{Cancel, Outcome, Settings};

use crate::failure::{CourseFailure, Failure, REFUSED, UNUSABLE};
use crate::inputs::{self, Meant, Part};
use crate::told;
use course::course::Course;
use course::interrupt;
use course::terminal::{Style, Terminal};
use course::verify::overlay;

/// How often it is looked whether somebody pressed Ctrl-C.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// What grading takes.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub struct Args {
    /// A checkout, a folder of submissions, an archive (.tar, .tar.gz, .zip), or a roster (.csv)
    #[arg(required_unless_present = "own", value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Only these exercises, such as `1` or `1,2`
    #[arg(long, value_name = "N", value_delimiter = ',')]
    exercise: Vec<u32>,
    /// Weights, deadlines, seeds, limits; `course.toml` where it is there
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where verdicts are kept, and a stopped run resumes; `.course/grade/journal.jsonl`
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    /// Where the reports are written; a folder `report` beside the journal
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Submissions at a time; as many as there are processors
    #[arg(long, value_name = "N")]
    jobs: Option<NonZero<usize>>,
    /// Only part i of n of the class; `grade merge` joins the journals
    #[arg(long, value_name = "I/N")]
    shard: Option<Part>,
    /// When the submissions came in, where no roster says so: `2026-11-30 18:00`
    #[arg(long, value_name = "TIME")]
    submitted: Option<String>,
    /// Your own work, with seeds that you may see; nothing is kept
    #[arg(long = "self")]
    own: bool,
    /// With --self: a seed; may be given several times
    #[arg(long, value_name = "SEED", requires = "own")]
    seed: Vec<u64>,
    /// The report as JSON on the standard output
    #[arg(long)]
    json: bool,
}

/// Grades the class.
pub fn run(course: &Course, args: &Args) -> Result<(), Failure> {
    let grading = inputs::grading(args.config.as_deref())?;
    let meant = inputs::meant(course, &args.exercise, &grading)?;
    if let Some(text) = &args.submitted {
        grading.policy.submitted(text).map_err(|error| Failure::Grading {
            message: format!("--submitted: {error}"),
            remedy: error.remedy(),
            exit_code: UNUSABLE,
        })?;
    }
    if args.own { own(course, args, &grading, &meant) } else { class(course, args, &grading, &meant) }
}

fn class(course: &Course, args: &Args, grading: &Grading, meant: &[Meant<'_>]) -> Result<(), Failure> {
    let found = find(args, &args.paths, meant)?;
    let journal_path = args.journal.clone().unwrap_or_else(|| folder(course).join("journal.jsonl"));
    make_folder_of(&journal_path)?;
    let secret = secret(grading, &journal_path, args.shard.is_some())?;
    let out = args.out.clone().unwrap_or_else(|| journal_path.with_file_name("report"));
    let mut before = Resumption::default();
    let (mut journal, torn_bytes) = Journal::open(&journal_path, &mut |record| before.take(record))?;
    let terminal = Terminal::stderr();
    if torn_bytes > 0 {
        terminal.text(&format!(
            "the journal's last line was never finished: {torn_bytes} bytes of it were removed"
        ));
    }
    let job = Job { course, grading, meant, jobs: jobs(args), terminal };
    let settings = |exercise: &Meant<'_>| {
        job.settings(secret.seeds(&exercise.exercise.uuid, grading.seeds), &secret.id())
    };
    let shard = args.shard.map(|part| part.0);
    let summary = job.grade(&found, &settings, &mut journal, &before, shard)?;
    drop((journal, before));
    let report = Report::of(Reader::open(&journal_path)?, None)?;
    told::write(&report, &out)?;
    told::show(&report, &journal_path, args.json)?;
    terminal.text(&format!("journal: {}", course.shown(&journal_path)));
    terminal.text(&format!("reports: {}", course.shown(&out)));
    end(&report, summary)
}

/// A reader's own work, a row a seed: nothing is hidden from whoever wrote it.
fn own(course: &Course, args: &Args, grading: &Grading, meant: &[Meant<'_>]) -> Result<(), Failure> {
    let paths = if args.paths.is_empty() { vec![course.root.clone()] } else { args.paths.clone() };
    let found = find(args, &paths, meant)?;
    let [entry] = found.entries.as_slice() else {
        return Err(Failure::Grading {
            message: format!("--self takes one submission, and there are {}", found.entries.len()),
            remedy: "name one, or leave --self out".into(),
            exit_code: UNUSABLE,
        });
    };
    let scratch = tempfile::tempdir().map_err(CourseFailure::io("make", &std::env::temp_dir()))?;
    let path = scratch.path().join("journal.jsonl");
    let (mut journal, _) = Journal::open(&path, &mut |_| {})?;
    let job = Job { course, grading, meant, jobs: jobs(args), terminal: Terminal::stderr() };
    let seeds = if args.seed.is_empty() { vec![grade::seeds::DISCLOSED] } else { args.seed.clone() };
    let mut summary = Summary::default();
    for seed in seeds {
        let mut entry = entry.clone();
        entry.id = format!("seed {seed}");
        let found = Class { entries: vec![entry], notes: Vec::new() };
        let settings = |_: &Meant<'_>| job.settings(vec![seed], "own");
        summary = job.grade(&found, &settings, &mut journal, &Resumption::default(), None)?;
        if summary.stopped {
            break;
        }
    }
    drop(journal);
    let report = Report::of(Reader::open(&path)?, None)?;
    if let Some(out) = &args.out {
        told::write(&report, out)?;
    }
    if args.json {
        told::show(&report, &path, true)?;
    } else {
        let out = Terminal::stdout();
        for told in report.all_told() {
            let told = told.map_err(CourseFailure::io("read", &path))?;
            out.line(&out.paint(Style::Strong, &told.student.id));
            out.line(report::terminal::details(&report, &told).trim_end());
        }
    }
    end(&report, summary)?;
    let passed = report
        .students
        .iter()
        .flat_map(|student| &student.exercises)
        .all(|exercise| exercise.outcome == Some(Outcome::Pass));
    if passed {
        Ok(())
    } else {
        Err(CourseFailure::NotGreen { summary: "not every step passed".into() }.into())
    }
}

/// What grading needs, whoever's work it is.
struct Job<'a> {
    course: &'a Course,
    grading: &'a Grading,
    meant: &'a [Meant<'a>],
    jobs: usize,
    terminal: Terminal,
}

impl Job<'_> {
    fn settings(&self, seeds: Vec<u64>, seeds_id: &str) -> (Settings, String) {
        let Grading { limits, repeats, .. } = self.grading;
        let settings = Settings { seeds, limits: *limits, repeats: *repeats, ..Settings::default() };
        let limits = serde_json::to_string(limits).expect("limits have only text keys");
        let id = format!("{seeds_id} {} {repeats} {limits}", settings.seeds.len());
        (settings, id)
    }

    fn grade(
        &self,
        found: &Class,
        settings: &dyn Fn(&Meant<'_>) -> (Settings, String),
        journal: &mut Journal,
        before: &Resumption,
        shard: Option<Shard>,
    ) -> Result<Summary, Failure> {
        let asked_to_end = interrupt::cancel();
        let cancel = Cancel::default();
        let over = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    if asked_to_end.is_cancelled() {
                        cancel.cancel();
                    }
                    std::thread::park_timeout(LOOK_EVERY);
                }
            });
            let summary = self.graded(found, settings, journal, before, shard, &cancel);
            over.store(true, Ordering::Relaxed);
            summary
        })
    }

    fn graded(
        &self,
        found: &Class,
        settings: &dyn Fn(&Meant<'_>) -> (Settings, String),
        journal: &mut Journal,
        before: &Resumption,
        shard: Option<Shard>,
        cancel: &Cancel,
    ) -> Result<Summary, Failure> {
        let numbers: Vec<u32> = self.meant.iter().map(|one| one.exercise.number).collect();
        let bench = self.bench(&numbers, cancel)?;
        let version = bench.course_version().to_owned();
        self.terminal.text(&format!("sandbox: {}", bench.tier()));
        let mut exercises = Vec::new();
        let mut id = String::new();
        for one in self.meant {
            let (settings, settings_id) = settings(one);
            settings_id.clone_into(&mut id);
            exercises.push(Planned {
                wanted: one.wanted.clone(),
                starter: one.shipped(),
                steps: one.steps(),
                settings,
                settings_id,
                version: version.clone(),
                asked: one.asked,
            });
        }
        let opened = self.opened(found, &version, &id, shard);
        if before.opened() != Some(&opened) {
            journal.append(&Record::Opened(opened))?;
        }
        let course = inputs::meant(self.course, &[], &Grading::default())?;
        let plan = Plan {
            exercises,
            course: course.into_iter().map(|one| one.wanted).collect(),
            caps: Caps::default(),
            jobs: self.jobs,
            retries: self.grading.retries,
        };
        let (entries, terminal) = (&found.entries, self.terminal);
        let summary = batch::run(entries, &plan, &bench, journal, before, cancel, &mut |progress| {
            tell(&terminal, &progress, entries.len());
        });
        self.terminal.settle();
        Ok(summary?)
    }

    fn bench(&self, numbers: &[u32], cancel: &Cancel) -> Result<Bench, Failure> {
        let program = std::env::current_exe().map_err(CourseFailure::io("find", Path::new("course")))?;
        let place = Place {
            course: self.course.root.clone(),
            folder: overlay::target(self.course).join("course").join("grade"),
            cell: vec![program.into_os_string(), crate::CELL.into()],
        };
        let mut last = String::new();
        let mut progress = |phrase: &str| {
            if self.terminal.is_live() {
                self.terminal.live(phrase);
            } else if last != phrase {
                self.terminal.line(phrase);
                phrase.clone_into(&mut last);
            }
        };
        let bench = Bench::prepare(place, numbers, cancel, &mut progress)
            .and_then(|bench| bench.prove(cancel, &mut progress).map(|()| bench));
        self.terminal.settle();
        if bench.is_err() && cancel.is_cancelled() {
            // Whatever a program of the bench said when it was stopped: it was stopped.
            return Err(CourseFailure::Interrupted.into());
        }
        bench.map_err(|error| match error {
            BenchError::Cancelled => CourseFailure::Interrupted.into(),
            BenchError::Tier { ref facts, ref remedy, .. } => Failure::Grading {
                message: format!("{error}; nothing was graded. {}", facts.join(". ")),
                remedy: remedy.clone().unwrap_or_else(|| {
                    "grade on Linux 6.7 or newer, outside of a container that forbids it".into()
                }),
                exit_code: REFUSED,
            },
            BenchError::Unproved { .. } => Failure::Grading {
                message: format!("{error}; nothing was graded, because nobody could be graded rightly"),
                remedy: "see that `cargo course verify` holds on this machine; if it does, this grader is at fault"
                    .into(),
                exit_code: REFUSED,
            },
            BenchError::File { .. } | BenchError::Course(_) | BenchError::Program { .. } => {
                Failure::Grading {
                    message: error.to_string(),
                    remedy: "see that `cargo course verify` holds on this machine".into(),
                    exit_code: 5,
                }
            }
        })
    }

    fn opened(&self, found: &Class, version: &str, settings: &str, shard: Option<Shard>) -> Opened {
        let students = found.entries.iter().map(|entry| Student {
            id: entry.id.clone(),
            name: entry.name.clone(),
            submitted: entry.submitted.clone(),
        });
        let exercises = self.meant.iter().map(|one| Graded {
            number: one.exercise.number,
            uuid: one.exercise.uuid.clone(),
            title: one.exercise.title.clone(),
            version: version.to_owned(),
            steps: one.steps(),
            asked: one.asked,
        });
        Opened {
            program: env!("CARGO_PKG_VERSION").into(),
            settings: settings.into(),
            policy: self.grading.policy.clone(),
            exercises: exercises.collect(),
            shard,
            students: students.collect(),
            notes: found.notes.clone(),
        }
    }
}

fn find(args: &Args, paths: &[PathBuf], meant: &[Meant<'_>]) -> Result<Class, Failure> {
    let wanted: Vec<_> = meant.iter().map(|one| one.wanted.clone()).collect();
    let mut found = Class::find(paths, &wanted)?;
    if let Some(submitted) = &args.submitted {
        for entry in &mut found.entries {
            entry.submitted.get_or_insert_with(|| submitted.clone());
        }
    }
    if let Some(Part(shard)) = args.shard {
        found = found.shard(shard.index, shard.count);
    }
    Ok(found)
}

/// The class's secret. Parts of a class need a common one; a run by itself makes one up and keeps it by its journal.
fn secret(grading: &Grading, journal: &Path, is_part: bool) -> Result<ClassSecret, Failure> {
    let class = &grading.policy.class;
    let found = match &grading.secret {
        Some(secret) => ClassSecret::read(secret, class),
        None if is_part => {
            return Err(Failure::Grading {
                message: "a part of a class needs the secret of the class, or each part has other seeds"
                    .into(),
                remedy: "add [grading.seeds] with `secret-env` or `secret-file` to course.toml".into(),
                exit_code: REFUSED,
            });
        }
        None => ClassSecret::beside(&journal.with_extension("secret"), class),
    };
    found.map_err(|error| Failure::Grading {
        message: error.to_string(),
        remedy: "set what `[grading.seeds]` names to at least 16 bytes that nobody can guess, such as \
                 `openssl rand -hex 32` prints"
            .into(),
        exit_code: REFUSED,
    })
}

fn folder(course: &Course) -> PathBuf {
    course.own_folder().join("grade")
}

fn make_folder_of(path: &Path) -> Result<(), Failure> {
    let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) else { return Ok(()) };
    Ok(std::fs::create_dir_all(folder).map_err(CourseFailure::io("make", folder))?)
}

fn jobs(args: &Args) -> usize {
    args.jobs.map_or_else(|| std::thread::available_parallelism().map_or(1, NonZero::get), NonZero::get)
}

/// A line a student where nobody watches, else one line that is written over.
fn tell(terminal: &Terminal, progress: &Progress, total: usize) {
    let plain = |text: &str| report::text::for_log(&report::text::line(text));
    match progress {
        Progress::Started { student } => terminal.live(&format!("grading {}", plain(student))),
        Progress::Retried { student, exercise, why } => {
            terminal.settle();
            let (student, why) = (plain(student), plain(why));
            terminal
                .text(&format!("{student}, exercise {exercise}: the grader failed and tries again: {why}"));
        }
        Progress::Done { student, exercise, outcome, points, cached } => {
            let outcome = outcome.map_or("nothing to judge", Outcome::as_str);
            let known = if *cached { ", nothing had to run" } else { "" };
            let (earned, possible) = points;
            let student = plain(student);
            let text = format!("{student}, exercise {exercise}: {outcome}, {earned} of {possible}{known}");
            if terminal.is_live() { terminal.live(&text) } else { terminal.line(&text) }
        }
        Progress::Finished { done, .. } => terminal.live(&format!("{done} of {total} graded")),
    }
}

fn end(report: &Report, summary: Summary) -> Result<(), Failure> {
    if summary.stopped {
        return Err(CourseFailure::Interrupted.into());
    }
    if report.complete {
        return Ok(());
    }
    Err(CourseFailure::Infra {
        message:
            "not every submission has a mark; the report names those, and the same command tries them again"
                .into(),
    }
    .into())
}
