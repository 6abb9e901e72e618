//! What does not hold, and where.

use serde::Serialize;

/// Something that does not hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The file, step or variant.
    pub place: String,
    /// What is wrong, a sentence.
    pub message: String,
    /// A diff, or the last lines of an output; may be empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub detail: String,
}

/// What a gate has found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// What was held against the gate, such as `7 steps`.
    pub checked: Vec<String>,
    /// What does not hold.
    pub findings: Vec<Finding>,
    /// What did not hold while other tests were run beside it, and held alone: a limit of time that is too near.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unsteady: Vec<Finding>,
}

impl Report {
    /// Adds to what was held against the gate.
    pub fn checked(&mut self, what: impl Into<String>) {
        self.checked.push(what.into());
    }

    /// Adds a finding.
    pub fn find(&mut self, place: impl Into<String>, message: impl Into<String>) {
        self.find_with(place, message, "");
    }

    /// Adds a finding with a diff or an output.
    pub fn find_with(
        &mut self,
        place: impl Into<String>,
        message: impl Into<String>,
        detail: impl Into<String>,
    ) {
        self.findings.push(Finding { place: place.into(), message: message.into(), detail: detail.into() });
    }
}

/// `1 step`, `2 steps`.
pub fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}
