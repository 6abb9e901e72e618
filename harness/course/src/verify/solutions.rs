//! Gate 2: the solution passes every step on every backend of this machine, clippy has nothing to say, and the
//! recorded runs are what a fresh run prints.

use std::collections::BTreeSet;

use lab_manifest::exercise::Exercise;
use lab_manifest::report::Outcome;

use super::bench::{Bench, Trial, rendered, report_trouble};
use super::finding::{Report, count};
use super::recordings::Recorded;
use crate::diff;
use crate::failure::Failure;

/// Holds the solution against the gate.
pub fn check(exercise: &Exercise, bench: &Bench<'_>, report: &mut Report) -> Result<(), Failure> {
    let package = exercise.solution_package();
    for backend in &bench.backends {
        bench.doing(&format!("exercise {}, solution on {backend}", exercise.number));
        let trial = bench.test(&package, &[], &[("DYNAMODB", backend)])?;
        let place = format!("solution on {backend}");
        report_trouble(&trial, &place, report);
        passes(&trial, &place, report);
        if trial.trouble.is_none() {
            complete(exercise, &trial, bench, report)?;
        }
        report.checked(backend.clone());
    }
    rest(exercise, bench, report)?;
    bench.doing(&format!("exercise {}, solution: clippy", exercise.number));
    clippy(&package, "solution", bench, report)?;
    recorded(exercise, bench, report)
}

/// Every test of a trial passed; what did not is told with expected and observed.
pub fn passes(trial: &Trial, place: &str, report: &mut Report) {
    for test in trial.tests.iter().filter(|test| test.outcome != Outcome::Passed) {
        let detail = match test.outcome {
            Outcome::Failed => diff::unified("observed", &test.expected, &test.yours),
            _ => test.panic.clone(),
        };
        report.find_with(place, format!("{} is not green", test.test), detail);
    }
}

/// Clippy on every target of a package, with the workspace's own lints.
pub fn clippy(package: &str, place: &str, bench: &Bench<'_>, report: &mut Report) -> Result<(), Failure> {
    let arguments = ["clippy", "--package", package, "--all-targets", "--message-format=json"];
    let ran = bench.cargo(&arguments, &[])?;
    if !ran.complaints.is_empty() {
        report.find_with(place, format!("clippy complains about {package}"), rendered(&ran.complaints));
    } else if ran.code != Some(0) {
        report.find_with(place, format!("clippy could not be run on {package}"), ran.tail());
    }
    Ok(())
}

/// Each step has a test, and each snapshot a test that reads it.
fn complete(
    exercise: &Exercise,
    trial: &Trial,
    bench: &Bench<'_>,
    report: &mut Report,
) -> Result<(), Failure> {
    for step in &exercise.steps {
        if trial.of(step).next().is_none() {
            report.find(format!("step {}", step.id), format!("no test of {} ran", step.tests));
        }
    }
    let read: BTreeSet<String> = trial.tests.iter().map(|test| test.test.replace("::", "__")).collect();
    let folder = bench.overlay.exercise(exercise).join("tests/steps/snapshots");
    for path in crate::file_tree::FileTree::read(&folder)?.0.keys() {
        let known = path.strip_suffix(".snap").is_some_and(|stem| read.contains(stem));
        if !known && !report.findings.iter().any(|finding| finding.place.ends_with(path)) {
            report.find(format!("tests/steps/snapshots/{path}"), "no test reads this snapshot");
        }
    }
    Ok(())
}

/// The solution's own tests, examples and documentation.
fn rest(exercise: &Exercise, bench: &Bench<'_>, report: &mut Report) -> Result<(), Failure> {
    let package = exercise.solution_package();
    bench.doing(&format!("exercise {}, solution: its own tests", exercise.number));
    let own = ["test", "--package", &package, "--lib", "--bins", "--examples", "--quiet"];
    let documentation = ["test", "--package", &package, "--doc", "--quiet"];
    for arguments in [&own[..], &documentation[..]] {
        let ran = bench.cargo(arguments, &[])?;
        if ran.code != Some(0) {
            report.find_with("solution", format!("`cargo {}` fails", arguments.join(" ")), ran.tail());
        }
    }
    Ok(())
}

fn recorded(exercise: &Exercise, bench: &Bench<'_>, report: &mut Report) -> Result<(), Failure> {
    let mut count_all = 0;
    for recorded in Recorded::all(exercise) {
        count_all += 1;
        let file = exercise.recordings().join(recorded.file());
        let place = bench.course.shown(&file);
        bench.doing(&format!("exercise {}, recorded run {}", exercise.number, recorded.file()));
        let fresh = match recorded.run(exercise, bench)? {
            Ok(fresh) => fresh,
            Err(detail) => {
                report.find_with(place, format!("{} fails", recorded.what()), detail);
                continue;
            }
        };
        let again = format!("`cargo course record {} --accept` records it again", exercise.number);
        match std::fs::read_to_string(&file) {
            Err(_) => report.find(place, format!("the run is not recorded: {again}")),
            Ok(recorded) => {
                let diff = diff::unified(&place, &recorded, &fresh);
                if !diff.is_empty() {
                    report.find_with(place, format!("a fresh run gives something else: {again}"), diff);
                }
            }
        }
    }
    if count_all > 0 {
        report.checked(count(count_all, "recorded run"));
    }
    Ok(())
}
