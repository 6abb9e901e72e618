//! The exercise's own tests, on the solution.

extern crate solution_@NUMBER@ as exercise_@NUMBER@;

#[path = "../../../exercises/@SLUG@/tests/steps/main.rs"]
mod steps;
