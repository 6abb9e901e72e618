//! Exercise 2: what runs a function.
//!
//! By the end you have an emulator that runs unmodified functions as Lambda does: it takes events from callers, hands
//! them to environments, ends those that overrun, tries again what failed, and writes down what it cost.
//!
//! | step | what | where |
//! |---|---|---|
//! | 1 | invoke a function | [`core::lifecycle`], [`server::exchange`] |
//! | 2 | errors | [`core::failure`], [`server::error_report`] |
//! | 3 | environments | [`core::pool`] |
//! | 4 | deadlines | [`server::overrun`] |
//! | 5 | asynchronous invocation | [`core::retry`], [`store::claim`] |
//! | 6 | triggers | [`core::notification`], [`core::batch`] |
//! | 7 | the log, and streamed responses | [`core::report`], [`server::response_stream`] |
//!
//! Everything else is given. `cargo test -p exercise-2 step_1` runs the tests of step 1. They are red: that is where one
//! starts.
//!
//! - [`config`]: functions, triggers, limits
//! - [`core`]: decisions, without sockets
//! - [`server`]: sockets: the Invoke API on one side, Runtime APIs on the other
//! - [`store`]: the asynchronous queue, in DynamoDB
//! - [`host`]: where environments run
//! - [`clock`]: where time comes from

#![allow(
    unused_imports,
    unused_variables,
    clippy::needless_pass_by_value,
    clippy::unused_async,
    reason = "a step that is not done yet uses nothing; delete this when you have done the last one"
)]

pub mod clock;
pub mod config;
pub mod core;
pub mod host;
pub mod serve;
pub mod server;
pub mod store;

pub use config::{Config, Function};
pub use serve::{ServeError, Services, serve};
