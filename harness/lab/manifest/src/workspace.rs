//! Where the course's files are.

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
