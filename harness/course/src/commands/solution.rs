//! `cargo course solution N`: how the solution differs from yours, once yours passes.

use lab_manifest::exercise::{Exercise, Step};

use crate::course::Course;
use crate::diff;
use crate::failure::Failure;
use crate::progress::Progress;
use crate::starter;
use crate::terminal::{Style, Terminal};

/// What `solution` takes.
#[derive(Debug, Default, clap::Args)]
pub struct Args {
    /// The exercise's number
    exercise: u32,
    /// Only this step, by its number or id
    step: Option<String>,
    /// Also of steps that have never passed
    #[arg(long)]
    reveal: bool,
}

/// Prints a diff from your file to the solution's, for each step that has passed.
pub fn run(course: &Course, args: Args) -> Result<(), Failure> {
    let Args { exercise, step, reveal } = args;
    let exercise = course.exercise(exercise)?;
    let progress = Progress::keep(course)?;
    let asked: Vec<(usize, &Step)> = match &step {
        Some(step) => vec![course.step(exercise, step)?],
        None => exercise.steps.iter().enumerate().map(|(index, step)| (index + 1, step)).collect(),
    };
    let (shown, withheld): (Vec<_>, Vec<_>) =
        asked.into_iter().partition(|(_, step)| reveal || progress.has_passed(exercise, step));
    if shown.is_empty() {
        return Err(Failure::Refused {
            message: format!(
                "nothing of exercise {} has passed yet, so its solution stays closed",
                exercise.number
            ),
            remedy: format!(
                "`cargo course hint {0}` helps without giving it away; `cargo course solution {0} --reveal` opens it",
                exercise.number
            ),
        });
    }
    let terminal = Terminal::stdout();
    for &(number, step) in &shown {
        terminal
            .line(&terminal.paint(Style::Strong, &format!("{}.{number} {}", exercise.number, step.title)));
        let diff = difference(course, exercise, step)?;
        if diff.is_empty() {
            terminal.text("Yours is the solution's, letter by letter.");
        }
        diff::print(&terminal, &diff);
        terminal.line("");
    }
    let solution = course.shown(&course.solution(exercise));
    terminal.entry("the whole of it:", &solution);
    if !withheld.is_empty() {
        let numbers: Vec<String> = withheld.iter().map(|(number, _)| number.to_string()).collect();
        terminal
            .entry("not shown, because they have not passed yet:", &format!("steps {}", numbers.join(", ")));
    }
    Ok(())
}

fn difference(course: &Course, exercise: &Exercise, step: &Step) -> Result<String, Failure> {
    let work = starter::work(exercise)?;
    let solution = starter::sources(&course.solution(exercise))?;
    let folder = course.shown(&exercise.folder);
    let diffs = step.files.iter().map(|file| {
        let (yours, theirs) = (work.text(file).unwrap_or_default(), solution.text(file).unwrap_or_default());
        diff::unified(&format!("{folder}/{file}"), &yours, &diff::without_anchors(&theirs))
    });
    Ok(diffs.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn it_stays_closed_until_a_step_has_passed_or_the_reader_insists() {
        let folder = tempfile::tempdir().unwrap();
        let course = sample::course(folder.path());
        let ask = |step: Option<&str>, reveal| {
            run(&course, Args { exercise: 1, step: step.map(Into::into), reveal })
        };
        assert_eq!(ask(None, false).unwrap_err().exit_code(), 8);
        ask(None, true).unwrap();
        let exercise = &course.exercises[0];
        Progress::update(&course, |progress| {
            progress.step_mut(exercise, &exercise.steps[0]).first_passed_ms = Some(1);
        })
        .unwrap();
        ask(None, false).unwrap();
        ask(Some("one"), false).unwrap();
        assert_eq!(ask(Some("two"), false).unwrap_err().exit_code(), 8);
    }

    #[test]
    fn the_diff_goes_from_yours_to_the_solutions() {
        let folder = tempfile::tempdir().unwrap();
        let course = sample::course(folder.path());
        let exercise = &course.exercises[0];
        std::fs::write(exercise.folder.join("src/one.rs"), "mine\n").unwrap();
        let diff = difference(&course, exercise, &exercise.steps[0]).unwrap();
        assert!(diff.contains("-mine\n+pub fn one() -> u32 {"), "{diff}");
    }
}
