//! The lab: what a test of an exercise gets, and where it reports what it observed.
//!
//! - [`step()`]: runs a test's closure in a fresh [`Lab`] and tells how it ended
//! - [`Lab`]: an isolated DynamoDB behind a recorder, processes, a control server
//! - [`Observation`]: what a test reports; nothing else decides
//! - [`Seed`] and [`Clock`]: where inputs and time come from
//! - [`Functions`], [`Http`], [`Reply`]: clients of the servers under test
//! - [`Request`], [`Item`]: what the recorder saw, what a table holds
//! - [`Cost`], [`Units`], [`cost`]: what a request would consume on the service
//! - [`Effect`]: what it looked at and changed
//! - [`Fault`]: what a step lets go wrong between client and database
//! - [`inside`]: for the processes that a lab starts
//! - [`Infra`]: the tools failed, and nothing is said about the reader's code

pub mod cost;
pub mod inside;

mod backend;
mod boxed;
mod calls;
mod capture;
mod clock;
mod control;
mod difference;
mod door;
mod fault;
mod functions;
mod host;
mod http;
mod infra;
mod item;
mod lab;
mod layer;
mod macros;
mod meter;
mod mirror;
mod observation;
mod outside;
mod process;
mod recorder;
mod remark;
mod request;
mod role;
mod schema;
mod seed;
mod server;
#[cfg(test)]
mod simulators;
mod snapshot;
mod step;
mod subject;
mod table;
mod telling;
mod test_name;
mod trace;
mod wire;

pub use boxed::BoxFuture;
pub use clock::Clock;
pub use cost::{Cost, Units};
pub use fault::Fault;
pub use functions::{Functions, InvocationType, InvokeOptions};
pub use http::{Http, Reply};
pub use infra::Infra;
pub use item::Item;
pub use lab::Lab;
pub use lab_manifest::effect::Effect;
pub use observation::{Observation, Observed};
pub use request::Request;
pub use seed::Seed;
pub use server::Server;
pub use step::step;

/// What exercises use beside the lab: named here, so that the shared library holds it.
#[doc(hidden)]
pub use {aws_lambda_events, lambda_http, lambda_runtime};

#[doc(hidden)]
pub use role::{Roles, run_example, run_process};
