//! The Invoke API: what callers and their SDKs speak.
//!
//! <https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html>

use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use hyper::body::Incoming;
use hyper::{Method, Request};

use super::emulator::Emulator;
use super::fleet::Fleet;
use super::http::{self, BodyError, Reply};
use super::invoke_reply::{self, ApiError};
use super::{event_stream, triggers};
use crate::core::invocation::Invocation;
use crate::core::limits;
use crate::core::name::{self, FunctionName};

/// Answers one request of a caller.
pub async fn handle(emulator: Arc<Emulator>, request: Request<Incoming>) -> Reply {
    let path = request.uri().path().to_owned();
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    let result = match (request.method(), parts.as_slice()) {
        (&Method::POST, ["2015-03-31", "functions", name, "invocations"]) => {
            invoke(&emulator, name, request).await
        }
        (&Method::POST, ["2021-11-15", "functions", name, "response-streaming-invocations"]) => {
            invoke_streaming(&emulator, name, request).await
        }
        (&Method::POST, ["triggers", name]) => triggers::handle(&emulator, name, request).await,
        _ => Err(ApiError::UnknownOperation),
    };
    result.unwrap_or_else(|error| error.reply())
}

/// `X-Amz-Invocation-Type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum InvocationType {
    RequestResponse,
    Event,
    DryRun,
}

async fn invoke(emulator: &Emulator, name: &str, request: Request<Incoming>) -> Result<Reply, ApiError> {
    let kind = match http::header(&request, "x-amz-invocation-type") {
        None | Some("RequestResponse") => InvocationType::RequestResponse,
        Some("Event") => InvocationType::Event,
        Some("DryRun") => InvocationType::DryRun,
        Some(other) => {
            return Err(ApiError::InvalidParameter(format!("{other} is not an invocation type")));
        }
    };
    let tail = http::header(&request, "x-amz-log-type") == Some("Tail");
    let (fleet, invocation) = accept(emulator, name, request, kind).await?;
    let request_id = invocation.request_id.clone();
    match kind {
        InvocationType::DryRun => Ok(invoke_reply::dry_run(&request_id)),
        InvocationType::Event => {
            let dispatcher = emulator.dispatcher.as_ref().ok_or(ApiError::NoTable)?;
            dispatcher.accept(emulator, &fleet.function, &invocation).await?;
            Ok(invoke_reply::event_accepted(&request_id))
        }
        InvocationType::RequestResponse => {
            let completed = emulator.run(&fleet, invocation, tail).await?;
            Ok(invoke_reply::completed(&request_id, completed).await)
        }
    }
}

async fn invoke_streaming(
    emulator: &Emulator,
    name: &str,
    request: Request<Incoming>,
) -> Result<Reply, ApiError> {
    let tail = http::header(&request, "x-amz-log-type") == Some("Tail");
    let (fleet, invocation) = accept(emulator, name, request, InvocationType::RequestResponse).await?;
    let request_id = invocation.request_id.clone();
    let completed = emulator.run(&fleet, invocation, tail).await?;
    Ok(event_stream::reply(&request_id, completed))
}

/// Reads and checks a request: which function, with which event.
async fn accept(
    emulator: &Emulator,
    name: &str,
    request: Request<Incoming>,
    kind: InvocationType,
) -> Result<(Arc<Fleet>, Invocation), ApiError> {
    let name = decode(name);
    let function = FunctionName::parse(&name)
        .ok_or_else(|| ApiError::InvalidParameter(format!("{name} is not a function name")))?;
    let fleet = emulator
        .fleets
        .get(&function.name)
        .ok_or_else(|| ApiError::NotFound(name::arn(&function.name)))?
        .clone();
    let client_context = client_context(&request)?;
    let trace_id = http::header(&request, "x-amzn-trace-id").map(str::to_owned);
    let payload = payload(request, kind).await?;
    let mut invocation = Invocation::new(function.arn(), payload);
    invocation.client_context = client_context;
    if let Some(trace_id) = trace_id {
        invocation.trace_id = trace_id;
    }
    Ok((fleet, invocation))
}

/// The event: the body, checked to be JSON. Without a body it is `{}`.
async fn payload(request: Request<Incoming>, kind: InvocationType) -> Result<Bytes, ApiError> {
    let (limit, kind) = match kind {
        InvocationType::Event => (limits::ASYNC_PAYLOAD_BYTES, "Event"),
        InvocationType::RequestResponse | InvocationType::DryRun => {
            (limits::SYNC_PAYLOAD_BYTES, "RequestResponse")
        }
    };
    let bytes = http::header(&request, "content-length").and_then(|length| length.parse().ok());
    match http::read(request.into_body(), limit).await {
        Ok(body) if body.is_empty() => Ok(Bytes::from_static(b"{}")),
        Ok(body) => match serde_json::from_slice::<serde::de::IgnoredAny>(&body) {
            Ok(_) => Ok(body),
            Err(error) => Err(ApiError::InvalidRequestContent(error.to_string())),
        },
        Err(BodyError::TooLarge) => Err(ApiError::TooLarge { bytes, kind, limit }),
        Err(BodyError::Broken) => Err(ApiError::InvalidRequestContent("the body ended early".into())),
    }
}

/// `X-Amz-Client-Context`: base64 outside, JSON inside.
fn client_context(request: &Request<Incoming>) -> Result<Option<String>, ApiError> {
    let Some(encoded) = http::header(request, "x-amz-client-context") else { return Ok(None) };
    let invalid = |why: &str| ApiError::InvalidRequestContent(format!("client context: {why}"));
    if encoded.len() > limits::CLIENT_CONTEXT_BYTES {
        return Err(invalid("more than 3583 bytes"));
    }
    let decoded = BASE64_STANDARD.decode(encoded).map_err(|_| invalid("not base64"))?;
    let context: serde_json::Value = serde_json::from_slice(&decoded).map_err(|_| invalid("not JSON"))?;
    Ok(Some(context.to_string()))
}

/// Undoes percent encoding: SDKs encode the colons of an ARN.
fn decode(text: &str) -> String {
    let mut parts = text.split('%');
    let mut decoded = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        // Rust reads `+f` as a number; an escape has two digits.
        let digits = part.get(..2).filter(|digits| !digits.starts_with('+'));
        if let Some(byte) = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            decoded.push(byte);
            decoded.extend_from_slice(&part.as_bytes()[2..]);
        } else {
            decoded.push(b'%');
            decoded.extend_from_slice(part.as_bytes());
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_encoding_is_undone() {
        assert_eq!(decode("arn%3Aaws%3alambda"), "arn:aws:lambda");
        assert_eq!(decode("100%"), "100%");
        assert_eq!(decode("%zz%2"), "%zz%2");
        assert_eq!(decode("%+1%2B"), "%+1+");
    }
}
