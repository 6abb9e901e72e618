//! What a stage hands to the next, and what the next tells back.
//!
//! The next stage is this program again. Its standard input is a socket to the guard: words of trouble until the one
//! that says that the program starts; what comes later is the program's own and is not read.

use std::os::fd::RawFd;
use std::path::PathBuf;
use std::process::Command;

use serde::{Deserialize, Serialize};

use super::{CellError, Spec};

/// The argument that names a later stage.
pub(super) const FLAG: &str = "--stage";

/// The byte that says that the program starts. Words of trouble are text and have none of it.
pub(super) const STARTS: u8 = 0;

/// The byte that a listening socket is handed over with.
pub(super) const HANDS_OUT: u8 = 1;

/// A program to be run in a cell.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Plan {
    pub(super) spec: Spec,
    /// The one port that may be connected to.
    pub(super) port: Option<u16>,
    /// Another port that may be connected to, of a server in a cell.
    pub(super) reach: Option<u16>,
    /// A process whose network it has instead of one of its own; strong tier.
    pub(super) join: Option<i32>,
    /// Ports that may be opened: 0, any free one, for a server's.
    pub(super) may_listen: bool,
    /// A listening socket that it inherits.
    pub(super) listener: Option<RawFd>,
    /// Whose process identifier the parent has, as this stage sees it. Another one: the parent is gone.
    pub(super) parent: i32,
    /// This program, to start the next stage.
    pub(super) cell: PathBuf,
    pub(super) program: PathBuf,
    pub(super) arguments: Vec<String>,
}

/// Which stage comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Chamber,
    Enter,
}

impl Stage {
    fn name(self) -> &'static str {
        match self {
            Self::Chamber => "chamber",
            Self::Enter => "enter",
        }
    }

    pub(super) fn parse(name: &str) -> Option<Self> {
        [Self::Chamber, Self::Enter].into_iter().find(|stage| stage.name() == name)
    }

    /// The command that starts this stage with `plan`, in an empty environment. `front` is what this program takes
    /// before its own arguments, such as `cell` of `course cell`.
    pub(super) fn command(self, plan: &Plan, front: &[String]) -> Result<Command, CellError> {
        let document = serde_json::to_string(plan)
            .map_err(|error| CellError::Usage(format!("a plan is not written: {error}")))?;
        let mut command = Command::new(&plan.cell);
        command.args(front).args([FLAG, self.name(), &document]).env_clear();
        Ok(command)
    }
}
