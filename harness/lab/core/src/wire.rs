//! A request to DynamoDB as the recorder passes it on, and the answer.

use std::time::Duration;

use aws_smithy_runtime_api::client::http::{HttpConnector as _, SharedHttpConnector};
use aws_smithy_runtime_api::http::HttpError;
use aws_smithy_types::body::SdkBody;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Uri, header};
use http_body_util::{BodyExt as _, Full, Limited};
use serde_json::Value;

use crate::http::pool;

/// DynamoDB refuses requests over 16 MB; a response is at most as long.
pub(crate) const MAX_BODY_BYTES: usize = 17 * 1024 * 1024;

/// A backend that has not answered after this long hangs, or is paused. Whoever sends through the lab waits a little longer:
/// it is the lab that says so.
pub(crate) const ANSWER_LIMIT: Duration = Duration::from_secs(15);

/// The header that names the operation, and what stands before the name.
const TARGET: &str = "x-amz-target";
const VERSION: &str = "DynamoDB_20120810";

/// A request on its way to the backend.
#[derive(Clone, Debug)]
pub(crate) struct Outgoing {
    /// The backend, a URL without a path.
    pub(crate) backend: String,
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) via: Via,
}

/// What carries a request to the backend.
#[derive(Clone, Debug)]
pub(crate) enum Via {
    /// The lab's own connections.
    Pool,
    /// Those of the client that sends it, in this process.
    Client(SharedHttpConnector),
}

/// An answer, of the backend or in its place.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Outgoing {
    /// The header that names the operation: `DynamoDB_20120810.PutItem`.
    pub(crate) fn target(&self) -> &str {
        self.headers.get(TARGET).and_then(|target| target.to_str().ok()).unwrap_or_default()
    }

    /// The operation, such as `PutItem`.
    pub(crate) fn operation(&self) -> &str {
        operation(self.target())
    }

    /// The same request with another document.
    pub(crate) fn with_body(&self, body: &Value) -> Self {
        Self { body: Bytes::from(body.to_string()), ..self.clone() }
    }

    /// Another operation, asked by the same sender.
    pub(crate) fn asking(&self, operation: &str, body: &Value) -> Self {
        let mut other = self.with_body(body);
        let target = HeaderValue::from_str(&format!("{VERSION}.{operation}"));
        other.headers.insert(TARGET, target.expect("an operation's name is a word"));
        other
    }

    /// Sends it, and says in words what went wrong where no answer came.
    pub(crate) async fn send(self) -> Result<Answer, String> {
        let answer = tokio::time::timeout(ANSWER_LIMIT, self.exchange()).await;
        answer.unwrap_or_else(|_| Err(no_answer()))
    }

    async fn exchange(self) -> Result<Answer, String> {
        let mut request = Request::new(self.body);
        *request.method_mut() = self.method;
        *request.uri_mut() =
            format!("{}{}", self.backend, self.path).parse::<Uri>().expect("both parts were parsed before");
        *request.headers_mut() = without_hop_headers(self.headers);
        let answer = match self.via {
            Via::Pool => {
                let answer = pool().request(request.map(Full::new)).await.map_err(|error| chain(&error))?;
                answer.map(Body::new)
            }
            Via::Client(connector) => {
                let request =
                    request.map(SdkBody::from).try_into().map_err(|error: HttpError| chain(&error))?;
                let answer = connector.call(request).await.map_err(|error| chain(&error))?;
                let answer: Response<SdkBody> = answer.try_into_http1x().map_err(|error| chain(&error))?;
                answer.map(Body::new)
            }
        };
        let (head, body) = answer.into_parts();
        let body =
            Limited::new(body, MAX_BODY_BYTES).collect().await.map_err(|error| chain(error.as_ref()))?;
        Ok(Answer { status: head.status, headers: without_hop_headers(head.headers), body: body.to_bytes() })
    }
}

impl Answer {
    /// An error, as the service words it.
    pub(crate) fn error(status: StatusCode, kind: &str, message: &str, more: Value) -> Self {
        let mut body = serde_json::json!({ "__type": kind, "message": message });
        if let (Value::Object(body), Value::Object(more)) = (&mut body, more) {
            body.extend(more);
        }
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-amz-json-1.0"));
        headers.insert("x-amzn-requestid", HeaderValue::from_static("LAB"));
        Self { status, headers, body: Bytes::from(body.to_string()) }
    }

    /// The document; null where it is no JSON.
    pub(crate) fn document(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// The same answer with another document, which the backend's checksum does not fit.
    pub(crate) fn with_document(mut self, document: &Value) -> Self {
        self.headers.remove("x-amz-crc32");
        self.body = Bytes::from(document.to_string());
        self
    }
}

/// What is said of a backend that hangs.
pub(crate) fn no_answer() -> String {
    format!("no answer within {} seconds", ANSWER_LIMIT.as_secs())
}

/// The operation that a target names.
pub(crate) fn operation(target: &str) -> &str {
    target.rsplit('.').next().unwrap_or_default()
}

/// What belongs to one connection is not passed on (RFC 9110 §7.6.1); the length is that of the new message.
fn without_hop_headers(mut headers: HeaderMap) -> HeaderMap {
    for name in
        [header::CONNECTION, header::TRANSFER_ENCODING, header::CONTENT_LENGTH, header::TE, header::UPGRADE]
    {
        headers.remove(name);
    }
    headers
}

/// An error with its causes: hyper's own text says little.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
