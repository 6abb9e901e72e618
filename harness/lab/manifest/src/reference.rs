//! The checksums by which an edited test or snapshot is told from the course's own.
//!
//! `reference.lock`, beside `exercise.toml`, has a line for each file under `tests/`: its SHA-256 and its path.
//! `cargo course record` writes it. Line endings don't count, so that a checkout with CRLF is not an edit.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::document::DocumentError;

/// The lock's name, beside `exercise.toml`.
pub const FILE: &str = "reference.lock";

/// Writes the lock of the exercise in `folder` from the files that are there.
pub fn write(folder: &Path) -> Result<(), DocumentError> {
    let mut text = String::from(
        "# Checksums of the course's own tests and snapshots. Written by `cargo course record`.\n",
    );
    for (path, sum) in present(folder)? {
        writeln!(text, "{sum}  {path}").expect("a string takes every write");
    }
    let file = folder.join(FILE);
    std::fs::write(&file, text).map_err(|source| DocumentError::Read { path: file, source })
}

/// The files under `tests/` that were edited, added or deleted since the lock was written, by path.
/// Without a lock nothing is known to be edited.
pub fn edited(folder: &Path) -> Result<Vec<String>, DocumentError> {
    if !folder.join(FILE).is_file() {
        return Ok(Vec::new());
    }
    let locked = locked(folder)?;
    let present = present(folder)?;
    let mut edited: Vec<String> = locked
        .iter()
        .filter(|(path, sum)| present.get(*path) != Some(sum))
        .map(|(path, _)| path.clone())
        .chain(present.keys().filter(|path| !locked.contains_key(*path)).cloned())
        .collect();
    edited.sort();
    Ok(edited)
}

/// Whether the lock has a line for `path`, such as `tests/steps/main.rs`.
pub fn is_locked(folder: &Path, path: &str) -> Result<bool, DocumentError> {
    Ok(locked(folder)?.contains_key(path))
}

/// Whether `bytes` are what the lock says of `path`.
pub fn is_own(folder: &Path, path: &str, bytes: &[u8]) -> Result<bool, DocumentError> {
    Ok(locked(folder)?.get(path) == Some(&sum(bytes)))
}

fn locked(folder: &Path) -> Result<BTreeMap<String, String>, DocumentError> {
    let file = folder.join(FILE);
    let text = std::fs::read_to_string(&file).map_err(|source| DocumentError::Read { path: file, source })?;
    Ok(text
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once("  "))
        .map(|(sum, path)| (path.to_owned(), sum.to_owned()))
        .collect())
}

fn present(folder: &Path) -> Result<BTreeMap<String, String>, DocumentError> {
    let mut sums = BTreeMap::new();
    visit(&folder.join("tests"), "tests", &mut sums)?;
    Ok(sums)
}

fn visit(folder: &Path, prefix: &str, sums: &mut BTreeMap<String, String>) -> Result<(), DocumentError> {
    let read = |source| DocumentError::Read { path: folder.to_owned(), source };
    for entry in std::fs::read_dir(folder).map_err(read)? {
        let entry = entry.map_err(read)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{prefix}/{name}");
        if entry.path().is_dir() {
            visit(&entry.path(), &path, sums)?;
        } else if matches!(entry.path().extension().and_then(|end| end.to_str()), Some("rs" | "snap")) {
            sums.insert(path, sum(&std::fs::read(entry.path()).map_err(read)?));
        }
    }
    Ok(())
}

fn sum(bytes: &[u8]) -> String {
    let bytes: Vec<u8> = bytes.iter().copied().filter(|byte| *byte != b'\r').collect();
    Sha256::digest(bytes).iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a string takes every write");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exercise(name: &str) -> std::path::PathBuf {
        let folder = std::env::temp_dir().join(format!("reference-{name}-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("tests/steps/snapshots")).unwrap();
        std::fs::write(folder.join("tests/steps/step_1.rs"), "one\n").unwrap();
        std::fs::write(folder.join("tests/steps/snapshots/a.snap"), "a\nb\n").unwrap();
        write(&folder).unwrap();
        folder
    }

    #[test]
    fn nothing_is_edited_in_a_fresh_checkout_with_either_line_ending() {
        let folder = exercise("fresh");
        std::fs::write(folder.join("tests/steps/snapshots/a.snap"), "a\r\nb\r\n").unwrap();
        assert_eq!(edited(&folder).unwrap(), Vec::<String>::new());
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn an_edit_a_new_file_and_a_missing_one_are_named() {
        let folder = exercise("edited");
        std::fs::write(folder.join("tests/steps/step_1.rs"), "two\n").unwrap();
        std::fs::write(folder.join("tests/steps/mine.rs"), "").unwrap();
        std::fs::remove_file(folder.join("tests/steps/snapshots/a.snap")).unwrap();
        assert_eq!(
            edited(&folder).unwrap(),
            ["tests/steps/mine.rs", "tests/steps/snapshots/a.snap", "tests/steps/step_1.rs"]
        );
        std::fs::remove_dir_all(folder).unwrap();
    }
}
