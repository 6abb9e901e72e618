//! Progress is never half written, never lost between two writers, and survives a rename.

use crate::sample::Sample;
use course::course::Course;
use course::progress::{Progress, Status};
use lab_manifest::report::{Outcome, TestReport};

fn report(outcome: Outcome) -> TestReport {
    TestReport {
        exercise: String::new(),
        step: "by-name".into(),
        test: "step_1_by_name::greets".into(),
        outcome,
        expected: String::new(),
        yours: String::new(),
        panic: String::new(),
        happened: String::new(),
        place: None,
        diagnosis: None,
        cause: String::new(),
        read: String::new(),
        remarks: Vec::new(),
        edited: Vec::new(),
    }
}

#[test]
fn a_step_that_passed_once_has_passed_even_where_it_is_red_now() {
    let sample = Sample::new();
    let course = Course::read(&sample.root());
    let exercise = &course.exercises[0];
    for outcome in [Outcome::Passed, Outcome::Failed] {
        Progress::update(&course, |progress| progress.record(exercise, &[report(outcome)])).unwrap();
    }
    let progress = Progress::read(&course).unwrap();
    assert_eq!(progress.step(exercise, &exercise.steps[0]).status, Status::Failed);
    assert!(progress.has_passed(exercise, &exercise.steps[0]));
}

#[test]
fn a_test_whose_reference_was_changed_counts_for_nothing() {
    let sample = Sample::new();
    let course = Course::read(&sample.root());
    let exercise = &course.exercises[0];
    let edited = TestReport { edited: vec!["tests/steps/main.rs".into()], ..report(Outcome::Passed) };
    let progress = Progress::update(&course, |progress| progress.record(exercise, &[edited])).unwrap();
    assert_eq!(progress.step(exercise, &exercise.steps[0]).status, Status::Unknown);
    assert!(!progress.has_passed(exercise, &exercise.steps[0]));
}

#[test]
fn progress_survives_a_new_number_and_a_new_folder() {
    let sample = Sample::new();
    let course = Course::read(&sample.root());
    Progress::update(&course, |progress| progress.record(&course.exercises[0], &[report(Outcome::Passed)]))
        .unwrap();
    sample.edit("exercises/01-greet/exercise.toml", "number = 1", "number = 7");
    std::fs::rename(sample.root().join("exercises/01-greet"), sample.root().join("exercises/07-hello"))
        .unwrap();
    let course = Course::read(&sample.root());
    let progress = Progress::read(&course).unwrap();
    assert_eq!(progress.passed(course.exercise(7).unwrap()), 1);
}

#[test]
fn a_reader_never_sees_half_a_file_and_no_writer_loses_anothers_step() {
    const WRITERS: usize = 4;
    const WRITES: usize = 20;
    let sample = Sample::new();
    let course = Course::read(&sample.root());
    let exercise = &course.exercises[0];
    std::thread::scope(|scope| {
        for writer in 0..WRITERS {
            let course = &course;
            scope.spawn(move || {
                for write in 0..WRITES {
                    let mut step = exercise.steps[0].clone();
                    step.id = format!("{writer}-{write}");
                    Progress::update(course, |progress| {
                        progress.step_mut(exercise, &step).status = Status::Passed;
                    })
                    .unwrap();
                }
            });
        }
        scope.spawn(|| {
            for _ in 0..200 {
                Progress::read(&course).expect("the file is whole at every moment");
            }
        });
    });
    let text = std::fs::read_to_string(sample.root().join(".course/progress.json")).unwrap();
    assert_eq!(text.matches("\"status\": \"passed\"").count(), WRITERS * WRITES);
    let left: Vec<_> = std::fs::read_dir(sample.root().join(".course"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.contains("new"))
        .collect();
    assert_eq!(left, Vec::<String>::new());
}

#[test]
fn a_file_that_is_not_ours_is_an_error_and_not_written_over() {
    let sample = Sample::new();
    let course = Course::read(&sample.root());
    std::fs::create_dir_all(sample.root().join(".course")).unwrap();
    let path = sample.root().join(".course/progress.json");
    std::fs::write(&path, "{\"version\": 2, \"steps\": {}}").unwrap();
    let failure = Progress::update(&course, |_| {}).unwrap_err();
    assert!(failure.to_string().contains("its version is 2"), "{failure}");
    assert!(std::fs::read_to_string(&path).unwrap().contains('2'));
}
