//! The grader's command line: what `cargo course grade` runs. Apart from the course's own, so that nobody who reads the
//! book waits for a sandbox to be built.
//!
//! - [`cli`]: what can be asked for
//! - [`class`]: grades what it is given
//! - [`merge`]: joins the journals of parts
//! - [`report`]: tells a journal again
//! - [`told`]: a report, shown and written
//! - [`similar`]: which submissions resemble each other
//! - [`inputs`]: what all of them read: `course.toml`, exercises, shards
//! - [`failure`]: what the libraries say, with remedy and exit code

mod class;
mod cli;
mod failure;
mod inputs;
mod merge;
mod report;
mod similar;
mod told;

use std::process::ExitCode;

use clap::Parser as _;
use course::course::Course;
use course::terminal::Terminal;

/// The word by which this program is started to make a cell of the sandbox.
const CELL: &str = "cell";

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next().is_some_and(|first| first == CELL) {
        // Whatever follows is of the program in the cell, and there no course is to be found.
        return grade::cell::main(&[CELL], arguments);
    }
    let cli = cli::Cli::parse();
    let done = Course::find().map_err(Into::into).and_then(|course| cli::run(&course, cli));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            failure.tell(&Terminal::stderr());
            ExitCode::from(failure.exit_code())
        }
    }
}
