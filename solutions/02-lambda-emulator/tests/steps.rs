//! The exercise's own tests, on the solution.

extern crate solution_2 as exercise_2;

#[path = "../../../exercises/02-lambda-emulator/tests/steps/main.rs"]
mod steps;
