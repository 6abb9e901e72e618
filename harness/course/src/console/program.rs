//! The program that a console's lab lives in. It needs the AWS SDK and a database; the command line has neither.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;

use crate::cargo;
use crate::process::{self, Cancel, End, Line};

/// The package.
pub const PACKAGE: &str = "lab-console";
/// The variable that keeps the lab's database in its process. The tables of a console have the reader's own names, and
/// its answers are those of the recording: no database that others use, and none that answers in other words.
const DATABASE: (&str, &str) = ("DYNAMODB", "embedded");
/// Building it, at worst with all that it needs.
const BUILD_LIMIT: Duration = Duration::from_mins(10);

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

    /// Builds it in the course at `root`. The error says why it could not be built.
    pub fn build(root: &Path, cancel: &Cancel) -> Result<Self, String> {
        let mut command = cargo::command(root);
        command.args(["build", "--quiet", "--package", PACKAGE, "--message-format=json"]);
        let (mut file, mut complaint) = (None, String::new());
        let end = process::run(&mut command, cancel, Some(BUILD_LIMIT), |line| match line {
            Line::Out(line) => file = cargo::executable(&line).or_else(|| file.take()),
            Line::Err(line) if !line.trim().is_empty() => complaint = line,
            Line::Err(_) => {}
        });
        match (end, file) {
            (Ok(End::Exited(status)), Some(file)) if status.success() => {
                let target = file.parent().and_then(Path::parent).unwrap_or(root);
                let libraries = cargo::libraries(root, target).map_err(|error| error.to_string())?;
                Ok(Self { file, libraries })
            }
            (Ok(End::Exited(_)), _) => Err(format!("it could not be built: {complaint}")),
            (Ok(End::Cancelled), _) => Err("it was stopped".into()),
            (Ok(End::TimedOut), _) => Err("it was not built in time".into()),
            (Err(error), _) => Err(format!("cargo could not be run: {error}")),
        }
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
