//! The exercise's own tests, on the solution.

extern crate solution_1 as exercise_1;

#[path = "../../../exercises/01-serverless-functions/tests/steps/main.rs"]
mod steps;
