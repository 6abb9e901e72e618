//! `cargo course record N`: snapshots, recorded runs, checksums and the starter's copy, from a real run.

use lab_manifest::exercise::Exercise;
use lab_manifest::reference;
use lab_manifest::report::Outcome;

use super::verify;
use crate::course::Course;
use crate::diff;
use crate::failure::Failure;
use crate::file_tree::FileTree;
use crate::starter;
use crate::terminal::{Style, Terminal};
use crate::verify::bench::{Bench, Trial};
use crate::verify::finding::count;
use crate::verify::recordings::Recorded;

/// Snapshots, from the exercise's folder.
const SNAPSHOTS: &str = "tests/steps/snapshots";
/// Recorded runs, from the exercise's folder.
const RECORDINGS: &str = "recordings";

/// What `record` takes.
#[derive(Debug, Default, clap::Args)]
pub struct Args {
    /// The exercise's number
    exercise: u32,
    /// Write what has changed; without it, it is only shown
    #[arg(long)]
    accept: bool,
}

/// Runs the solution, shows what changes, and writes it when told to.
pub fn run(course: &Course, args: &Args) -> Result<(), Failure> {
    let &Args { exercise, accept } = args;
    record(course, course.exercise(exercise)?, accept)
}

/// Runs the solution of `exercise`, shows what changes, and writes it where `accept` is set.
pub fn record(course: &Course, exercise: &Exercise, accept: bool) -> Result<(), Failure> {
    let (terminal, progress) = (Terminal::stdout(), Terminal::stderr());
    let bench = verify::bench(course, vec![verify::random()], &progress)?;
    let fresh = fresh(exercise, &bench).inspect_err(|_| progress.settle())?;
    progress.settle();
    let mut changed = 0;
    for (name, tree) in &fresh {
        let old = FileTree::read(&exercise.folder.join(name))?;
        changed += show(&terminal, &format!("{}/{name}", course.shown(&exercise.folder)), &old, tree);
    }
    changed += show_starter(course, exercise, &terminal)?;
    let locked =
        exercise.folder.join(reference::FILE).is_file() && reference::edited(&exercise.folder)?.is_empty();
    if changed == 0 && locked {
        terminal.text("Everything is recorded as it is.");
        return Ok(());
    }
    if !accept {
        terminal.text(&format!(
            "{} not written. `cargo course record {} --accept` writes them, the checksums and the starter's copy.",
            if changed == 1 { "1 change was".into() } else { format!("{} were", count(changed, "change")) },
            exercise.number
        ));
        return Ok(());
    }
    for (name, tree) in &fresh {
        tree.sync(&exercise.folder.join(name))?;
    }
    starter::keep(exercise)?;
    reference::write(&exercise.folder)?;
    terminal.text(&format!(
        "Recorded: {}, and the checksums in {}.",
        count(changed, "change"),
        reference::FILE
    ));
    Ok(())
}

/// What a fresh run records, by folder of the exercise.
fn fresh(exercise: &Exercise, bench: &Bench<'_>) -> Result<[(&'static str, FileTree); 2], Failure> {
    let package = exercise.solution_package();
    let folder = bench.overlay.exercise(exercise).join(SNAPSHOTS);
    // Of a snapshot whose test is gone nothing is left.
    FileTree::default().sync(&folder)?;
    bench.doing("recording the solution");
    let recording = [("LAB_RECORD", "1"), ("INSTA_UPDATE", "always"), ("INSTA_FORCE_PASS", "1")];
    green(exercise, &bench.test(&package, &[], &recording)?, "while it is recorded")?;
    for backend in &bench.backends {
        bench.doing(&format!("the solution against what was recorded, on {backend}"));
        let place = format!("against its own recording, on {backend}");
        green(exercise, &bench.test(&package, &[], &[("DYNAMODB", backend)])?, &place)?;
    }
    let mut snapshots = FileTree::read(&folder)?;
    snapshots.0.retain(|path, _| !path.ends_with(".snap.new"));
    let mut recorded = FileTree::default();
    for run in Recorded::all(exercise) {
        bench.doing(&format!("the run {}", run.file()));
        let text = run.run(exercise, bench)?.map_err(|detail| Failure::Refused {
            message: format!("{} fails:\n{detail}", run.what()),
            remedy: "nothing was recorded; what fails is an example of the solution's package, or a console's document"
                .into(),
        })?;
        recorded.0.insert(run.file(), text.into_bytes());
    }
    Ok([(SNAPSHOTS, snapshots), (RECORDINGS, recorded)])
}

/// Refuses to record what the solution does while it is not green.
fn green(exercise: &Exercise, trial: &Trial, place: &str) -> Result<(), Failure> {
    let red: Vec<String> = trial
        .tests
        .iter()
        .filter(|test| test.outcome != Outcome::Passed)
        .map(|test| format!("{} {}", test.test, diff::unified("observed", &test.expected, &test.yours)))
        .collect();
    let message = match (&trial.trouble, red.is_empty()) {
        (None, true) => return Ok(()),
        (Some(trouble), _) => trouble.clone(),
        (None, false) => red.join("\n"),
    };
    Err(Failure::Refused {
        message: format!("the solution is not green {place}: {message}"),
        remedy: format!(
            "nothing was recorded; `cargo test -p {}` shows it. What changes from run to run belongs to no observation",
            exercise.solution_package()
        ),
    })
}

/// Shows what changes in a folder, and counts the files.
fn show(terminal: &Terminal, folder: &str, old: &FileTree, new: &FileTree) -> usize {
    let differing = old.differing(new);
    for path in &differing {
        let text = |tree: &FileTree| tree.text(path).unwrap_or_default();
        diff::print(terminal, &diff::unified(&format!("{folder}/{path}"), &text(old), &text(new)));
    }
    differing.len()
}

/// Names the files of the starter that its copy does not have as they are.
fn show_starter(course: &Course, exercise: &Exercise, terminal: &Terminal) -> Result<usize, Failure> {
    let kept = FileTree::read(&exercise.folder.join(starter::FOLDER))?;
    let differing = kept.differing(&starter::work(exercise)?);
    for path in &differing {
        let copy = course.shown(&exercise.folder.join(starter::FOLDER).join(path));
        terminal.entry(&terminal.paint(Style::Strong, &copy), "becomes the starter's again");
    }
    Ok(differing.len())
}
