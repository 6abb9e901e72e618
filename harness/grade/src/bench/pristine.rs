//! A copy of the course, with the starters in place of whatever is in `exercises/`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use lab_manifest::{reference, workspace};
use sha2::{Digest as _, Sha256};

use super::BenchError;

/// What the copy consists of; the rest of a course is nothing that a test's program is built from.
const TAKEN: [&str; 7] =
    ["Cargo.toml", "Cargo.lock", "rust-toolchain.toml", ".cargo", "harness", "exercises", "solutions"];

/// Folders that are no part of it, wherever they are.
const LEFT: [&str; 4] = ["target", ".git", ".course", "node_modules"];

/// Copies the course at `from` into `folder`, as far as it differs from what is there, so that what was built of it
/// stays built. Answers the copy's root and the digest of it all. The tests of the exercises `numbers` must be the
/// course's own.
pub(super) fn copy(from: &Path, folder: &Path, numbers: &[u32]) -> Result<(PathBuf, String), BenchError> {
    let (exercises, _) = workspace::exercises(from);
    for exercise in exercises.iter().filter(|exercise| numbers.contains(&exercise.number)) {
        let edited = reference::edited(&exercise.folder)
            .map_err(|error| BenchError::Course(format!("{}: {error}", exercise.folder.display())))?;
        if !edited.is_empty() {
            return Err(BenchError::Course(format!(
                "{} is not the course's own any more: restore it before grading",
                exercise.folder.join(&edited[0]).display()
            )));
        }
    }
    let to = folder.join("course");
    let mut files = BTreeSet::new();
    for name in TAKEN {
        visit(from, Path::new(name), &mut files)?;
    }
    let mut hash = Sha256::new();
    let mut wanted = BTreeSet::new();
    for file in &files {
        let Some(source) = source(from, file) else { continue };
        let bytes = std::fs::read(&source).map_err(BenchError::file(&source))?;
        hash.update(file.to_string_lossy().as_bytes());
        hash.update([0]);
        hash.update(Sha256::digest(&bytes));
        write(&to.join(file), &bytes)?;
        wanted.insert(file.clone());
    }
    let mut present = BTreeSet::new();
    for name in TAKEN {
        visit(&to, Path::new(name), &mut present)?;
    }
    for stale in present.difference(&wanted) {
        let path = to.join(stale);
        std::fs::remove_file(&path).map_err(BenchError::file(&path))?;
    }
    for name in TAKEN {
        prune(&to.join(name));
    }
    let digest = crate::hexadecimal::digits(&hash.finalize()[..16]);
    Ok((to, digest))
}

/// Removes folders that hold nothing: cargo takes each folder of `exercises/` for a package.
fn prune(folder: &Path) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            prune(&entry.path());
            // Refused where it is not empty.
            let _ = std::fs::remove_dir(entry.path());
        }
    }
}

/// Where the copy's `file` comes from. A reader's or an instructor's own work is no part of the course: the starter is.
fn source(from: &Path, file: &Path) -> Option<PathBuf> {
    let parts: Vec<_> = file.iter().collect();
    let [exercises, slug, within, rest @ ..] = parts.as_slice() else { return Some(from.join(file)) };
    if *exercises != "exercises" || *within != "src" {
        return Some(from.join(file));
    }
    let starter = from.join("exercises").join(slug).join(".starter");
    if !starter.is_dir() {
        return Some(from.join(file));
    }
    let path = starter.join("src").join(rest.iter().collect::<PathBuf>());
    path.is_file().then_some(path)
}

fn visit(root: &Path, path: &Path, files: &mut BTreeSet<PathBuf>) -> Result<(), BenchError> {
    let full = root.join(path);
    let Ok(data) = std::fs::symlink_metadata(&full) else { return Ok(()) };
    if data.is_file() {
        files.insert(path.to_owned());
        // A file that only the starter has is to be there, too.
        if let Some(starter) = from_starter(path) {
            files.insert(starter);
        }
    } else if data.is_dir() && !path.file_name().is_some_and(|name| LEFT.iter().any(|left| name == *left)) {
        for entry in std::fs::read_dir(&full).map_err(BenchError::file(&full))? {
            let entry = entry.map_err(BenchError::file(&full))?;
            visit(root, &path.join(entry.file_name()), files)?;
        }
    }
    Ok(())
}

/// `exercises/01/src/a.rs` for `exercises/01/.starter/src/a.rs`.
fn from_starter(path: &Path) -> Option<PathBuf> {
    let parts: Vec<_> = path.iter().collect();
    match parts.as_slice() {
        [exercises, slug, starter, rest @ ..] if *exercises == "exercises" && *starter == ".starter" => {
            Some(Path::new("exercises").join(slug).join(rest.iter().collect::<PathBuf>()))
        }
        _ => None,
    }
}

/// Only where it differs: cargo goes by the time of the last change.
fn write(path: &Path, bytes: &[u8]) -> Result<(), BenchError> {
    if std::fs::read(path).is_ok_and(|present| present == bytes) {
        return Ok(());
    }
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).map_err(BenchError::file(parent))?;
    }
    std::fs::write(path, bytes).map_err(BenchError::file(path))
}
