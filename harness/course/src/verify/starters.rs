//! Gate 1: the starter compiles without a warning, and each step waits for its reader when those before it are done.
//!
//! Those before it pass meanwhile: none of them needs what a later step has its reader write.

use std::thread::ScopedJoinHandle;

use lab_manifest::exercise::{Exercise, Step};
use lab_manifest::report::{Outcome, TestReport};

use super::bench::{Bench, Trial, rendered, report_trouble};
use super::binary::Binary;
use super::finding::{Report, count};
use super::solutions::passes;
use crate::failure::Failure;
use crate::file_tree::FileTree;
use crate::starter;

/// Holds the starter against the gate.
pub fn check(exercise: &Exercise, bench: &Bench<'_>, report: &mut Report) -> Result<(), Failure> {
    kept(exercise, bench, report)?;
    let starter = starter::files(exercise)?;
    let solution = starter::sources(&bench.course.solution(exercise))?;
    let done = |index| with_steps_before(index, exercise, &starter, &solution);
    bench.doing(&format!("exercise {}, starter", exercise.number));
    bench.overlay.replace(exercise, &done(0))?;
    let first = bench.test(&exercise.package(), &exercise.steps[..1], &[])?;
    if !first.warnings.is_empty() {
        report.find_with("src", "the starter compiles with warnings", rendered(&first.warnings));
    }
    for (index, trial) in std::iter::once(first).chain(later_steps(exercise, bench, done)?).enumerate() {
        let (number, step) = (index + 1, &exercise.steps[index]);
        let place = format!("step {number} ({})", step.id);
        if report_trouble(&trial, &place, report) {
            continue;
        }
        let (own, before): (Vec<TestReport>, _) =
            trial.tests.into_iter().partition(|test| test.step == step.id);
        passes(&Trial { tests: before, ..Trial::default() }, &place, report);
        waits(number, step, &own, &place, report);
    }
    lints(exercise, bench, &starter, report)?;
    report.checked(count(exercise.steps.len(), "step"));
    Ok(())
}

/// Runs the second step's tests and all later ones', each with those before it, several at a time. What `done` answers is
/// the exercise with so many steps done.
fn later_steps(
    exercise: &Exercise,
    bench: &Bench<'_>,
    done: impl Fn(usize) -> FileTree,
) -> Result<Vec<Trial>, Failure> {
    let lanes = bench.overlay.lanes(exercise);
    let indices: Vec<usize> = (1..exercise.steps.len()).collect();
    let mut trials = Vec::new();
    for indices in indices.chunks(lanes.len()) {
        let lanes = &lanes[..indices.len()];
        bench.doing(&format!("exercise {}, starter: from step {}", exercise.number, indices[0] + 1));
        for (lane, &index) in lanes.iter().zip(indices) {
            bench.overlay.put(lane, &done(index))?;
        }
        let binaries = Binary::build(bench, lanes)?;
        let of_these: Result<Vec<Trial>, Failure> = std::thread::scope(|scope| {
            let run = |(binary, &index): (Result<Binary, Trial>, &usize)| {
                scope.spawn(move || match binary {
                    Ok(binary) => binary.run(bench, &exercise.steps[..=index], &[]),
                    Err(trial) => Ok(trial),
                })
            };
            let runs: Vec<_> = binaries.into_iter().zip(indices).map(run).collect();
            let join = |run: ScopedJoinHandle<'_, _>| {
                run.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            };
            runs.into_iter().map(join).collect()
        });
        trials.extend(of_these?);
    }
    Ok(trials)
}

/// The starter with the solution's files for the first `done` steps, those apart that a later step edits too.
pub fn with_steps_before(
    done: usize,
    exercise: &Exercise,
    starter: &FileTree,
    solution: &FileTree,
) -> FileTree {
    let (before, after) = exercise.steps.split_at(done);
    let later: Vec<&String> = after.iter().flat_map(|step| &step.files).collect();
    let mut files = starter.clone();
    for file in before.iter().flat_map(|step| &step.files).filter(|file| !later.contains(file)) {
        if let Some(bytes) = solution.0.get(file) {
            files.0.insert(file.clone(), bytes.clone());
        }
    }
    files
}

fn kept(exercise: &Exercise, bench: &Bench<'_>, report: &mut Report) -> Result<(), Failure> {
    let place = bench.course.shown(&exercise.folder);
    let record = format!("`cargo course record {} --accept` writes it", exercise.number);
    if !exercise.folder.join(starter::FOLDER).is_dir() {
        report.find(place, format!("there is no copy of the starter in {}: {record}", starter::FOLDER));
        return Ok(());
    }
    let differing = starter::work(exercise)?.differing(&starter::files(exercise)?);
    if !differing.is_empty() {
        let files = differing.join(", ");
        report.find(
            place,
            format!(
                "these are not the starter's any more: {files}; if the starter was changed, {record}; \
                 if it was solved, `cargo course reset {}` brings it back",
                exercise.number
            ),
        );
    }
    Ok(())
}

fn waits(number: usize, step: &Step, tests: &[TestReport], place: &str, report: &mut Report) {
    if tests.is_empty() {
        report.find(place, format!("the module {} has no test that reports", step.tests));
    }
    let sentence = format!("step {number}:");
    for test in tests {
        match test.outcome {
            Outcome::Todo if test.panic.starts_with(&sentence) => {}
            Outcome::Todo => report.find(
                place,
                format!("{} waits in a todo! that names another step: \"{}\"", test.test, test.panic),
            ),
            Outcome::Passed => {
                report.find(place, format!("{} passes although nothing is written", test.test));
            }
            Outcome::Failed | Outcome::Panicked => report.find_with(
                place,
                format!("{} fails otherwise than in a todo!", test.test),
                format!("{}\n{}", test.panic, test.yours).trim(),
            ),
        }
    }
}

fn lints(
    exercise: &Exercise,
    bench: &Bench<'_>,
    starter: &FileTree,
    report: &mut Report,
) -> Result<(), Failure> {
    bench.doing(&format!("exercise {}, starter: clippy", exercise.number));
    bench.overlay.replace(exercise, starter)?;
    super::solutions::clippy(&exercise.package(), "src", bench, report)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn only_files_of_steps_that_are_done_are_the_solutions() {
        let folder = tempfile::tempdir().unwrap();
        let course = sample::course(folder.path());
        let exercise = &course.exercises[0];
        let starter = starter::files(exercise).unwrap();
        let solution = starter::sources(&course.solution(exercise)).unwrap();
        let files = with_steps_before(1, exercise, &starter, &solution);
        assert_eq!(files.text("src/one.rs").unwrap(), sample::SOLUTION);
        assert_eq!(files.text("src/two.rs"), starter.text("src/two.rs"));
        assert_eq!(with_steps_before(0, exercise, &starter, &solution), starter);
    }

    #[test]
    fn a_file_that_a_later_step_edits_too_stays_the_starters() {
        let folder = tempfile::tempdir().unwrap();
        let mut exercise = sample::course(folder.path()).exercises.remove(0);
        exercise.steps[1].files.push("src/one.rs".into());
        let starter = starter::files(&exercise).unwrap();
        let solution = FileTree([("src/one.rs".to_owned(), sample::SOLUTION.into())].into());
        assert_eq!(with_steps_before(1, &exercise, &starter, &solution), starter);
    }

    fn report_of(outcome: Outcome, panic: &str) -> Report {
        let test = TestReport {
            exercise: String::new(),
            step: "one".into(),
            test: "step_1_one::a_test".into(),
            outcome,
            expected: String::new(),
            yours: String::new(),
            panic: panic.into(),
            happened: String::new(),
            place: None,
            diagnosis: None,
            cause: String::new(),
            read: String::new(),
            remarks: Vec::new(),
            edited: Vec::new(),
        };
        let folder = tempfile::tempdir().unwrap();
        let exercise = sample::exercise(folder.path(), 1);
        let mut report = Report::default();
        waits(1, &exercise.steps[0], &[test], "step 1 (one)", &mut report);
        report
    }

    #[test]
    fn a_step_must_wait_in_its_own_todo() {
        assert_eq!(report_of(Outcome::Todo, "step 1: give one"), Report::default());
        assert!(report_of(Outcome::Todo, "step 2: give two").findings[0].message.contains("another step"));
        assert!(report_of(Outcome::Passed, "").findings[0].message.contains("passes although"));
        assert!(report_of(Outcome::Panicked, "overflow").findings[0].message.contains("otherwise"));
    }
}
