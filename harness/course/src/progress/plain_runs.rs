//! The reader's own `cargo test` counts as a run of the course's does, once it has run a whole step.

use std::collections::{BTreeMap, BTreeSet};

use lab_manifest::exercise::{Exercise, Step};
use lab_manifest::plain_run::{self, PlainTest};

use super::{Progress, Status, now_ms, status_of};
use crate::course::Course;

/// Takes over what plain runs have left, where it is newer than what is known of a step.
pub(super) fn take_in(course: &Course, progress: &mut Progress) {
    for exercise in &course.exercises {
        let Some(file) = plain_run::file(&course.root, &exercise.uuid) else { continue };
        let tests = plain_run::read(&file);
        if !tests.is_empty() {
            let promised = promised(exercise);
            for step in &exercise.steps {
                take_in_step(progress, exercise, step, &tests, &promised);
            }
        }
    }
}

fn take_in_step(
    progress: &mut Progress,
    exercise: &Exercise,
    step: &Step,
    tests: &[PlainTest],
    promised: &BTreeSet<String>,
) {
    let known = progress.step(exercise, step).ran_ms.unwrap_or(0);
    let now = now_ms();
    let mut runs: BTreeMap<&str, Vec<&PlainTest>> = BTreeMap::new();
    for test in tests.iter().filter(|test| test.step == step.id) {
        runs.entry(&test.run).or_default().push(test);
    }
    let mut ends: Vec<(u64, Status)> = runs
        .values()
        .filter_map(|run| {
            let at_ms = run.iter().map(|test| test.at_ms).max()?;
            // A clock that was set back leaves results of a time to come: nobody could take them back.
            (known < at_ms && at_ms <= now).then_some(())?;
            Some((at_ms, end(step, run, promised)?))
        })
        .collect();
    ends.sort_by_key(|(at_ms, _)| *at_ms);
    for (at_ms, status) in ends {
        progress.step_mut(exercise, step).ended(status, at_ms);
    }
}

/// How a run of the step ended. One broken promise makes it red; green takes all of them.
fn end(step: &Step, run: &[&PlainTest], promised: &BTreeSet<String>) -> Option<Status> {
    let status = status_of(run.iter().map(|test| test.outcome))?;
    let prefix = format!("{}::", step.tests);
    let mut all = promised.iter().filter(|name| name.starts_with(&prefix)).peekable();
    let whole = all.peek().is_some() && all.all(|name| run.iter().any(|test| test.test == *name));
    (status != Status::Passed || whole).then_some(status)
}

/// The tests of the exercise, as they name themselves: each has its snapshot.
fn promised(exercise: &Exercise) -> BTreeSet<String> {
    let Ok(entries) = std::fs::read_dir(exercise.folder.join("tests/steps/snapshots")) else {
        return BTreeSet::new();
    };
    entries
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let (module, function) = name.strip_suffix(".snap")?.split_once("__")?;
            Some(format!("{module}::{function}"))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use lab_manifest::report::Outcome;

    use super::*;
    use crate::sample;

    /// A course whose first step promises two things.
    fn course(root: &Path) -> Course {
        let course = sample::course(root);
        for test in ["step_1_one__is_given", "step_1_one__is_one", "step_2_two__is_given"] {
            let folder = course.exercises[0].folder.join("tests/steps/snapshots");
            std::fs::write(folder.join(format!("{test}.snap")), "").unwrap();
        }
        course
    }

    fn ran(course: &Course, run: &str, at_ms: u64, test: &str, outcome: Outcome) {
        let exercise = &course.exercises[0];
        let step = exercise.step_of_module(test.split("::").next().unwrap()).unwrap().id.clone();
        let file = plain_run::file(&course.root, &exercise.uuid).unwrap();
        let test = PlainTest { at_ms, run: run.into(), step, test: test.into(), outcome };
        plain_run::append(&file, &test).unwrap();
    }

    fn first(course: &Course) -> super::super::StepRecord {
        let exercise = &course.exercises[0];
        Progress::read(course).unwrap().step(exercise, &exercise.steps[0])
    }

    const GIVEN: &str = "step_1_one::is_given";
    const ONE: &str = "step_1_one::is_one";

    #[test]
    fn a_plain_run_of_a_whole_step_makes_it_green() {
        let folder = tempfile::tempdir().unwrap();
        let course = course(folder.path());
        ran(&course, "r", 10, GIVEN, Outcome::Passed);
        ran(&course, "r", 20, ONE, Outcome::Passed);
        let kept = Progress::keep(&course).unwrap();
        assert_eq!((first(&course).status, first(&course).first_passed_ms), (Status::Passed, Some(20)));
        std::fs::remove_dir_all(folder.path().join(".course/tests")).unwrap();
        assert_eq!(Progress::read(&course).unwrap(), kept);
        assert_eq!(kept.passed(&course.exercises[0]), 1);
    }

    #[test]
    fn a_part_of_a_step_is_never_green_and_red_all_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let course = course(folder.path());
        ran(&course, "r", 10, GIVEN, Outcome::Passed);
        ran(&course, "s", 20, ONE, Outcome::Passed);
        assert_eq!(first(&course).status, Status::Unknown, "two runs may have been of two programs");
        ran(&course, "t", 30, ONE, Outcome::Failed);
        assert_eq!(first(&course).status, Status::Failed);
        assert!(
            !Progress::read(&course).unwrap().has_passed(&course.exercises[0], &course.exercises[0].steps[0])
        );
    }

    #[test]
    fn the_last_run_counts_whoever_started_it() {
        let folder = tempfile::tempdir().unwrap();
        let course = course(folder.path());
        let exercise = &course.exercises[0];
        for test in [GIVEN, ONE] {
            ran(&course, "r", 10, test, Outcome::Passed);
        }
        Progress::update(&course, |progress| {
            progress.step_mut(exercise, &exercise.steps[0]).ended(Status::Failed, 20);
        })
        .unwrap();
        assert_eq!((first(&course).status, first(&course).first_passed_ms), (Status::Failed, Some(10)));
        for test in [GIVEN, ONE] {
            ran(&course, "s", 30, test, Outcome::Passed);
        }
        assert_eq!(first(&course).status, Status::Passed);
    }

    #[test]
    fn a_step_that_is_reset_stays_open_until_it_is_run_again() {
        let folder = tempfile::tempdir().unwrap();
        let course = course(folder.path());
        let exercise = &course.exercises[0];
        for test in [GIVEN, ONE] {
            ran(&course, "r", 10, test, Outcome::Passed);
        }
        Progress::update(&course, |progress| progress.step_mut(exercise, &exercise.steps[0]).forget())
            .unwrap();
        assert_eq!(first(&course).status, Status::Unknown);
    }

    #[test]
    fn results_of_a_time_to_come_say_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let course = course(folder.path());
        for test in [GIVEN, ONE] {
            ran(&course, "r", now_ms() + 60_000, test, Outcome::Passed);
        }
        assert_eq!(first(&course).status, Status::Unknown);
    }

    #[test]
    fn a_course_that_cannot_be_written_to_is_read_all_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let course = course(folder.path());
        for test in [GIVEN, ONE] {
            ran(&course, "r", 10, test, Outcome::Passed);
        }
        std::fs::create_dir(folder.path().join(".course/progress.lock")).unwrap();
        assert_eq!(Progress::keep(&course).unwrap().passed(&course.exercises[0]), 1);
    }
}
