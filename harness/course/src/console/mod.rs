//! A page's console: a reader types an operation as the AWS CLI takes it, and sees what it does in a lab of the page's own.
//!
//! - [`line`](mod@line): what was typed, as a request of the service; nothing of it reaches a shell
//! - [`operation`]: the operations that can be typed, and their options
//! - [`complaint`]: what is wrong with a line, and what to do about it
//! - [`program`]: the program that a lab lives in
//! - [`lab`]: one such process: it is told an operation and answers
//! - [`labs`]: the labs of all open pages, bounded
//! - [`rate`]: how often something may be asked
//! - [`layout`]: JSON, laid out for people
//! - [`shown`]: an answer as the page shows it: live, and in the recorded session
//! - [`session`]: the recorded session

pub mod complaint;
pub mod lab;
pub mod labs;
pub mod layout;
pub mod line;
pub mod operation;
pub mod program;
pub mod rate;
pub mod session;
pub mod shown;
