//! A reader's own `cargo test` counts: its results are left where `cargo course` looks for them.

use std::ffi::OsString;
use std::path::Path;
use std::sync::OnceLock;

use lab_manifest::exercise::{Exercise, Step};
use lab_manifest::plain_run::{self, PlainTest};
use lab_manifest::report::{Outcome, REPORT};

use crate::test_name::{TestName, TestPlace};

/// Where one of these is set, somebody else reads the results.
const OTHERS: [&str; 3] = [REPORT, super::OBSERVE, super::RECORD];

/// Leaves the end of a test for the reader's progress. A checkout that can't be written to goes without.
pub(super) fn keep(place: &TestPlace, exercise: &Exercise, step: &Step, name: &TestName, outcome: Outcome) {
    static STARTED: OnceLock<String> = OnceLock::new();
    if !is_plain(&place.exercise, |name| std::env::var_os(name)) {
        return;
    }
    let Some(file) = plain_run::file(&place.root, &exercise.uuid) else { return };
    let run = STARTED.get_or_init(|| {
        let _ = plain_run::make_room(&file);
        // nextest has a process a test, and one of these a run.
        std::env::var("NEXTEST_RUN_ID")
            .unwrap_or_else(|_| format!("{}-{}", std::process::id(), plain_run::now_ms()))
    });
    let test = PlainTest {
        at_ms: plain_run::now_ms(),
        run: run.clone(),
        step: step.id.clone(),
        test: name.full(),
        outcome,
    };
    let _ = plain_run::append(&file, &test);
}

/// Whether this is the exercise's own package, under nobody's eyes. A solution includes the same tests.
fn is_plain(exercise: &Path, variable: impl Fn(&str) -> Option<OsString>) -> bool {
    let package = variable("CARGO_MANIFEST_DIR");
    package.is_some_and(|package| Path::new(&package) == exercise)
        && OTHERS.iter().all(|other| variable(other).is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(variables: &[(&str, &str)]) -> bool {
        is_plain(Path::new("/c/exercises/01-a"), |name| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).into())
        })
    }

    #[test]
    fn only_an_exercises_own_run_that_nobody_else_reads_is_kept() {
        let own = ("CARGO_MANIFEST_DIR", "/c/exercises/01-a");
        assert!(plain(&[own, ("LAB_SEED", "0")]));
        assert!(!plain(&[("CARGO_MANIFEST_DIR", "/c/solutions/01-a")]));
        assert!(!plain(&[]));
        for other in ["LAB_REPORT", "LAB_OBSERVE", "LAB_RECORD"] {
            assert!(!plain(&[own, (other, "1")]), "{other}");
        }
    }
}
