//! The grader: a submission is compiled and run in a sandbox, and its verdict is made outside of it.
//!
//! - [`batch`]: a class, with a few workers and one journal
//! - [`mod@bench`]: what every judgment needs and none may change
//! - [`cell`]: the sandbox
//! - [`check`]: the verdict, by comparison with the reference
//! - [`compile`]: a submission's sources, compiled in a cell
//! - [`course_toml`]: how a class is graded
//! - [`intake`]: takes what is to be graded out of whatever it came in
//! - [`journal`]: what was graded, in an append-only file
//! - [`limits`]: what compiling and running may take
//! - [`merge`]: joins the journals of a class that was graded in parts
//! - [`plain`]: text of others, fit to be shown
//! - [`policy`]: weights, deadlines, and what late work costs
//! - [`report`]: what is told of a journal, in every format
//! - [`seeds`]: the hidden seeds of a class
//! - [`similarity`]: which submissions resemble each other more than their starter explains
//! - [`verdict`]: what is judged, by which settings, and what comes of it; the seam between the two halves

mod hexadecimal;
mod run;

pub mod batch;
pub mod bench;
pub mod cell;
pub mod check;
pub mod compile;
pub mod course_toml;
pub mod intake;
pub mod journal;
pub mod limits;
pub mod merge;
pub mod plain;
pub mod policy;
pub mod report;
pub mod seeds;
pub mod similarity;
pub mod verdict;
