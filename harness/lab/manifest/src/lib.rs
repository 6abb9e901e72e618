//! The documents that the lab and the command line share.
//!
//! - [`exercise`]: `exercise.toml`, what an exercise declares about itself and its steps
//! - [`console`]: what a console of the book begins with and suggests, and what its process answers
//! - [`diagnosis`]: what a failure probably means, matched on what was observed
//! - [`variant`]: `variant.toml`, what a right or wrong answer in `variants/` declares
//! - [`effect`]: what a request looked at and what it changed
//! - [`plain_run`]: what a `cargo test` that nobody asked for a report leaves for the reader's progress
//! - [`report`]: the events of a run, one JSON document a line
//! - [`mod@reference`]: the checksums by which an edited test or snapshot is told from the course's own
//! - [`table`]: the tables of an observation, and how two of them are compared
//! - [`trace`]: what the lab saw of a test, in order, for drawing
//! - [`workspace`]: where the course's files are

pub mod console;
pub mod diagnosis;
pub mod effect;
pub mod exercise;
pub mod plain_run;
pub mod reference;
pub mod report;
pub mod table;
pub mod trace;
pub mod variant;
pub mod workspace;

mod document;

pub use document::DocumentError;
