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
    let attempt_id = http::header(&request, "lambda-runtime-invocation-id").map(str::to_owned);
    let error = match report(request).await {
        Ok(error) => error,
        Err(refused) => return refused,
    };
    match environment.answer(request_id, attempt_id.as_deref(), Answer::Error(error)) {
        Ok(()) => http::empty(StatusCode::OK),
        Err(refusal) => runtime_api::refused(&refusal),
    }
}

/// `POST /runtime/init/error`: Init failed, so there will be no invocation.
pub async fn init_error(environment: &Environment, request: Request<Incoming>) -> Reply {
    match report(request).await.map(|error| environment.fail_init(error)) {
        Ok(Ok(())) => runtime_api::accepted(),
        Ok(Err(refusal)) => runtime_api::refused(&refusal),
        Err(refused) => refused,
    }
}

/// What the caller of a failed invocation gets: 200, `X-Amz-Function-Error: Unhandled`, the error as the body.
///
/// The invocation itself went well: only the function failed. A status of 500 would make every client try again.
pub fn to_caller(error: &FunctionError) -> Reply {
    let mut reply = http::reply(StatusCode::OK, "application/json", error.body());
    http::set(&mut reply, "x-amz-function-error", "Unhandled");
    reply
}

/// Reads a report; the error is the refusal of one that can't be read.
async fn report(request: Request<Incoming>) -> Result<FunctionError, Reply> {
    let header = http::header(&request, "lambda-runtime-function-error-type").map(str::to_owned);
    match http::read(request.into_body(), limits::ERROR_BYTES).await {
        Ok(body) => Ok(failure::reported(header.as_deref(), &body)),
        Err(BodyError::TooLarge) => {
            Err(runtime_api::refused(&Refusal::TooLarge { limit: limits::ERROR_BYTES }))
        }
        Err(BodyError::Broken) => Err(http::empty(StatusCode::BAD_REQUEST)),
    }
}
