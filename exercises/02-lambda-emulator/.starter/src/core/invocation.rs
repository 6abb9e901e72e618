//! What is handed to an environment, and what comes back.

use std::time::Duration;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

/// One delivery of one event to one environment.
#[derive(Clone, Debug)]
pub struct Invocation {
    /// Names the invocation. Retries of an asynchronous one keep it.
    pub request_id: String,
    /// Names this attempt, and no other.
    pub attempt_id: String,
    /// The function as the caller named it, qualifier included.
    pub arn: String,
    /// The trace header, from the caller or made up.
    pub trace_id: String,
    /// The caller's client context: a JSON document.
    pub client_context: Option<String>,
    /// The event: a JSON document.
    pub payload: Bytes,
    /// When the environment is killed if it has not answered. Set when it is handed out.
    pub deadline: Duration,
}

impl Invocation {
    /// A first attempt, with ids of its own.
    pub fn new(arn: impl Into<String>, payload: impl Into<Bytes>) -> Self {
        Self {
            request_id: Uuid::new_v4().to_string(),
            attempt_id: Uuid::new_v4().to_string(),
            arn: arn.into(),
            trace_id: trace_id(),
            client_context: None,
            payload: payload.into(),
            deadline: Duration::ZERO,
        }
    }
}

/// A trace header in X-Ray's form, not sampled.
fn trace_id() -> String {
    let id = Uuid::new_v4().simple().to_string();
    let parent = &Uuid::new_v4().simple().to_string()[..16];
    format!("Root=1-{}-{};Parent={parent};Sampled=0", &id[..8], &id[8..])
}

/// What became of an invocation.
#[derive(Debug)]
pub enum Answer {
    /// The function's response, whole.
    Payload(Bytes),
    /// The function failed, or what ran it did.
    Error(FunctionError),
    /// The function's response, as it is made.
    Stream(Streamed),
}

/// A response that is still being made.
#[derive(Debug)]
pub struct Streamed {
    /// The content type that the runtime gave.
    pub content_type: Option<String>,
    /// The chunks, in order. The channel closes after [`Chunk::End`] or [`Chunk::Error`]; without either, the
    /// environment ended in the middle.
    pub chunks: mpsc::Receiver<Chunk>,
    /// Comes when the last chunk was read from the runtime; an error if the environment ended before.
    pub ended: Option<oneshot::Receiver<()>>,
}

/// A part of a streamed response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Chunk {
    /// Bytes.
    Data(Bytes),
    /// The function failed after it had begun to respond. The last.
    Error(FunctionError),
    /// The response is whole. The last.
    End,
}

/// A failed invocation, as its caller reads it: the body of a reply whose status is 200.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FunctionError {
    /// A class of errors, such as `Sandbox.Timedout` or a type of the function's own.
    pub error_type: String,
    /// For people.
    pub error_message: String,
    /// Where it happened, in the language's own form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stack_trace: Option<Vec<serde_json::Value>>,
}

impl FunctionError {
    /// An error without a stack trace.
    pub fn new(error_type: impl Into<String>, error_message: impl Into<String>) -> Self {
        Self { error_type: error_type.into(), error_message: error_message.into(), stack_trace: None }
    }

    /// The body of the reply.
    pub fn body(&self) -> Bytes {
        serde_json::to_vec(self).expect("strings and values are JSON").into()
    }
}
