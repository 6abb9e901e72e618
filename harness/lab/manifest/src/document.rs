//! Reading a TOML document, with an error that names the file and the place in it.

use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

/// A document of the course that could not be used.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// The file could not be read.
    #[error("{path}: {source}", path = path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The file is not the document it should be.
    #[error("{path}: {message}", path = path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, with line and column where the parser knows them.
        message: String,
    },
}

impl DocumentError {
    pub(crate) fn invalid(path: &Path, message: impl Into<String>) -> Self {
        Self::Invalid { path: path.to_owned(), message: message.into() }
    }
}

pub(crate) fn read<T: DeserializeOwned>(path: &Path) -> Result<T, DocumentError> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| DocumentError::Read { path: path.to_owned(), source })?;
    toml::from_str(&text).map_err(|error| DocumentError::invalid(path, error.to_string()))
}
