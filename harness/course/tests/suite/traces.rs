//! `cargo course trace` as a process. Cargo is a script here that says what cargo would say, and leaves a trace where the
//! lab would leave one.

use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output};

use course::course::Course;
use course::trace::{page, run};
use serde_json::Value;

use crate::sample::Sample;

const CARGO: &str = r#"#!/bin/sh
echo "$*" >> asked
case "$*" in *solution-1*)
  test -e no-solution && echo 'error: package ID specification `solution-1` did not match any packages' >&2 && exit 101 ;;
esac
echo '{"reason":"build-finished","success":true}'
test "$LAB_TRACE" && cp trace.json "$LAB_TRACE/step_1_by_name__ada_is_greeted.json"
echo '{"event":"test","exercise":"u","step":"by-name","test":"step_1_by_name::ada_is_greeted","outcome":"passed"}' >> "$LAB_REPORT"
echo 'test result: ok'
"#;

/// A run as the drawings' own tests have it, of the small course's only test.
const TRACE: &str = include_str!("../../src/trace/samples/functions.json");

fn sample() -> Sample {
    let sample = Sample::new();
    let cargo = sample.root().join("cargo.sh");
    std::fs::write(&cargo, CARGO).unwrap();
    std::fs::set_permissions(&cargo, std::fs::Permissions::from_mode(0o755)).unwrap();
    let mut trace: Value = serde_json::from_str(TRACE).unwrap();
    trace["step"] = "by-name".into();
    trace["test"] = "step_1_by_name::ada_is_greeted".into();
    std::fs::write(sample.root().join("trace.json"), trace.to_string()).unwrap();
    sample
}

fn course(sample: &Sample, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_course"))
        .args(arguments)
        .current_dir(sample.root())
        .env("CARGO", sample.root().join("cargo.sh"))
        .env("CARGO_TARGET_DIR", sample.root().join("target"))
        .env("COLUMNS", "80")
        .env_remove("CARGO_MANIFEST_DIR")
        .env_remove("LAB_TRACE")
        .output()
        .unwrap()
}

fn told(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn a_run_is_drawn_beside_the_references_which_is_run_once() {
    let sample = sample();
    let drawn = told(&course(&sample, &["trace", "1", "by-name"]));
    for part in
        ["1.1 Greet by name", "ada is greeted", "requests to DynamoDB          5          5", "RETRY of #1"]
    {
        assert!(drawn.contains(part), "{part}: {drawn}");
    }
    assert!(!drawn.contains('\x1b') && drawn.lines().all(|line| line.chars().count() <= 80), "{drawn}");
    let json: Value = serde_json::from_str(&told(&course(&sample, &["trace", "1", "--json"]))).unwrap();
    assert_eq!((&json["version"], &json["exercise"]), (&1.into(), &1.into()));
    let test = &json["tests"][0];
    assert_eq!((&test["totals"]["requests"], &test["reference_totals"]["retries"]), (&5.into(), &1.into()));
    assert_eq!(test["trace"]["requests"][4]["lost"], true);
    let asked = std::fs::read_to_string(sample.root().join("asked")).unwrap();
    let runs = |package: &str| asked.lines().filter(|line| line.contains(package)).count();
    assert_eq!((runs("exercise-1"), runs("solution-1")), (2, 1), "{asked}");
    // Another solution has another run.
    sample.edit("solutions/01-greet/src/lib.rs", "pub", "/* changed */ pub");
    told(&course(&sample, &["trace", "1"]));
    let asked = std::fs::read_to_string(sample.root().join("asked")).unwrap();
    assert_eq!(asked.lines().filter(|line| line.contains("solution-1")).count(), 2, "{asked}");
}

#[test]
fn without_a_solution_a_run_is_drawn_alone() {
    let sample = sample();
    std::fs::write(sample.root().join("no-solution"), "").unwrap();
    let drawn = told(&course(&sample, &["trace", "1"]));
    assert!(drawn.contains("ada is greeted") && !drawn.contains("reference"), "{drawn}");
    let json: Value = serde_json::from_str(&told(&course(&sample, &["trace", "1", "--json"]))).unwrap();
    assert_eq!(json["tests"][0]["reference_totals"], Value::Null);
}

#[test]
fn a_page_is_given_what_was_drawn_last_and_a_picture_is_a_file_of_its_own() {
    let sample = sample();
    let read = Course::read(&sample.root());
    let exercise = read.exercise(1).unwrap();
    assert_eq!(run::at(&read, exercise), 0);
    assert!(page::of(&read, exercise).is_empty());
    told(&course(&sample, &["trace", "1", "--alone", "--svg", "pictures"]));
    assert!(run::at(&read, exercise) > 0);
    let drawn = serde_json::to_value(page::of(&read, exercise)).unwrap();
    assert_eq!(drawn[0]["step"], exercise.key(&exercise.steps[0]));
    assert!(drawn[0]["yours"].as_str().unwrap().starts_with("<svg class=\"tr\""));
    assert!(drawn[0]["text"].as_str().unwrap().contains("ANSWER LOST"));
    let file = sample.root().join("pictures/step_1_by_name__ada_is_greeted.svg");
    assert!(std::fs::read_to_string(file).unwrap().contains("xmlns="));
}

#[test]
fn what_fits_no_test_and_what_leaves_no_trace_is_told() {
    let sample = sample();
    assert_eq!(course(&sample, &["trace", "1", "7"]).status.code(), Some(2));
    assert_eq!(course(&sample, &["trace", "9"]).status.code(), Some(2));
    std::fs::remove_file(sample.root().join("trace.json")).unwrap();
    let nothing = course(&sample, &["trace", "1"]);
    assert_eq!(nothing.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&nothing.stderr).contains("there is no run to draw"));
}
