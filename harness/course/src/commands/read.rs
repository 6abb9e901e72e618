//! `cargo course read`: the book alone. Nothing of the exercises is built or run.

use super::learn::{self, Kind};
use crate::course::Course;
use crate::failure::Failure;

/// Builds the book, serves it, and builds it again when it is saved, until Ctrl-C.
pub fn run(course: &Course, args: &learn::Args) -> Result<(), Failure> {
    learn::session(course, args, Kind::Read)
}
