//! A grader that misjudges the reference would misjudge everybody: the reference is graded before anybody is.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::{Bench, BenchError};
use crate::verdict::{Cancel, Judge as _, Outcome, Settings, Work};

/// A seed beside the disclosed one, so that what depends on it is seen to.
const SEEDS: [u64; 2] = [0, 4_711];

/// Holds where the solution of every prepared exercise earns all its points on `bench`. What held once for a version of
/// the course and a tier holds for the next run.
pub(super) fn prove(
    bench: &Bench,
    cancel: &Cancel,
    progress: &mut dyn FnMut(&str),
) -> Result<(), BenchError> {
    for (&number, prepared) in &bench.exercises {
        let kept = bench.place.folder.join(format!("proved-{number}-{}", bench.tier));
        if std::fs::read_to_string(&kept).is_ok_and(|version| version == bench.version) {
            continue;
        }
        progress(&format!("grading the solution of exercise {number}: it must earn every point"));
        let folder = bench.place.course.join("solutions").join(prepared.exercise.slug());
        let work = Work::new(number, sources(&folder)?, &bench.version, "proof");
        let settings = Settings { seeds: SEEDS.to_vec(), ..Settings::default() };
        let verdict = bench.judge(&work, &settings, cancel);
        if cancel.is_cancelled() {
            return Err(BenchError::Cancelled);
        }
        if verdict.outcome != Outcome::Pass {
            let step = verdict.steps.iter().find(|step| step.outcome != Outcome::Pass);
            let place = step.map(|step| format!(" in step {}", step.step)).unwrap_or_default();
            let cause = step.and_then(|step| step.tests.iter().find(|test| test.outcome != Outcome::Pass));
            let cause = cause.map(|test| format!(", {}: {}", test.test, test.cause)).unwrap_or_default();
            return Err(BenchError::Unproved {
                exercise: number,
                outcome: format!("{}{place}{cause}", verdict.outcome),
            });
        }
        std::fs::write(&kept, &bench.version).map_err(BenchError::file(&kept))?;
    }
    Ok(())
}

/// What a submission of the solution would hold.
fn sources(folder: &Path) -> Result<BTreeMap<PathBuf, Vec<u8>>, BenchError> {
    let mut found = BTreeMap::new();
    let mut open = vec![PathBuf::from("src")];
    while let Some(relative) = open.pop() {
        let path = folder.join(&relative);
        for entry in std::fs::read_dir(&path).map_err(BenchError::file(&path))? {
            let entry = entry.map_err(BenchError::file(&path))?;
            let relative = relative.join(entry.file_name());
            let path = entry.path();
            if path.is_dir() {
                open.push(relative);
            } else {
                found.insert(relative, std::fs::read(&path).map_err(BenchError::file(&path))?);
            }
        }
    }
    Ok(found)
}
