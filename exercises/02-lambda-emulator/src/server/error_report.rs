//! Step 2. A failure is taken from the environment, and told to the caller.

use hyper::body::Incoming;
use hyper::{Request, StatusCode};

use super::environment::Environment;
use super::http::{self, BodyError, Reply};
use super::runtime_api;
use crate::core::invocation::{Answer, FunctionError};
use crate::core::lifecycle::Refusal;
use crate::core::{failure, limits};

/// `POST /runtime/invocation/{request id}/error`: the function failed. It counts as an answer: the attempt's header, the
/// refusals and the 202 are those of a response. `Lambda-Runtime-Function-Error-Type` may have the type.
///
/// A report of more than [`limits::ERROR_BYTES`] is refused and counts as none: the invocation goes on.
pub async fn error(environment: &Environment, request_id: &str, request: Request<Incoming>) -> Reply {
    todo!("step 2: take the report of a failed invocation as its answer")
}

/// `POST /runtime/init/error`: Init failed, so there will be no invocation.
pub async fn init_error(environment: &Environment, request: Request<Incoming>) -> Reply {
    todo!("step 2: take the report of a failed Init")
}

/// What the caller of a failed invocation gets: 200, `X-Amz-Function-Error: Unhandled`, the error as the body.
///
/// The invocation itself went well: only the function failed. A status of 500 would make every client try again.
pub fn to_caller(error: &FunctionError) -> Reply {
    todo!("step 2: tell the caller, with status 200 and the header")
}
