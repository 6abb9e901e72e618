//! A run, drawn: what happened in order, what it touched and cost, by item collection, beside the reference's run.
//!
//! - [`page`]: what a page of the book is given
//! - [`run`]: runs tests with the lab's tracer on, and keeps what it wrote
//! - [`story`]: what happened, in order, with names for who did it
//! - [`collections`]: what was touched, by item collection
//! - [`totals`]: the figures of a run, and two runs beside each other
//! - [`axis`]: where a moment is drawn: busy moments get room, waiting is shortened
//! - [`text`]: the drawing for a terminal
//! - [`svg`]: the drawing for a page

pub mod axis;
pub mod collections;
pub mod page;
pub mod run;
#[cfg(test)]
mod samples;
pub mod story;
pub mod svg;
#[cfg(test)]
mod tests;
pub mod text;
pub mod totals;
