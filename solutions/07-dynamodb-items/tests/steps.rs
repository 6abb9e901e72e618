//! The exercise's own tests, on the solution.

extern crate solution_7 as exercise_7;

#[path = "../../../exercises/07-dynamodb-items/tests/steps/main.rs"]
mod steps;
