//! The events of a run, one JSON document a line: what the lab writes and the command line reads.

use std::io::Write;
use std::path::Path;

use serde::{Deserialize, Serialize};

/// The environment variable that names the file to which events are appended.
pub const REPORT: &str = "LAB_REPORT";

/// Something that happened in a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
#[expect(clippy::large_enum_variant, reason = "there is one at a time, and nearly all are the large one")]
pub enum Event {
    /// The process has chosen its DynamoDB.
    Backend {
        /// `container`, `embedded`, `url` or `aws`.
        name: String,
        /// Why this one, where there was a choice.
        why: Option<String>,
    },
    /// A test of a step has ended.
    Test(TestReport),
    /// The tools failed; nothing is said about the reader's code.
    Infra {
        /// What failed and what to do about it.
        message: String,
    },
}

/// A test of a step, ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestReport {
    /// The exercise's uuid.
    pub exercise: String,
    /// The step's id.
    pub step: String,
    /// Module and name, such as `step_3_views::twenty_views_at_once_are_all_counted`.
    pub test: String,
    /// How it ended.
    pub outcome: Outcome,
    /// The reference's observation, where the outcome is `failed`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub expected: String,
    /// The reader's observation, where there is one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub yours: String,
    /// The message of the panic, or the sentence of the `todo!`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub panic: String,
    /// What happened where there is neither an observation nor a panic: a server that did not start, a test without an
    /// end, a snapshot that is gone.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub happened: String,
    /// File and line that the message points at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// The id of the diagnosis that fits, if one does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub diagnosis: Option<String>,
    /// What the failure probably means; empty where no rule fits.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub cause: String,
    /// Where the book explains it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub read: String,
    /// What was noticed beside the observation: messages of function errors, last words of processes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remarks: Vec<String>,
    /// Files of the reference (tests, snapshots) that are not the course's own any more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub edited: Vec<String>,
}

/// How a test ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// What was observed is what the reference observed.
    Passed,
    /// It is not.
    Failed,
    /// The reader's code panicked.
    Panicked,
    /// A `todo!` of the step was reached.
    Todo,
}

/// Appends `event` to `file`. A line is written at once, so that test processes and threads don't interleave.
pub fn append(file: &Path, event: &Event) -> std::io::Result<()> {
    let mut line = serde_json::to_vec(event)?;
    line.push(b'\n');
    std::fs::OpenOptions::new().create(true).append(true).open(file)?.write_all(&line)
}

/// The events in `text`, as far as they are whole: a torn last line is left out.
pub fn parse(text: &str) -> Vec<Event> {
    text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}
