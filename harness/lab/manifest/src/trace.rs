//! The trace of a test: what the lab saw of a run, in order, for drawing. The lab writes it, the command line reads it.
//!
//! Nothing here decides anything, and nothing of it is in an observation: it has times and ports and whatever else a
//! run happens to have. All times are microseconds since the run's lab was there.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::report::Outcome;

/// The environment variable that names the folder in which each test leaves its trace: `MODULE__TEST.json`.
pub const TRACE: &str = "LAB_TRACE";

/// The version of the document's form that this code writes and reads.
pub const FORMAT: u32 = 1;

/// Whoever sends what the test itself, or code in its process, has sent.
pub const TEST: u32 = 0;

/// What the lab saw of one test.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trace {
    /// The version of the document's form; [`FORMAT`].
    pub format: u32,
    /// The exercise's uuid.
    pub exercise: String,
    /// The step's id.
    pub step: String,
    /// Module and name, such as `step_3_views::twenty_views_at_once_are_all_counted`.
    pub test: String,
    /// How the test ended.
    pub outcome: Outcome,
    /// What its inputs came from.
    pub seed: u64,
    /// How long the lab was there.
    pub end_us: u64,
    /// Processes that the lab started, in the order of their starts; the first has the id 1.
    #[serde(default)]
    pub processes: Vec<Process>,
    /// What the test asked functions for, in the order of asking.
    #[serde(default)]
    pub calls: Vec<Call>,
    /// Requests to DynamoDB, in the order of their arrival.
    #[serde(default)]
    pub requests: Vec<Request>,
    /// When the test moved the lab's clock.
    #[serde(default)]
    pub clock: Vec<Advance>,
    /// How much more there was of calls, requests and invocations than is kept here.
    #[serde(default)]
    pub left_out: usize,
}

/// A process that the lab started.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Process {
    /// From 1.
    pub id: u32,
    /// The role: for an execution environment the function's name.
    pub role: String,
    /// What it is for.
    pub kind: Kind,
    /// When it was started.
    pub at_us: u64,
    /// When it first asked for an invocation: the end of its Init.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ready_us: Option<u64>,
    /// Why its Init failed, where it said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub init_error: Option<String>,
    /// When it was gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_us: Option<u64>,
    /// How it ended, such as `exit code 1` or `signal 9`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<String>,
    /// The lab ended it at the end of the test: that is no part of what the test is about.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub outlived: bool,
    /// The invocations that it was given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub invocations: Vec<Invocation>,
}

/// What a process is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// An execution environment of a function.
    Environment,
    /// A server.
    Server,
}

/// An invocation, as an environment got it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Invocation {
    /// Its id; the same for every attempt.
    pub request_id: String,
    /// The first attempt is 1.
    pub attempt: u32,
    /// When it was handed over.
    pub at_us: u64,
    /// When its end was accepted; none where there was no answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_us: Option<u64>,
    /// The type of the error that it ended in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The beginning of the event.
    pub event: String,
}

/// What the test asked a function for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// When it asked.
    pub at_us: u64,
    /// When it was answered, or gave up; none where it went away before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_us: Option<u64>,
    /// The function's name.
    pub function: String,
    /// `RequestResponse`, `Event` or `DryRun`.
    pub invocation_type: String,
    /// The beginning of the event.
    pub event: String,
    /// The first call, from 0, of the same function with the same event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub same_as: Option<usize>,
    /// The reply's HTTP status; 0 where there was none.
    pub status: u16,
    /// The function error's kind, or the reason why there was no reply.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// A request to DynamoDB.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// Who sent it: a process's id, or [`TEST`].
    pub from: u32,
    /// When it arrived.
    pub at_us: u64,
    /// When its answer left.
    pub end_us: u64,
    /// The operation, such as `UpdateItem`.
    pub operation: String,
    /// The tables that it names, by the test's own names.
    pub tables: Vec<String>,
    /// The index that it reads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<String>,
    /// The items that it was about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub touched: Vec<Touched>,
    /// How many more items than these.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub more: usize,
    /// The answer's HTTP status.
    pub status: u16,
    /// The answer's error type, such as `ConditionalCheckFailedException`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// What the lab let go wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
    /// The answer was sent and did not reach the process.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub lost: bool,
    /// The request, from 0, that this one is another attempt of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_of: Option<usize>,
    /// The test prepares by it: what it observes begins later.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub prepares: bool,
    /// What it would have cost on the service; none where it costs nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<Cost>,
}

/// An item that a request was about, by its key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Touched {
    /// The table, by the test's own name.
    pub table: String,
    /// The item collection: the partition key, such as `board=b1`.
    pub partition: String,
    /// The sort key, such as `card=7`; none in a table without one, and for a collection as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sort: Option<String>,
    /// What was to be done with it.
    pub access: Access,
    /// It was not done: it came back unprocessed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unprocessed: bool,
}

/// What a request does with an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Access {
    /// It was read, and was there.
    Read,
    /// It was looked for, and was not there.
    Missed,
    /// It was written.
    Write,
    /// It was only held against a condition.
    Check,
}

/// What a request would have cost on the service, in capacity units.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Cost {
    /// Read units.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub read: f64,
    /// Write units of the table.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub write: f64,
    /// Write units of the indexes.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub indexes: BTreeMap<String, f64>,
    /// Bytes of the items that were read.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub read_bytes: usize,
    /// Items that a filter threw away: they are paid for.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub discarded: usize,
}

/// The test moved the lab's clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Advance {
    /// When.
    pub at_us: u64,
    /// How far, in milliseconds of the lab's time.
    pub by_ms: u64,
}

impl Cost {
    /// All write units, those of the indexes included.
    pub fn written(&self) -> f64 {
        self.write + self.indexes.values().sum::<f64>()
    }
}

impl Trace {
    /// The name of a test's file: `step_3_views__twenty_views_at_once_are_all_counted.json`.
    pub fn file_name(test: &str) -> String {
        format!("{}.json", test.replace("::", "__"))
    }

    /// Writes it into `folder`, which is made where it is missing.
    pub fn write(&self, folder: &Path) -> std::io::Result<()> {
        std::fs::create_dir_all(folder)?;
        std::fs::write(folder.join(Self::file_name(&self.test)), serde_json::to_vec(self)?)
    }

    /// Reads one. A document of another form is none.
    pub fn read(file: &Path) -> Option<Self> {
        let trace: Self = serde_json::from_slice(&std::fs::read(file).ok()?).ok()?;
        (trace.format == FORMAT).then_some(trace)
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over references")]
fn is_zero(number: &usize) -> bool {
    *number == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over references")]
fn is_nothing(units: &f64) -> bool {
    units.abs() < f64::EPSILON
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_another_form_is_not() {
        let folder = std::env::temp_dir().join(format!("trace-{}", std::process::id()));
        let mut trace = Trace {
            format: FORMAT,
            exercise: "u".into(),
            step: "a".into(),
            test: "step_1_a::it_holds".into(),
            outcome: Outcome::Passed,
            seed: 0,
            end_us: 7,
            processes: Vec::new(),
            calls: Vec::new(),
            requests: Vec::new(),
            clock: vec![Advance { at_us: 1, by_ms: 2 }],
            left_out: 0,
        };
        let file = folder.join("step_1_a__it_holds.json");
        trace.write(&folder).unwrap();
        assert_eq!(Trace::read(&file), Some(trace.clone()));
        trace.format = FORMAT + 1;
        trace.write(&folder).unwrap();
        assert_eq!(Trace::read(&file), None);
        std::fs::remove_dir_all(folder).unwrap();
    }
}
