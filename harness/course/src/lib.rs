//! The command line of the course and the server of its book.
//!
//! - [`backup`]: what a command takes from the reader's work is kept first
//! - [`book`]: what mdBook makes of `book/`, with this course's own directives resolved
//! - [`browser`]: opens an address where there is a desktop
//! - [`cargo`]: how cargo is started, and what its messages say
//! - [`cli`]: what can be asked for
//! - [`commands`]: one file a command, each with `run(course, args)`
//! - [`console`]: a page's console: an operation is typed, and carried out in a lab of the page's own
//! - [`course`]: the course on disk: its root and its exercises
//! - [`diff`]: two texts, as a unified diff in the terminal
//! - [`doctor`]: what this machine lacks, with the remedy
//! - [`failure`]: what can go wrong, with its remedy and exit code
//! - [`file_tree`]: the files of a folder, written where they differ
//! - [`git`]: how git is asked
//! - [`interrupt`]: Ctrl-C ends the run under way, whole
//! - [`leftovers`]: what runs left behind
//! - [`process`]: a program in a process group of its own, ended whole
//! - [`program`]: a program of the workspace that this one is not, built when it is first asked for
//! - [`progress`]: what the reader has done, kept over runs and renames
//! - [`runner`]: runs an exercise's tests and tells how each ended
//! - [`server`]: the book's server, on 127.0.0.1 alone
//! - [`session`]: what is watched, what runs, what is told
//! - [`starter`]: the course's own starter, which a reader's work can always be compared with
//! - [`template`]: a chapter to start from, for authors
//! - [`terminal`]: what is printed, in a plain, narrow, colorless or piped terminal
//! - [`trace`]: a run of the reader's code, drawn
//! - [`update`]: brings a newer course under the reader's work
//! - [`verify`]: five gates that every exercise passes

pub mod backup;
pub mod book;
pub mod browser;
pub mod cargo;
pub mod cli;
pub mod commands;
pub mod console;
pub mod course;
pub mod diff;
pub mod doctor;
pub mod failure;
pub mod file_tree;
pub mod git;
pub mod interrupt;
pub mod leftovers;
pub mod process;
pub mod program;
pub mod progress;
pub mod runner;
#[cfg(test)]
mod sample;
pub mod server;
pub mod session;
pub mod starter;
pub mod template;
pub mod terminal;
pub mod trace;
pub mod update;
pub mod verify;

use std::process::ExitCode;

use clap::Parser;

use crate::cli::{Cli, Command};
use crate::course::Course;
use crate::failure::Failure;
use crate::terminal::Terminal;

/// Parses the arguments, runs the command, and tells a failure with its remedy.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            failure.tell(&Terminal::stderr());
            ExitCode::from(failure.exit_code())
        }
    }
}

fn run(cli: Cli) -> Result<(), Failure> {
    if let Some(Command::Preprocess(args)) = cli.command {
        // mdBook names the book's folder itself.
        return commands::preprocess::run(args);
    }
    let course = Course::find()?;
    match cli.command {
        Some(command) => commands::dispatch(&course, command),
        None => commands::learn::run(&course, &cli.learn),
    }
}
