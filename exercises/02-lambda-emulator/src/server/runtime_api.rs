//! The Runtime API of one environment: its routes and its refusals.
//!
//! Each environment has a listener of its own, so the port tells who asks.
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

use std::sync::Arc;

use hyper::body::Incoming;
use hyper::{Method, Request, StatusCode};
use serde_json::json;

use super::environment::Environment;
use super::http::{self, Reply};
use super::{error_report, exchange, response_stream};
use crate::core::lifecycle::Refusal;

const BASE: &str = "/2018-06-01/runtime/";

/// Answers one request of an environment's runtime.
pub async fn handle(environment: Arc<Environment>, request: Request<Incoming>) -> Reply {
    let path = request.uri().path().to_owned();
    let Some(path) = path.strip_prefix(BASE) else { return not_found() };
    let parts: Vec<&str> = path.split('/').collect();
    match (request.method(), parts.as_slice()) {
        (&Method::GET, ["invocation", "next"]) => exchange::next(&environment).await,
        (&Method::POST, ["invocation", request_id, "response"]) if is_streamed(&request) => {
            response_stream::take(&environment, request_id, request).await
        }
        (&Method::POST, ["invocation", request_id, "response"]) => {
            exchange::response(&environment, request_id, request).await
        }
        (&Method::POST, ["invocation", request_id, "error"]) => {
            error_report::error(&environment, request_id, request).await
        }
        (&Method::POST, ["init", "error"]) => error_report::init_error(&environment, request).await,
        _ => not_found(),
    }
}

/// 202, as every accepted answer gets it.
pub fn accepted() -> Reply {
    http::json(StatusCode::ACCEPTED, &json!({ "status": "OK" }))
}

/// A refusal, with the status and the type that runtimes know.
pub fn refused(refusal: &Refusal) -> Reply {
    let (status, error_type) = match refusal {
        Refusal::RequestId => (StatusCode::BAD_REQUEST, "InvalidRequestID"),
        Refusal::InvocationId => (StatusCode::BAD_REQUEST, "InvalidInvocationId"),
        Refusal::State { .. } => (StatusCode::FORBIDDEN, "InvalidStateTransition"),
        Refusal::TooLarge { .. } => (StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLarge"),
    };
    http::json(status, &json!({ "errorMessage": refusal.to_string(), "errorType": error_type }))
}

fn is_streamed(request: &Request<Incoming>) -> bool {
    http::header(request, "lambda-runtime-function-response-mode") == Some("streaming")
}

fn not_found() -> Reply {
    let message = "Not a path of this Runtime API, or not with this method";
    http::json(StatusCode::NOT_FOUND, &json!({ "errorMessage": message, "errorType": "InvalidPath" }))
}
