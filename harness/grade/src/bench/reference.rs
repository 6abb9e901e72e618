//! What the reference observes, by step and seed: made once, and kept.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::PoisonError;

use lab_manifest::exercise::Step;

use super::{Bench, BenchError, Prepared};
use crate::limits::Limits;
use crate::run::{self, Cast};
use crate::verdict::Cancel;

/// The observations of each test of `step`, by module and name.
pub(crate) fn observations(
    bench: &Bench,
    prepared: &Prepared,
    step: &Step,
    seed: u64,
    cancel: &Cancel,
) -> Result<BTreeMap<String, String>, BenchError> {
    let path = path(bench, prepared, step, seed);
    if let Some(known) = read(&path) {
        return Ok(known);
    }
    // Whoever waits here finds it made.
    let _one = bench.referring.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = read(&path) {
        return Ok(known);
    }
    let run = run::run(bench, prepared, step, seed, Cast::Reference, &Limits::default(), cancel)?;
    let silent = run.reports.values().find(|report| !run.observed.contains_key(&report.test));
    if run.observed.is_empty() || silent.is_some() || !run.succeeded {
        let why = match silent {
            Some(report) => &report.panic,
            None if run.timed_out => "its time was up",
            None if run.observed.is_empty() => "it has no tests",
            None => "a test of it failed",
        };
        return Err(BenchError::Course(format!("the reference does not observe step {}: {why}", step.id)));
    }
    let folder = path.parent().unwrap_or(bench.folder());
    std::fs::create_dir_all(folder).map_err(BenchError::file(folder))?;
    let draft = path.with_extension(format!("{}.part", std::process::id()));
    let text = serde_json::to_vec(&run.observed).map_err(|error| BenchError::Course(error.to_string()))?;
    std::fs::write(&draft, text)
        .and_then(|()| std::fs::rename(&draft, &path))
        .map_err(BenchError::file(&path))?;
    Ok(run.observed)
}

fn path(bench: &Bench, prepared: &Prepared, step: &Step, seed: u64) -> PathBuf {
    let exercise = format!("{}-{}", prepared.exercise.number, step.id);
    bench.folder().join("reference").join(bench.course_version()).join(exercise).join(format!("{seed}.json"))
}

fn read(path: &std::path::Path) -> Option<BTreeMap<String, String>> {
    serde_json::from_slice(&std::fs::read(path).ok()?).ok()
}
