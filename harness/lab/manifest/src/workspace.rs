//! Where the course's files are, and what a cargo that is started for them must not see.

use std::path::{Path, PathBuf};

use crate::document::DocumentError;
use crate::exercise::Exercise;

/// The course's root: the nearest folder at or above `start` that holds the exercises and the workspace's manifest.
pub fn root(start: &Path) -> Option<PathBuf> {
    start
        .ancestors()
        .find(|folder| folder.join("Cargo.toml").is_file() && folder.join("exercises").is_dir())
        .map(Path::to_owned)
}

/// What cargo sets for a program that it runs, beside `CARGO_PKG_…`.
const OF_CARGO: [&str; 6] = [
    "CARGO_MANIFEST_DIR",
    "CARGO_MANIFEST_PATH",
    "CARGO_BIN_NAME",
    "CARGO_CRATE_NAME",
    "CARGO_PRIMARY_PACKAGE",
    "OUT_DIR",
];

/// Whether cargo sets this variable for what it runs, so that it must not reach a cargo which that starts: packages
/// that look at it would be built again.
pub fn is_cargos(variable: &str) -> bool {
    variable.starts_with("CARGO_PKG_") || OF_CARGO.contains(&variable)
}

/// Every exercise of the course at `root`, by number.
///
/// A broken `exercise.toml` is an error of that exercise alone: the others are still returned.
pub fn exercises(root: &Path) -> (Vec<Exercise>, Vec<DocumentError>) {
    let folder = root.join("exercises");
    let mut exercises = Vec::new();
    let mut errors = Vec::new();
    let entries = match std::fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(source) => return (exercises, vec![DocumentError::Read { path: folder, source }]),
    };
    for entry in entries.flatten() {
        if !entry.path().is_dir() {
            continue;
        }
        match Exercise::read(&entry.path()) {
            Ok(exercise) => exercises.push(exercise),
            Err(error) => errors.push(error),
        }
    }
    exercises.sort_by_key(|exercise| exercise.number);
    (exercises, errors)
}
