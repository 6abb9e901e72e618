//! `variant.toml`: what a right or wrong answer in `variants/` declares about itself.
//!
//! A variant is a small overlay of the solution: the files beside `variant.toml`, under `src/`, take the
//! place of the solution's.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::document::{self, DocumentError};

/// A variant of an exercise's solution.
#[derive(Clone, Debug)]
pub struct Variant {
    /// The folder's name, such as `counts-in-memory`.
    pub name: String,
    /// The folder, with the overlay under `src/`.
    pub folder: PathBuf,
    /// Why people write it.
    pub why: String,
    /// What must happen to it.
    pub verdict: Verdict,
}

/// What must happen to a variant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Another correct answer: every step passes.
    Right,
    /// A mistake that people make.
    Wrong {
        /// The id of the step that must catch it first.
        step: String,
        /// The id of the diagnosis that the reader must see.
        diagnosis: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Right {
    why: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wrong {
    why: String,
    step: String,
    diagnosis: String,
}

/// Every variant of the exercise in `folder`, right ones first, each kind by name.
pub fn all(folder: &Path) -> Result<Vec<Variant>, DocumentError> {
    let mut variants = Vec::new();
    for folder in folders(&folder.join("variants").join("right"))? {
        let Right { why } = document::read(&folder.join("variant.toml"))?;
        variants.push(Variant { name: name(&folder), folder, why, verdict: Verdict::Right });
    }
    for folder in folders(&folder.join("variants").join("wrong"))? {
        let Wrong { why, step, diagnosis } = document::read(&folder.join("variant.toml"))?;
        variants.push(Variant {
            name: name(&folder),
            folder,
            why,
            verdict: Verdict::Wrong { step, diagnosis },
        });
    }
    Ok(variants)
}

fn folders(parent: &Path) -> Result<Vec<PathBuf>, DocumentError> {
    let read = |source| DocumentError::Read { path: parent.to_owned(), source };
    let mut folders = match std::fs::read_dir(parent) {
        Ok(entries) => entries
            .map(|entry| entry.map(|entry| entry.path()).map_err(read))
            .collect::<Result<Vec<_>, _>>()?,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(read(error)),
    };
    folders.retain(|path| path.is_dir());
    folders.sort();
    Ok(folders)
}

fn name(folder: &Path) -> String {
    folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}
