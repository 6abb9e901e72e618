//! One file a command. Each has `Args` and `run(course, args)`; this file only dispatches.

pub mod build;
pub mod clean;
pub mod doctor;
pub mod grade;
pub mod hint;
pub mod learn;
pub mod list;
pub mod new;
pub mod next;
pub mod preprocess;
pub mod read;
pub mod record;
pub mod reset;
pub mod solution;
pub mod trace;
pub mod update;
pub mod verify;
pub mod watch;

use crate::cli::Command;
use crate::course::Course;
use crate::failure::Failure;

/// Runs `command` on `course`.
pub fn dispatch(course: &Course, command: Command) -> Result<(), Failure> {
    match command {
        Command::Build(args) => build::run(course, args),
        Command::List(args) => list::run(course, &args),
        Command::Next(args) => next::run(course, &args),
        Command::Clean(args) => clean::run(course, &args),
        Command::Doctor(args) => doctor::run(course, &args),
        Command::Grade(args) => grade::run(course, &args),
        Command::Hint(args) => hint::run(course, args),
        Command::Record(args) => record::run(course, &args),
        Command::New(args) => new::run(course, args),
        Command::Reset(args) => reset::run(course, args),
        Command::Solution(args) => solution::run(course, args),
        Command::Trace(args) => trace::run(course, args),
        Command::Update(args) => update::run(course, args),
        Command::Verify(args) => verify::run(course, args),
        Command::Read(args) => read::run(course, &args),
        Command::Watch(args) => watch::run(course, &args),
        Command::Preprocess(args) => preprocess::run(args),
    }
}
