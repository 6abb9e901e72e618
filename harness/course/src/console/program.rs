//! The program that a console's lab lives in. It needs the AWS SDK and a database; the command line has neither.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{self, Stdio};

use tokio::process::Command;

use crate::cargo;
use crate::process::Cancel;
use crate::program;

/// The package.
pub const PACKAGE: &str = "lab-console";
/// The variable that keeps the lab's database in its process. The tables of a console have the reader's own names, and
/// its answers are those of the recording: no database that others use, and none that answers in other words.
const DATABASE: (&str, &str) = ("DYNAMODB", "embedded");

/// The program, as cargo built it.
#[derive(Clone, Debug)]
pub struct Program {
    file: PathBuf,
    libraries: OsString,
}

impl Program {
    /// The program in `file`, which finds its shared libraries on the path `libraries`.
    pub fn new(file: PathBuf, libraries: OsString) -> Self {
        Self { file, libraries }
    }

    /// Has `cargo` build it in the course at `root`. The error says why it could not be built.
    pub fn build(root: &Path, cargo: process::Command, cancel: &Cancel) -> Result<Self, String> {
        let file = program::build(cargo, PACKAGE, cancel, |_| {}).map_err(|error| error.to_string())?;
        let target = file.parent().and_then(Path::parent).unwrap_or(root);
        let libraries = cargo::libraries(root, target).map_err(|error| error.to_string())?;
        Ok(Self { file, libraries })
    }

    /// How a process of it is started; killed with the handle, and by itself at the end of its input.
    pub(super) fn command(&self) -> Command {
        let mut command = Command::new(&self.file);
        command
            .env(cargo::LIBRARY_PATH, &self.libraries)
            .env(DATABASE.0, DATABASE.1)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }
}
