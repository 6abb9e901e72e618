//! The Invoke API: what callers and their SDKs speak.
//!
//! <https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html>

use std::fmt::Write as _;
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

impl InvocationType {
    fn of(request: &Request<Incoming>) -> Result<Self, ApiError> {
        Ok(match http::header(request, "x-amz-invocation-type") {
            None | Some("RequestResponse") => Self::RequestResponse,
            Some("Event") => Self::Event,
            Some("DryRun") => Self::DryRun,
            Some(other) => {
                return Err(ApiError::InvalidParameter(format!("{other} is not an invocation type")));
            }
        })
    }
}

async fn invoke(emulator: &Emulator, name: &str, request: Request<Incoming>) -> Result<Reply, ApiError> {
    let kind = InvocationType::of(&request)?;
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
    let kind = InvocationType::of(&request)?;
    if kind == InvocationType::Event {
        return Err(ApiError::InvalidParameter("an event has no response to stream".into()));
    }
    let tail = http::header(&request, "x-amz-log-type") == Some("Tail");
    let (fleet, invocation) = accept(emulator, name, request, kind).await?;
    let request_id = invocation.request_id.clone();
    if kind == InvocationType::DryRun {
        return Ok(invoke_reply::dry_run(&request_id));
    }
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
    let mut function = FunctionName::parse(&name)
        .ok_or_else(|| ApiError::InvalidParameter(format!("{name} is not a function name")))?;
    if let Some(qualifier) = qualifier(&request) {
        function = function
            .qualified(&qualifier)
            .ok_or_else(|| ApiError::InvalidParameter(format!("{qualifier} does not go with {name}")))?;
    }
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
        Ok(body) => match is_json(&body) {
            Ok(()) => Ok(body),
            Err(why) => Err(ApiError::InvalidRequestContent(why)),
        },
        Err(BodyError::TooLarge) => Err(ApiError::TooLarge { bytes, kind, limit }),
        Err(BodyError::Broken) => Err(ApiError::InvalidRequestContent("the body ended early".into())),
    }
}

/// JSON is UTF-8, inside of its strings too: what skips a value does not look there.
fn is_json(body: &[u8]) -> Result<(), String> {
    let text = std::str::from_utf8(body).map_err(|error| error.to_string())?;
    serde_json::from_str::<serde::de::IgnoredAny>(text).map(|_| ()).map_err(|error| error.to_string())
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
    Ok(Some(ascii(&context.to_string())))
}

/// The same JSON in ASCII: it goes into a header, and a runtime may read no other character there.
fn ascii(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for character in json.chars() {
        if character.is_ascii() {
            text.push(character);
        } else {
            for unit in character.encode_utf16(&mut [0; 2]) {
                write!(text, "\\u{unit:04x}").expect("a string takes every write");
            }
        }
    }
    text
}

/// The version or alias that a caller asks for in the query.
fn qualifier(request: &Request<Incoming>) -> Option<String> {
    let parameters = request.uri().query()?.split('&');
    parameters.filter_map(|parameter| parameter.strip_prefix("Qualifier=")).map(decode).next()
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
    fn what_is_no_utf_8_is_no_json() {
        assert_eq!(is_json(br#"{"name":"Zo"}"#), Ok(()));
        assert!(is_json(b"{\"name\":\"Zo\xeb\"}").unwrap_err().contains("utf-8"));
        assert!(is_json(b"{").is_err());
    }

    #[test]
    fn a_context_goes_into_a_header_and_says_the_same() {
        let json = "{\"name\":\"Zo\u{eb} \u{1f4ee}\"}";
        let header = ascii(json);
        assert_eq!(header, r#"{"name":"Zo\u00eb \ud83d\udcee"}"#);
        let read = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        assert_eq!(read(&header), read(json));
    }

    #[test]
    fn percent_encoding_is_undone() {
        assert_eq!(decode("arn%3Aaws%3alambda"), "arn:aws:lambda");
        assert_eq!(decode("100%"), "100%");
        assert_eq!(decode("%zz%2"), "%zz%2");
        assert_eq!(decode("%+1%2B"), "%+1+");
    }
}
