//! Decisions, without sockets, tasks or time of their own: everything takes what it needs, `now` included.
//!
//! - [`invocation`]: what is handed to an environment, and what comes back
//! - [`name`]: which function a caller means
//! - [`lifecycle`]: what a runtime may do when (step 1)
//! - [`failure`]: what a caller reads when a function fails (step 2)
//! - [`pool`]: which environment takes an invocation (step 3)
//! - [`retry`]: what follows an asynchronous attempt (step 5)
//! - [`notification`], [`batch`]: what a trigger's document asks for, and what is delivered again (step 6)
//! - [`record`]: what a destination gets
//! - [`report`]: the lines around an invocation's log (step 7)
//! - [`limits`]: every bound

pub mod batch;
pub mod failure;
pub mod invocation;
pub mod lifecycle;
pub mod limits;
pub mod name;
pub mod notification;
pub mod pool;
pub mod record;
pub mod report;
pub mod retry;
