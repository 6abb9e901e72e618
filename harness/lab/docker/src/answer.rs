//! What the program that starts DynamoDB Local says.

use serde::{Deserialize, Serialize};

/// The document that `lab-container` writes to its standard output.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// It runs, and answers at this address.
    Runs {
        /// Its endpoint, without a path.
        url: String,
    },
    /// No engine answers.
    NoEngine {
        /// What was tried and what came of it.
        reason: String,
    },
    /// The image is not there, and could not be pulled.
    NoImage {
        /// What the engine said.
        reason: String,
    },
    /// The container does not start, or does not answer.
    NotStarted {
        /// What the engine said.
        reason: String,
    },
}
