//! `cargo course grade`: builds the grader where it is not built yet, and hands over to it.

use std::ffi::OsString;
use std::process::Command;

use crate::cargo;
use crate::course::Course;
use crate::failure::Failure;
use crate::interrupt;
use crate::program::{self, NotBuilt};
use crate::terminal::Terminal;

/// The package, whose program is called the same.
const PACKAGE: &str = "grader";

/// What `grade` takes: whatever the grader takes.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// `cargo course grade --help` says what there is
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "WORD")]
    words: Vec<OsString>,
}

/// Grades.
pub fn run(course: &Course, args: &Args) -> Result<(), Failure> {
    let terminal = Terminal::stderr();
    let built = program::build(cargo::command(&course.root), PACKAGE, &interrupt::cancel(), |progress| {
        terminal.live(&format!("building the grader: {progress}"));
    });
    terminal.settle();
    let file = built.map_err(|error| match error {
        NotBuilt::Stopped => Failure::Interrupted,
        NotBuilt::Cargo(source) => Failure::Cargo { program: cargo::program(), source },
        NotBuilt::Late | NotBuilt::Refused(_) => {
            Failure::Cargo { program: cargo::program(), source: std::io::Error::other(error.to_string()) }
        }
    })?;
    hand_over(Command::new(&file).args(&args.words)).map_err(Failure::io("run", &file))
}

/// Becomes that program: a signal that is meant for the one is meant for the other.
#[cfg(unix)]
fn hand_over(command: &mut Command) -> std::io::Result<()> {
    Err(std::os::unix::process::CommandExt::exec(command))
}

/// Runs that program, and ends as it ends.
#[cfg(not(unix))]
fn hand_over(command: &mut Command) -> std::io::Result<()> {
    let status = command.status()?;
    std::process::exit(status.code().unwrap_or(1))
}
