//! What the book shows of real runs: what a try-it prints (an example of the solution's package, on a fresh lab), and the
//! session of a console.

use lab_manifest::console::Document;
use lab_manifest::exercise::{Console, Exercise, Try};

use super::bench::Bench;
use crate::console::program::{self, Program};
use crate::console::session;
use crate::failure::Failure;

/// The exit code by which the lab says that it failed (`EX_TEMPFAIL` of sysexits.h).
const INFRA_EXIT: i32 = 75;

/// Something that is recorded.
#[derive(Clone, Copy, Debug)]
pub enum Recorded<'a> {
    /// What a try-it prints.
    Try(&'a Try),
    /// A console's session.
    Console(&'a Console),
}

impl<'a> Recorded<'a> {
    /// Everything that is recorded of an exercise.
    pub fn all(exercise: &'a Exercise) -> impl Iterator<Item = Self> {
        exercise.tries.iter().map(Self::Try).chain(exercise.consoles.iter().map(Self::Console))
    }

    /// The recording's file, in the exercise's folder of recordings.
    pub fn file(self) -> String {
        match self {
            Self::Try(run) => format!("{}.txt", run.id),
            Self::Console(console) => format!("{}.json", console.id),
        }
    }

    /// What is run, for a message.
    pub fn what(self) -> String {
        match self {
            Self::Try(run) => format!("the example {}", run.example),
            Self::Console(console) => format!("the session of console {}", console.id),
        }
    }

    /// What a fresh run gives, or the last lines of one that fails.
    pub fn run(self, exercise: &Exercise, bench: &Bench<'_>) -> Result<Result<String, String>, Failure> {
        match self {
            Self::Try(run) => printed(exercise, run, bench),
            Self::Console(console) => held(exercise, console, bench),
        }
    }
}

fn printed(exercise: &Exercise, run: &Try, bench: &Bench<'_>) -> Result<Result<String, String>, Failure> {
    let package = exercise.solution_package();
    let arguments = ["run", "--quiet", "--package", &package, "--example", &run.example];
    let ran = bench.cargo(&arguments, &[])?;
    match ran.code {
        Some(0) => Ok(Ok(ran.stdout)),
        Some(INFRA_EXIT) => Err(Failure::Infra { message: ran.tail() }),
        _ => Ok(Err(ran.tail())),
    }
}

fn held(
    exercise: &Exercise,
    console: &Console,
    bench: &Bench<'_>,
) -> Result<Result<String, String>, Failure> {
    let document = Document::read(&exercise.console(&console.id))?;
    let ran = bench.cargo(&["build", "--package", program::PACKAGE, "--message-format=json"], &[])?;
    let Some(built) = ran.executables.last().filter(|_| ran.code == Some(0)) else {
        return Ok(Err(ran.tail()));
    };
    let program = Program::new(built.file.clone(), bench.libraries()?);
    Ok(session::record(&program, &document)
        .map(|recording| session::text(&recording))
        .map_err(|error| error.to_string()))
}
