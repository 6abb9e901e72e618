//! What can be asked for on the command line.

use crate::failure::Failure;
use clap::{Parser, Subcommand};
use course::course::Course;

use crate::{class, merge, report, similar};

const HELP: &str = "\
Exit codes:
  0    every submission has a mark, whatever the mark is; with --self: every step passed
  1    with --self: a step did not pass
  2    the command line was not understood
  3    course.toml, a roster or a journal can't be used
  4    a file could not be read or written, or the disk is full; what was graded is kept
  5    the course could not be built
  8    nothing was graded: the sandbox is too weak, the secret is not there, or another grader writes to the journal
  75   the grader failed at a submission, or could not read one: it has no mark yet. The same command resumes
  130  stopped by Ctrl-C. The same command resumes

course.toml, every key of which may be left out:
  [grading]
  class = \"distributed-systems-2026\"   # in reports; part of the seeds
  time-zone = \"Europe/Prague\"          # IANA
  repeats = 1                          # runs of each step with each seed
  retries = 2                          # where the grader itself failed

  [[grading.exercise]]                 # as many as count
  number = 1
  weight = 2
  deadline = \"2026-11-30 23:59\"

  [grading.late]
  per-day-percent = 10                 # of the mark, each started day
  grace = \"15 minutes\"
  hard-stop = \"7 days\"                 # what comes later counts nothing

  [grading.seeds]
  secret-env = \"COURSE_SECRET\"         # or secret-file = \"…\"; 16 bytes at least
  count = 3                            # hidden seeds an exercise

  [grading.limits]
  step-seconds = 120
  compile = { memory-mib = 2048, wall-seconds = 90 }
  run = { memory-mib = 512, cpu-seconds = 20 }

A roster is a CSV document with the columns id, name, path, submitted; only id is required. The book's page
\"Grading\" walks through all of it.";

/// For instructors: marks for a submission or a class; with --self for your own work.
#[derive(Debug, Parser)]
#[command(
    name = "cargo course grade",
    bin_name = "cargo course grade",
    version,
    max_term_width = 100,
    args_conflicts_with_subcommands = true,
    after_long_help = HELP
)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Sub>,
    #[command(flatten)]
    class: class::Args,
}

#[derive(Debug, Subcommand)]
enum Sub {
    /// Joins the journals of a class that was graded in parts (`--shard`)
    Merge(merge::Args),
    /// Tells a journal again, perhaps with a corrected deadline
    Report(report::Args),
    /// Which submissions resemble each other, or a solution, more than the starter explains
    Similar(similar::Args),
}

/// Grades, or does what else was asked for.
pub fn run(course: &Course, cli: Cli) -> Result<(), Failure> {
    match cli.command {
        Some(Sub::Merge(args)) => merge::run(course, args),
        Some(Sub::Report(args)) => report::run(&args),
        Some(Sub::Similar(args)) => similar::run(course, &args),
        None => class::run(course, &cli.class),
    }
}
