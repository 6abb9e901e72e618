//! What a cell may touch and take. The grader writes it to a file, the cell reads it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::limits::Bounds;
use crate::verdict::Tier;

/// What a program in a cell may ask of the system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Policy {
    /// A compiler: processes, no sockets.
    Compile,
    /// A submission: threads and TCP to one port, no processes.
    Run,
}

/// A cell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// How it is closed.
    pub tier: Tier,
    /// What its program may ask of the system.
    pub policy: Policy,
    /// Files and folders that may be read, absolute.
    pub read: Vec<PathBuf>,
    /// Files and folders that may be read and run.
    pub execute: Vec<PathBuf>,
    /// Folders that may be written.
    pub write: Vec<PathBuf>,
    /// Links that are there besides, by where they are; strong tier only, where nothing is that is not named.
    #[serde(default)]
    pub links: BTreeMap<PathBuf, PathBuf>,
    /// What it may take.
    pub bounds: Bounds,
    /// Its whole environment, but for what the command line adds.
    pub environment: BTreeMap<String, String>,
    /// Its working directory; readable.
    pub directory: PathBuf,
    /// The folder where the record of its end is written, if somebody reads it.
    pub records: Option<PathBuf>,
}
