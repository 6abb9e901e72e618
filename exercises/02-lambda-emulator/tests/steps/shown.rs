//! Replies as an observation shows them: what differs from run to run has a name in its place.

use lab::Reply;
use serde_json::Value;

/// The status; or why there was no reply.
pub fn status(reply: &Reply) -> String {
    match reply.status {
        0 => format!("no reply ({})", reply.text()),
        status => status.to_string(),
    }
}

/// The header `X-Amz-Function-Error`.
pub fn function_error(reply: &Reply) -> String {
    reply.function_error().unwrap_or("no").to_owned()
}

/// The body, with `<request id>` for the reply's own.
pub fn body(reply: &Reply) -> Value {
    let text = without_request_id(reply, &reply.text());
    serde_json::from_str(&text).unwrap_or(Value::String(text))
}

/// The end of the log, with `<request id>` for the reply's own.
pub fn log(reply: &Reply) -> String {
    match reply.log_tail() {
        Some(log) => without_request_id(reply, &log),
        None => "no log came with the reply".into(),
    }
}

/// A text, with `<request id>` for the reply's own.
pub fn without_request_id(reply: &Reply, text: &str) -> String {
    match reply.header("x-amzn-requestid") {
        Some(id) if !id.is_empty() => text.replace(id, "<request id>"),
        _ => text.to_owned(),
    }
}

/// What the runtime was told: the status, and the type of the error if it is one.
pub fn told_runtime(reply: &Reply) -> String {
    match reply.json()["errorType"].as_str() {
        Some(error_type) => format!("{} {error_type}", reply.status),
        None => status(reply),
    }
}

/// Distinct values, by the order of their first appearance: `a`, `b`, `c` …
pub fn letters<'a>(values: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut known: Vec<&str> = Vec::new();
    let mut letters = Vec::new();
    for value in values {
        let position = known.iter().position(|known| *known == value).unwrap_or_else(|| {
            known.push(value);
            known.len() - 1
        });
        let letter = u8::try_from(position).map_or('?', |position| char::from(b'a' + position));
        letters.push(letter.to_string());
    }
    letters
}
