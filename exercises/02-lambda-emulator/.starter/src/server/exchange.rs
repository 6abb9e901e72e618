//! Step 1. An invocation is handed out, and its response is taken.

use hyper::body::Incoming;
use hyper::{Request, StatusCode};

use super::environment::Environment;
use super::http::{self, BodyError, Reply};
use super::runtime_api;
use crate::core::invocation::{Answer, FunctionError};
use crate::core::lifecycle::Refusal;
use crate::core::limits;

/// `GET /runtime/invocation/next`: waits for an invocation, however long that takes, and hands it out.
///
/// The body is the event. The headers are `Lambda-Runtime-Aws-Request-Id`, `Lambda-Runtime-Invocation-Id` (the
/// attempt), `Lambda-Runtime-Deadline-Ms` (milliseconds since the Unix epoch),
/// `Lambda-Runtime-Invoked-Function-Arn`, `Lambda-Runtime-Trace-Id`, and `Lambda-Runtime-Client-Context` if the
/// caller gave one. (The service has one more, for a caller that signed in with Cognito.)
pub async fn next(environment: &Environment) -> Reply {
    todo!("step 1: wait for an invocation and hand it out with its headers")
}

/// `POST /runtime/invocation/{request id}/response`: takes the function's response.
///
/// The header `Lambda-Runtime-Invocation-Id` names the attempt, if the runtime knows that header. 202 when the
/// response was taken, else a refusal. A response of more than [`limits::RESPONSE_BYTES`] is refused, and the
/// caller gets `Function.ResponseSizeTooLarge` in its place: `Response payload size exceeded maximum allowed payload
/// size (6291556 bytes).` Read up to the limit before you refuse: a connection that is closed over what nobody has read
/// may take the refusal with it. A body that breaks off is answered with 400, which nobody will read.
pub async fn response(environment: &Environment, request_id: &str, request: Request<Incoming>) -> Reply {
    todo!("step 1: take the response and tell the runtime whether it counts")
}
