//! Exercise @NUMBER@: @TITLE@.
//!
//! A step is done when `cargo test -p exercise-@NUMBER@ step_1` is green, for its number. Red is where one starts: each
//! `todo!` names the step that it waits for.
//!
//! | step | module | what it does |
//! |---|---|---|
//! | 1 | [`greeting`] | greets by name |
//! | 2 | [`tally`] | counts each word |

#![allow(
    unused_imports,
    unused_variables,
    reason = "a step that is not done yet uses nothing; delete this when you have done the last one"
)]

pub mod greeting;
pub mod tally;
