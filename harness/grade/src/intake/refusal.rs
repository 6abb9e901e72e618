//! Why a submission can't be graded as it is.

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// What stands instead of a verdict where intake had nothing to hand on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// There is nothing of this exercise. Worth no points.
    Missing,
    /// It holds what no submission may hold. Worth no points, and named as `forbidden`.
    Refused,
    /// It could not be read. No mark until somebody has looked: it may be nobody's fault.
    Unreadable,
}

/// Why a submission can't be graded as it is.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// There is nothing of the exercise.
    #[error("{0}")]
    Missing(String),
    /// There is more than one place that could be meant.
    #[error("there is more than one place that could be exercise {exercise}: {places}; leave one", places = places.join(", "))]
    Ambiguous {
        /// The exercise.
        exercise: u32,
        /// The places.
        places: Vec<String>,
    },
    /// A file that would be taken is not a regular one.
    #[error("{path} is a {kind}; a submission has regular files only")]
    Irregular {
        /// Inside the submission.
        path: String,
        /// What it is.
        kind: &'static str,
    },
    /// A member names a place outside of the submission.
    #[error("it names a path outside of itself: {path}")]
    Outside {
        /// As it is named.
        path: String,
    },
    /// Two members have the same path: which one counts depends on who unpacks it.
    #[error("it holds {path} twice")]
    Twice {
        /// Inside the submission.
        path: String,
    },
    /// Two paths differ in case alone: which one counts depends on the file system.
    #[error("{first} and {second} differ in nothing but upper and lower case")]
    CaseClash {
        /// One of them.
        first: String,
        /// The other.
        second: String,
    },
    /// There is too much of something.
    #[error("it has more than {cap} {what}")]
    TooMuch {
        /// Of what, in the plural.
        what: String,
        /// The bound, with its unit.
        cap: String,
    },
    /// It unpacks to many times its size.
    #[error("it unpacks to more than {ratio} times its size, as nothing but a bomb does")]
    Bomb {
        /// The bound.
        ratio: u64,
    },
    /// The archive is encrypted.
    #[error("it is encrypted, and no password is known here")]
    Encrypted,
    /// It is no archive, or a damaged one.
    #[error("it is not a whole {kind} archive: {message}")]
    Damaged {
        /// `tar`, `tar.gz`, `zip`.
        kind: &'static str,
        /// What the reader of archives said.
        message: String,
    },
    /// It could not be read.
    #[error("could not read {path}: {source}", path = path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
}

impl Refusal {
    pub(crate) fn io(path: &Path) -> impl FnOnce(io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self::Io { path, source }
    }

    pub(crate) fn too_much(what: &str, cap: &dyn std::fmt::Display) -> Self {
        Self::TooMuch { what: what.to_owned(), cap: cap.to_string() }
    }

    /// What this means for the mark.
    pub fn standing(&self) -> Standing {
        match self {
            Self::Missing(_) => Standing::Missing,
            Self::Ambiguous { .. } | Self::Encrypted | Self::Damaged { .. } | Self::Io { .. } => {
                Standing::Unreadable
            }
            Self::Irregular { .. }
            | Self::Outside { .. }
            | Self::Twice { .. }
            | Self::CaseClash { .. }
            | Self::TooMuch { .. }
            | Self::Bomb { .. } => Standing::Refused,
        }
    }
}
