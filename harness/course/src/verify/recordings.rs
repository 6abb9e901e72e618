//! What the book's try-its print: an example of the solution's package each, on a fresh lab.

use lab_manifest::exercise::{Exercise, Try};

use super::bench::Bench;
use crate::failure::Failure;

/// The exit code by which the lab says that it failed (`EX_TEMPFAIL` of sysexits.h).
const INFRA_EXIT: i32 = 75;

/// What the run prints, or the last lines of one that fails.
pub fn run(exercise: &Exercise, run: &Try, bench: &Bench<'_>) -> Result<Result<String, String>, Failure> {
    let package = exercise.solution_package();
    let arguments = ["run", "--quiet", "--package", &package, "--example", &run.example];
    let ran = bench.cargo(&arguments, &[])?;
    match ran.code {
        Some(0) => Ok(Ok(ran.stdout)),
        Some(INFRA_EXIT) => Err(Failure::Infra { message: ran.tail() }),
        _ => Ok(Err(ran.tail())),
    }
}
