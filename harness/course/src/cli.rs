//! What can be asked for on the command line.

use clap::{Parser, Subcommand};

use crate::commands;

/// Serverless from Scratch: read the book, do the exercises, see them turn green.
///
/// Without a command: builds and serves the book, watches `exercises/`, and reruns the exercise that was saved.
#[derive(Debug, Parser)]
#[command(
    name = "cargo course",
    bin_name = "cargo course",
    version,
    max_term_width = 100,
    args_conflicts_with_subcommands = true
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// How the book is served, where nothing else is asked for.
    #[command(flatten)]
    pub learn: commands::learn::Args,
}

/// The commands. One file each under `commands/`.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// The book alone
    Read(commands::learn::Args),
    /// An exercise's tests at each save, in the terminal alone
    Watch(commands::watch::Args),
    /// The exercises and their steps, with what is done
    List(commands::list::Args),
    /// A hint to a step: a nudge, the concept, an outline, the worked diff
    Hint(commands::hint::Args),
    /// An exercise as the course ships it; what you wrote is kept in a backup
    Reset(commands::reset::Args),
    /// How the solution differs from yours, once yours passes
    Solution(commands::solution::Args),
    /// A run of your code, drawn: requests in order, what each touched and cost, beside the reference's
    Trace(commands::trace::Args),
    /// A newer course, under your own work
    Update(commands::update::Args),
    /// What this machine lacks, each cause with its remedy and exit code
    Doctor(commands::doctor::Args),
    /// Removes what runs left behind: containers, processes, files of killed runs
    Clean(commands::clean::Args),
    /// For instructors: marks for a submission or a class; with --self for your own work
    #[command(disable_help_flag = true)]
    Grade(commands::grade::Args),
    /// For authors: a chapter from a template
    New(commands::new::Args),
    /// For authors: accept snapshots and recorded runs from a real run of the solution
    Record(commands::record::Args),
    /// For authors: hold exercises against the five gates
    Verify(commands::verify::Args),
    /// What to do next
    Next(commands::next::Args),
    /// The book as a static site, strictly checked
    Build(commands::build::Args),
    /// mdBook's preprocessor protocol, for `mdbook build book`
    #[command(hide = true)]
    Preprocess(commands::preprocess::Args),
}
