//! A program of the workspace that this one is not: built when it is first asked for.
//!
//! What needs the AWS SDK, a container or a sandbox is no part of the command line, which is to be there at once.

use std::io;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use crate::cargo::{self, Message};
use crate::process::{self, Cancel, End, Line};

/// Building one, at worst with all that it needs.
const BUILD_LIMIT: Duration = Duration::from_mins(20);

/// Why there is no program.
#[derive(Debug, thiserror::Error)]
pub enum NotBuilt {
    /// The compiler, or cargo, did not like something.
    #[error("it could not be built: {0}")]
    Refused(String),
    /// Somebody wants it to end.
    #[error("it was stopped")]
    Stopped,
    /// It took too long.
    #[error("it was not built in time")]
    Late,
    /// There is no cargo.
    #[error("cargo could not be run: {0}")]
    Cargo(io::Error),
}

/// Has `cargo` build the program of `package`, and says where it is. How far it is, is told while more than the program
/// itself has to be built: `12 of 80`.
pub fn build(
    mut cargo: Command,
    package: &str,
    cancel: &Cancel,
    mut tell: impl FnMut(&str),
) -> Result<PathBuf, NotBuilt> {
    cargo::report(cargo.args(["build", "--package", package]));
    let (mut file, mut complaint) = (None, String::new());
    let end = process::run(&mut cargo, cancel, Some(BUILD_LIMIT), |line| match line {
        Line::Out(line) => match cargo::message(&line) {
            Some(Message::Error(error)) => complaint = error.message,
            _ => file = cargo::executable(&line).map(|built| built.file).or_else(|| file.take()),
        },
        Line::Err(line) => match cargo::progress(&line) {
            Some(Message::Built { done, total, .. }) if total - done > 1 => {
                tell(&format!("{done} of {total}"));
            }
            Some(Message::Waiting) => tell("waiting for another cargo"),
            None if complaint.is_empty() && line.starts_with("error") => complaint = line,
            Some(_) | None => {}
        },
    });
    match (end, file) {
        (Ok(End::Exited(status)), Some(file)) if status.success() => Ok(file),
        (Ok(End::Exited(_)), _) => Err(NotBuilt::Refused(complaint)),
        (Ok(End::Cancelled), _) => Err(NotBuilt::Stopped),
        (Ok(End::TimedOut), _) => Err(NotBuilt::Late),
        (Err(error), _) => Err(NotBuilt::Cargo(error)),
    }
}
