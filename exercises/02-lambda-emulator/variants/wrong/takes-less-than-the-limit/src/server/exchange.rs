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
    let invocation = match environment.next().await {
        Ok(invocation) => invocation,
        Err(refusal) => return runtime_api::refused(&refusal),
    };
    let mut reply = http::reply(StatusCode::OK, "application/json", invocation.payload.clone());
    http::set(&mut reply, "lambda-runtime-aws-request-id", &invocation.request_id);
    http::set(&mut reply, "lambda-runtime-invocation-id", &invocation.attempt_id);
    http::set(&mut reply, "lambda-runtime-deadline-ms", &invocation.deadline.as_millis().to_string());
    http::set(&mut reply, "lambda-runtime-invoked-function-arn", &invocation.arn);
    http::set(&mut reply, "lambda-runtime-trace-id", &invocation.trace_id);
    if let Some(context) = &invocation.client_context {
        http::set(&mut reply, "lambda-runtime-client-context", context);
    }
    reply
}

/// `POST /runtime/invocation/{request id}/response`: takes the function's response.
///
/// The header `Lambda-Runtime-Invocation-Id` names the attempt, if the runtime knows that header. 202 when the
/// response was taken, else a refusal. A response of more than [`limits::RESPONSE_BYTES`] is refused, and the
/// caller gets `Function.ResponseSizeTooLarge` in its place: `Response payload size exceeded maximum allowed payload
/// size (6291556 bytes).` Read up to the limit before you refuse: a connection that is closed over what nobody has read
/// may take the refusal with it. A body that breaks off is answered with 400, which nobody will read.
pub async fn response(environment: &Environment, request_id: &str, request: Request<Incoming>) -> Reply {
    let attempt_id = http::header(&request, "lambda-runtime-invocation-id").map(str::to_owned);
    let (answer, refusal) = match http::read(request.into_body(), limits::RESPONSE_BYTES - 1).await {
        Ok(body) => (Answer::Payload(body), None),
        Err(BodyError::TooLarge) => {
            let limit = limits::RESPONSE_BYTES;
            (Answer::Error(too_large(limit)), Some(Refusal::TooLarge { limit }))
        }
        // The process went away; its end says the rest.
        Err(BodyError::Broken) => return http::empty(StatusCode::BAD_REQUEST),
    };
    match environment.answer(request_id, attempt_id.as_deref(), answer).err().or(refusal) {
        None => runtime_api::accepted(),
        Some(refusal) => runtime_api::refused(&refusal),
    }
}

fn too_large(limit: usize) -> FunctionError {
    FunctionError::new(
        "Function.ResponseSizeTooLarge",
        format!("Response payload size exceeded maximum allowed payload size ({limit} bytes)."),
    )
}
