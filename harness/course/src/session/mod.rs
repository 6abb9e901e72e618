//! A reader's session: what is watched, what runs, what is told.
//!
//! - [`board`]: how everything stands, for whoever looks: the page, in JSON
//! - [`queue`]: what is to be run; the newest save wins
//! - [`worker`]: runs it, one thing at a time
//! - [`watcher`]: sees what was saved
//! - [`verdict`]: a run in a few lines of the terminal
//! - [`reading`]: the book while it is read
//! - [`console`]: the terminal, shared by threads

pub mod board;
pub mod console;
pub mod queue;
pub mod reading;
pub mod verdict;
pub mod watcher;
pub mod worker;
