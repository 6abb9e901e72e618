//! `cargo course hint N [step]`: a nudge, then the concept, then an outline, and, when asked for, the worked diff.

mod links;

use lab_manifest::exercise::{Exercise, Step};

use crate::course::Course;
use crate::diff;
use crate::failure::Failure;
use crate::progress::Progress;
use crate::starter;
use crate::terminal::{Style, Terminal};

/// The level that shows the solution. It is never reached by asking for "one more".
const WORKED_DIFF: u8 = 4;
/// What the levels are called.
const NAMES: [&str; 4] = ["a nudge", "the concept", "an outline", "the worked diff"];

/// What `hint` takes.
#[derive(Debug, Default, clap::Args)]
pub struct Args {
    /// The exercise's number
    exercise: u32,
    /// The step's number or id; the first that is not green where it is left out
    step: Option<String>,
    /// 1 a nudge, 2 the concept, 3 an outline, 4 the solution as a diff; one deeper than the last time, up to 3,
    /// where it is left out
    #[arg(long, value_parser = clap::value_parser!(u8).range(1..=4))]
    level: Option<u8>,
}

/// Prints one level, and remembers it.
pub fn run(course: &Course, args: Args) -> Result<(), Failure> {
    let Args { exercise, step, level } = args;
    let exercise = course.exercise(exercise)?;
    let progress = Progress::read(course)?;
    let (number, step) = match step {
        Some(step) => course.step(exercise, &step)?,
        None => progress.first_red(exercise).unwrap_or((1, &exercise.steps[0])),
    };
    let seen = progress.step(exercise, step).hint.unwrap_or(0);
    let level = level.unwrap_or_else(|| (seen + 1).min(WORKED_DIFF - 1));
    let text = hint(course, exercise, step, level)?;
    let terminal = Terminal::stdout();
    let title = format!("{}.{number} {}", exercise.number, step.title);
    terminal.line(&terminal.paint(Style::Strong, &format!("{title}: {}", NAMES[usize::from(level) - 1])));
    terminal.line("");
    let read = links::place(&step.read);
    let mut linked = Vec::new();
    match text {
        Hint::Text(text) => {
            let (text, links) = links::told_apart(&text);
            terminal.text(&text);
            linked = links;
        }
        Hint::Diff(text) => diff::print(&terminal, &text),
    }
    terminal.line("");
    if level == 2 {
        terminal.entry("read:", &read);
    }
    for link in linked.iter().filter(|link| level != 2 || link.to != read) {
        terminal.entry(&format!("on {}:", link.words), &link.to);
    }
    let more = format!("cargo course hint {} {number}", exercise.number);
    match level {
        1 | 2 => terminal.entry(&format!("{}:", NAMES[usize::from(level)]), &more),
        3 => terminal.entry("the solution, as a diff:", &format!("{more} --level 4")),
        _ => {}
    }
    Progress::update(course, |progress| {
        let record = progress.step_mut(exercise, step);
        record.hint = Some(record.hint.unwrap_or(0).max(level));
    })?;
    Ok(())
}

enum Hint {
    Text(String),
    Diff(String),
}

fn hint(course: &Course, exercise: &Exercise, step: &Step, level: u8) -> Result<Hint, Failure> {
    if level < WORKED_DIFF {
        return Ok(Hint::Text(step.hints[usize::from(level) - 1].trim().to_owned()));
    }
    let starter = starter::files(exercise)?;
    let solution = starter::sources(&course.solution(exercise))?;
    let folder = course.shown(&exercise.folder);
    let diffs = step.files.iter().map(|file| {
        let text = |tree: &crate::file_tree::FileTree| tree.text(file).unwrap_or_default();
        diff::unified(&format!("{folder}/{file}"), &text(&starter), &diff::without_anchors(&text(&solution)))
    });
    Ok(Hint::Diff(diffs.collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    fn level(course: &Course) -> Option<u8> {
        let exercise = &course.exercises[0];
        Progress::read(course).unwrap().step(exercise, &exercise.steps[0]).hint
    }

    fn ask(course: &Course, level: Option<u8>) {
        run(course, Args { exercise: 1, step: Some("one".into()), level }).unwrap();
    }

    #[test]
    fn each_asking_goes_deeper_and_never_into_the_solution() {
        let folder = tempfile::tempdir().unwrap();
        let course = sample::course(folder.path());
        for expected in [1, 2, 3, 3] {
            ask(&course, None);
            assert_eq!(level(&course), Some(expected));
        }
        ask(&course, Some(4));
        ask(&course, Some(1));
        assert_eq!(level(&course), Some(4));
    }

    #[test]
    fn the_worked_diff_starts_from_the_courses_own_starter() {
        let folder = tempfile::tempdir().unwrap();
        let course = sample::course(folder.path());
        let exercise = &course.exercises[0];
        starter::keep(exercise).unwrap();
        std::fs::write(exercise.folder.join("src/one.rs"), "mine\n").unwrap();
        let Hint::Diff(diff) = hint(&course, exercise, &exercise.steps[0], 4).unwrap() else {
            panic!("no diff")
        };
        assert!(diff.contains("-    todo!(\"step 1: give one\")\n+    1\n"), "{diff}");
    }

    #[test]
    fn a_step_that_is_not_there_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let course = sample::course(folder.path());
        let refused = run(&course, Args { exercise: 1, step: Some("9".into()), level: None }).unwrap_err();
        assert_eq!(refused.exit_code(), 2);
    }
}
