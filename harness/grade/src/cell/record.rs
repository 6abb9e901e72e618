//! How a cell ended, as seen from outside.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::verdict::Outcome;

/// Of a record's file more is not read.
const MAX_BYTES: u64 = 64 * 1024;

/// How a program in a cell ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    /// By itself, with this exit code.
    Exited(i32),
    /// By this signal, which nobody outside sent.
    Signaled(i32),
    /// It asked the system for what its policy forbids.
    Forbidden,
    /// Its wall-clock or processor time was up.
    Timeout,
    /// It took more memory than it may.
    Memory,
    /// It had more threads or processes than it may.
    Tasks,
    /// It wrote more than it may.
    Output,
    /// Whoever started it ended it.
    Stopped,
    /// The cell itself failed.
    Trouble,
}

/// The end of one cell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The test that it was started for, where it was one.
    pub test: Option<String>,
    /// The role that it was started in, where it was one.
    pub role: Option<String>,
    /// How it ended.
    pub ended: Ended,
    /// The last it wrote to its standard error, bounded.
    pub last_words: String,
    /// Milliseconds from its start to its end.
    pub milliseconds: u64,
}

impl Record {
    /// What this end means for the test, if it was not the end that a program should have.
    pub fn outcome(&self) -> Option<Outcome> {
        match self.ended {
            Ended::Stopped => None,
            Ended::Exited(_) | Ended::Signaled(_) => {
                Some(if self.ran_out_of_memory() { Outcome::Oom } else { Outcome::Crash })
            }
            Ended::Forbidden | Ended::Tasks => Some(Outcome::Forbidden),
            Ended::Timeout => Some(Outcome::Timeout),
            Ended::Memory => Some(Outcome::Oom),
            Ended::Output => Some(Outcome::OutputLimit),
            Ended::Trouble => Some(Outcome::InfraError),
        }
    }

    /// Rust's allocator says this and aborts where the address space is used up. A program may say so falsely: then
    /// its failure has another name, and is a failure.
    fn ran_out_of_memory(&self) -> bool {
        self.last_words.contains("memory allocation of ") || self.last_words.contains("out of memory")
    }

    /// The records in `folder`, in the order of their names. Files that are none are left out.
    pub fn read_all(folder: &Path) -> Vec<Self> {
        let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
        let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
        paths.sort();
        let small = |path: &std::path::PathBuf| {
            path.extension().is_some_and(|end| end == "json")
                && path.metadata().is_ok_and(|data| data.len() <= MAX_BYTES)
        };
        paths
            .into_iter()
            .filter(small)
            .filter_map(|path| serde_json::from_slice(&std::fs::read(path).ok()?).ok())
            .collect()
    }
}
