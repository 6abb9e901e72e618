//! Sockets and tasks: the Invoke API on one side, a Runtime API for each environment on the other.
//!
//! - [`http`]: connections, bodies with a bound, replies
//! - [`emulator`]: all functions; what the rest invokes them through
//! - [`fleet`]: one function's environments
//! - [`environment`]: one environment, between its process and its invocations
//! - [`invoke_api`], [`invoke_reply`]: the callers' side
//! - [`runtime_api`]: the environments' side: its routes, its refusals
//! - [`exchange`]: an invocation is handed out, an answer is taken (step 1)
//! - [`error_report`]: a failure is taken, and told to the caller (step 2)
//! - [`overrun`]: an environment has used up its time (step 4)
//! - [`dispatcher`]: the asynchronous queue at work
//! - [`triggers`]: documents of other services become invocations
//! - [`response_stream`], [`event_stream`]: a response that is passed on as it is made (step 7)
//! - [`log`]: what an invocation wrote

pub mod dispatcher;
pub mod emulator;
pub mod environment;
pub mod error_report;
pub mod event_stream;
pub mod exchange;
pub mod fleet;
pub mod http;
pub mod invoke_api;
pub mod invoke_reply;
pub mod log;
pub mod overrun;
pub mod response_stream;
pub mod runtime_api;
pub mod triggers;
