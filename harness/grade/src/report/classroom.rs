//! A submission's report for GitHub Classroom: what `classroom-resources/autograding-grading-reporter` reads.
//!
//! That action takes the names of runners and, from the environment, `NAME_RESULTS` of each: a JSON document in
//! Base64. It counts a runner's points by the share of its tests that pass, so a step is a runner with one test: no
//! other way gives steps of different worth their points. It prints what it is given into the log of its job, where a
//! line could be a command; so nothing that a submission wrote is in it. It knows no lateness. It knows no absent mark
//! either: a test that is an error has no points. Where nothing is worth any, it tells Classroom nothing; so while a mark
//! is absent, nothing is.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

use super::model::{ExerciseReport, State, Step, Told};
use super::{text, words};
use crate::verdict::Outcome;

#[derive(Serialize)]
struct Results {
    version: u32,
    status: &'static str,
    max_score: u32,
    tests: Vec<Case>,
}

#[derive(Serialize)]
struct Case {
    name: String,
    status: &'static str,
    message: &'static str,
    test_code: &'static str,
    filename: &'static str,
    line_no: u32,
    execution_time: u64,
    score: u32,
}

/// What the action's `runners` input has to be.
pub fn runners(told: &Told<'_>) -> String {
    steps(told).map(|(exercise, step)| runner(exercise, step)).collect::<Vec<_>>().join(",")
}

/// The lines to append to the file that `$GITHUB_ENV` names, in the job that reports.
pub fn environment(told: &Told<'_>) -> String {
    let mut lines = String::new();
    let has_marks = told.exercises.iter().all(|exercise| exercise.row.mark.is_some());
    for (exercise, step) in steps(told) {
        let worth = if has_marks { step.points } else { 0 };
        let results = results(exercise, step, worth);
        let results = serde_json::to_string(&results).expect("results have only text keys");
        let name = runner(exercise, step).to_uppercase();
        writeln!(lines, "{name}_RESULTS={}", STANDARD.encode(results)).expect("a string takes every write");
    }
    lines
}

fn steps<'a>(told: &'a Told<'_>) -> impl Iterator<Item = (&'a ExerciseReport, &'a Step)> {
    told.exercises.iter().flat_map(|exercise| exercise.steps.iter().map(move |step| (exercise.row, step)))
}

/// Letters and digits: the action takes no other.
fn runner(exercise: &ExerciseReport, step: &Step) -> String {
    format!("exercise{}step{}", exercise.number, step.number)
}

fn results(exercise: &ExerciseReport, step: &Step, worth: u32) -> Results {
    let infra = matches!(exercise.state, State::InfraError | State::Unreadable | State::Pending);
    let (status, test) = match step.outcome {
        _ if infra => ("error", "error"),
        Some(Outcome::Pass) => ("pass", "pass"),
        _ => ("fail", "fail"),
    };
    let message = if step.outcome.is_some() { words::step(step) } else { words::state(exercise) };
    Results {
        version: 1,
        status,
        max_score: worth,
        tests: vec![Case {
            name: text::for_log(&text::line(&step.title)),
            status: test,
            message,
            test_code: "",
            filename: "",
            line_no: 0,
            execution_time: 0,
            score: step.earned.min(worth),
        }],
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    /// What the action does with what it is given (its `main.js`, `notify-classroom.js`, `test-helpers.js`): the points
    /// that it tells Classroom, and those that it prints.
    fn reported(runners: &str, environment: &str) -> (f64, f64, f64) {
        let (mut told, mut printed, mut possible) = (0.0, 0.0, 0.0);
        for runner in runners.split(',') {
            assert!(runner.chars().all(|letter| letter.is_ascii_alphanumeric()), "{runner}");
            let name = format!("{}_RESULTS=", runner.trim().to_uppercase());
            let encoded = environment.lines().find_map(|line| line.strip_prefix(&name)).unwrap();
            let results: serde_json::Value =
                serde_json::from_slice(&STANDARD.decode(encoded).unwrap()).unwrap();
            let tests = results["tests"].as_array().unwrap();
            let max_score = results["max_score"].as_f64().unwrap();
            let passed = tests.iter().filter(|test| test["status"] == "pass").count();
            possible += max_score;
            told += tests.iter().map(|test| test["score"].as_f64().unwrap()).sum::<f64>();
            printed += f64::from(u32::try_from(passed).unwrap())
                / f64::from(u32::try_from(tests.len()).unwrap())
                * max_score;
        }
        (told, printed, possible)
    }

    #[test]
    fn the_action_tells_and_prints_the_points_that_were_earned() {
        let report = sample::report();
        for (id, points) in [("anna", 35.0), ("bob", 10.0), ("eve", 0.0)] {
            let told = sample::told(&report, id);
            assert_eq!(reported(&runners(&told), &environment(&told)), (points, points, 35.0), "{id}");
        }
    }

    #[test]
    fn while_a_mark_is_absent_nothing_is_told() {
        let report = sample::report();
        for id in ["dan", "gil", "li"] {
            let told = sample::told(&report, id);
            let (points, _, possible) = reported(&runners(&told), &environment(&told));
            assert_eq!(
                (points, possible),
                (0.0, 0.0),
                "{id}: the action tells nothing where nothing is possible"
            );
        }
    }

    #[test]
    fn nothing_that_a_submission_wrote_is_in_it() {
        let report = sample::report();
        for told in report.all_told() {
            for line in environment(&told.unwrap()).lines() {
                let (_, encoded) = line.split_once('=').unwrap();
                let text = String::from_utf8(STANDARD.decode(encoded).unwrap()).unwrap();
                assert!(!text.contains("script") && !text.contains("::"), "{text}");
            }
        }
    }
}
