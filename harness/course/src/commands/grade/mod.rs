//! `cargo course grade`: marks for one submission or for a class.
//!
//! - `class`: grades what it is given
//! - `merge`: joins the journals of parts
//! - `report`: tells a journal again
//! - `similar`: which submissions resemble each other
//! - `inputs`: what all of them read: `course.toml`, exercises, shards

mod class;
mod inputs;
mod merge;
mod report;
mod similar;

use grade::course_toml::CourseTomlError;
use grade::intake::entry::ClassError;
use grade::journal::JournalError;
use grade::merge::MergeError;

use crate::course::Course;
use crate::failure::Failure;

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
  compile = { memory-mib = 2048, wall-seconds = 60 }
  run = { memory-mib = 512, cpu-seconds = 20 }

A roster is a CSV document with the columns id, name, path, submitted; only id is required. The book's page
\"Grading\" walks through all of it.";

/// What `grade` takes.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true, after_long_help = HELP)]
pub struct Args {
    #[command(subcommand)]
    command: Option<Sub>,
    #[command(flatten)]
    class: class::Args,
}

#[derive(Debug, clap::Subcommand)]
enum Sub {
    /// Joins the journals of a class that was graded in parts (`--shard`)
    Merge(merge::Args),
    /// Tells a journal again, perhaps with a corrected deadline
    Report(report::Args),
    /// Which submissions resemble each other, or a solution, more than the starter explains
    Similar(similar::Args),
}

/// Grades, or does what else was asked for.
pub fn run(course: &Course, args: Args) -> Result<(), Failure> {
    match args.command {
        Some(Sub::Merge(args)) => merge::run(course, args),
        Some(Sub::Report(args)) => report::run(&args),
        Some(Sub::Similar(args)) => similar::run(course, &args),
        None => class::run(course, &args.class),
    }
}

/// Exit codes of this command's own failures; the table heads `failure.rs`.
const UNUSABLE: u8 = 3;
const NOT_WRITTEN: u8 = 4;
const REFUSED: u8 = 8;

impl From<CourseTomlError> for Failure {
    fn from(error: CourseTomlError) -> Self {
        let (exit_code, remedy) = match &error {
            CourseTomlError::Read { .. } => (NOT_WRITTEN, "name the document with --config".to_owned()),
            CourseTomlError::Invalid { remedy, .. } => (UNUSABLE, remedy.clone()),
        };
        Self::Grading { message: error.to_string(), remedy, exit_code }
    }
}

impl From<ClassError> for Failure {
    fn from(error: ClassError) -> Self {
        let (exit_code, remedy) = match &error {
            ClassError::Read { .. } => (NOT_WRITTEN, "see that the path is right, and that you may read it"),
            ClassError::Kind { .. } | ClassError::Empty { .. } => {
                (UNUSABLE, "name a checkout, a folder of submissions, an archive or a roster")
            }
            ClassError::Roster(_) => (UNUSABLE, "`cargo course grade --help` tells a roster's columns"),
        };
        Self::Grading { message: error.to_string(), remedy: remedy.into(), exit_code }
    }
}

impl From<JournalError> for Failure {
    fn from(error: JournalError) -> Self {
        let exit_code = match &error {
            JournalError::Locked { .. } => REFUSED,
            JournalError::Line { .. } => UNUSABLE,
            JournalError::Full { .. } | JournalError::Io { .. } => NOT_WRITTEN,
        };
        Self::Grading { message: error.to_string(), remedy: error.remedy(), exit_code }
    }
}

impl From<MergeError> for Failure {
    fn from(error: MergeError) -> Self {
        let remedy = match error {
            MergeError::Journal(error) => return error.into(),
            MergeError::Nothing => "name the journals to join",
            MergeError::Empty { .. } => "leave it out, or grade that part again",
            MergeError::Differ { .. } => "grade all parts with the same course.toml, secret and course",
            MergeError::NotEmpty { .. } => "name another with --journal, or remove it",
        };
        Self::Grading { message: error.to_string(), remedy: remedy.into(), exit_code: UNUSABLE }
    }
}
