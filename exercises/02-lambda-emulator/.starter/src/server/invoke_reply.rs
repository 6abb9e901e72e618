//! What callers get back.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::{Bytes, BytesMut};
use hyper::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;

use super::emulator::Completed;
use super::error_report;
use super::http::{self, Reply};
use crate::core::invocation::{Answer, Chunk, FunctionError, Streamed};
use crate::core::limits;
use crate::core::name::LATEST;
use crate::core::pool::Throttle;
use crate::store::StoreError;

/// 204: the request was in order, nothing was run.
pub fn dry_run(request_id: &str) -> Reply {
    let mut reply = http::empty(StatusCode::NO_CONTENT);
    http::set(&mut reply, "x-amzn-requestid", request_id);
    reply
}

/// 202: the event is in the queue.
pub fn event_accepted(request_id: &str) -> Reply {
    let mut reply = http::empty(StatusCode::ACCEPTED);
    http::set(&mut reply, "x-amzn-requestid", request_id);
    reply
}

/// 200: the function was run, whatever became of it. A streamed response is collected first.
pub async fn completed(request_id: &str, completed: Completed) -> Reply {
    let mut reply = match whole(completed.answer).await {
        Ok(payload) => http::reply(StatusCode::OK, "application/json", payload),
        Err(error) => error_report::to_caller(&error),
    };
    http::set(&mut reply, "x-amzn-requestid", request_id);
    http::set(&mut reply, "x-amz-executed-version", LATEST);
    if let Some(log) = completed.log {
        http::set(&mut reply, "x-amz-log-result", &log_result(&log));
    }
    reply
}

/// The end of a log, as `X-Amz-Log-Result` has it.
pub fn log_result(log: &str) -> String {
    let start = log.len().saturating_sub(limits::LOG_TAIL_BYTES);
    BASE64_STANDARD.encode(&log.as_bytes()[start..])
}

/// An answer as a whole: a streamed response is collected.
pub async fn whole(answer: Answer) -> Result<Bytes, FunctionError> {
    match answer {
        Answer::Stream(streamed) => collect(streamed).await,
        Answer::Payload(payload) => Ok(payload),
        Answer::Error(error) => Err(error),
    }
}

async fn collect(mut streamed: Streamed) -> Result<Bytes, FunctionError> {
    let mut payload = BytesMut::new();
    while let Some(chunk) = streamed.chunks.recv().await {
        match chunk {
            Chunk::Data(data) if payload.len() + data.len() > limits::RESPONSE_BYTES => {
                let limit = limits::RESPONSE_BYTES;
                let message =
                    format!("Response payload size exceeded maximum allowed payload size ({limit} bytes).");
                return Err(FunctionError::new("Function.ResponseSizeTooLarge", message));
            }
            Chunk::Data(data) => payload.extend_from_slice(&data),
            Chunk::Error(error) => return Err(error),
            Chunk::End => return Ok(payload.freeze()),
        }
    }
    Err(truncated())
}

/// What is said of a streamed response whose environment ended in the middle.
pub fn truncated() -> FunctionError {
    FunctionError::new("Runtime.TruncatedResponse", "The response ended before it was whole")
}

/// Why a request was refused before any function was run.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// 404.
    #[error("Function not found: {0}")]
    NotFound(String),
    /// 404: the path is none of the Invoke API's.
    #[error("not an operation of the Invoke API")]
    UnknownOperation,
    /// 400: a header or the name.
    #[error("{0}")]
    InvalidParameter(String),
    /// 400: the event.
    #[error("Could not parse request body into json: {0}")]
    InvalidRequestContent(String),
    /// 413.
    #[error(
        "{} byte payload is too large for the {kind} invocation type (limit {limit} bytes)",
        bytes.map_or_else(|| format!("more than {limit}"), |bytes| bytes.to_string())
    )]
    TooLarge {
        /// How many there were, where the caller said so.
        bytes: Option<usize>,
        /// The invocation type.
        kind: &'static str,
        /// How many there may be.
        limit: usize,
    },
    /// 429.
    #[error("Rate Exceeded.")]
    Throttled(Throttle),
    /// 400: there is nowhere to keep the event.
    #[error("asynchronous invocation needs a table for its queue: start the emulator with --dynamodb URL")]
    NoTable,
    /// 500: the queue could not be written.
    #[error("{0}")]
    Store(#[from] StoreError),
}

impl From<Throttle> for ApiError {
    fn from(throttle: Throttle) -> Self {
        Self::Throttled(throttle)
    }
}

impl ApiError {
    /// As SDKs read it: the class in `x-amzn-ErrorType`, the rest in a JSON document.
    pub fn reply(&self) -> Reply {
        let (status, class) = match self {
            Self::NotFound(_) => (StatusCode::NOT_FOUND, "ResourceNotFoundException"),
            Self::UnknownOperation => (StatusCode::NOT_FOUND, "UnknownOperationException"),
            Self::InvalidParameter(_) | Self::NoTable => {
                (StatusCode::BAD_REQUEST, "InvalidParameterValueException")
            }
            Self::InvalidRequestContent(_) => (StatusCode::BAD_REQUEST, "InvalidRequestContentException"),
            Self::TooLarge { .. } => (StatusCode::PAYLOAD_TOO_LARGE, "RequestTooLargeException"),
            Self::Throttled(_) => (StatusCode::TOO_MANY_REQUESTS, "TooManyRequestsException"),
            Self::Store(_) => (StatusCode::INTERNAL_SERVER_ERROR, "ServiceException"),
        };
        let blame = if status.is_server_error() { "Service" } else { "User" };
        let mut document = json!({ "Type": blame });
        // The service's model has a capital letter in these two, and in no other.
        let key = match self {
            Self::NotFound(_) | Self::Store(_) => "Message",
            _ => "message",
        };
        document[key] = Value::String(self.to_string());
        if let Self::Throttled(throttle) = self {
            document["Reason"] = Value::String(format!("{throttle:?}"));
        }
        let mut reply = http::json(status, &document);
        http::set(&mut reply, "x-amzn-errortype", class);
        http::set(&mut reply, "x-amzn-requestid", &Uuid::new_v4().to_string());
        if status == StatusCode::TOO_MANY_REQUESTS {
            http::set(&mut reply, "retry-after", "1");
        }
        reply
    }
}
