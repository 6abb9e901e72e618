//! Chapter 2: a system that runs serverless functions, as Lambda does.
//!
//! - [`config`]: functions, triggers, limits
//! - [`core`]: decisions, without sockets
//! - [`server`]: sockets: the Invoke API on one side, Runtime APIs on the other
//! - [`store`]: the asynchronous queue, in DynamoDB
//! - [`host`]: where environments run
//! - [`clock`]: where time comes from

pub mod clock;
pub mod config;
pub mod core;
pub mod host;
pub mod serve;
pub mod server;
pub mod store;

pub use config::{Config, Function};
pub use serve::{ServeError, Services, serve};
