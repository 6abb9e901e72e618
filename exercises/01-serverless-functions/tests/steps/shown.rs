//! What came back, in words that are the same from run to run.

use lab::Reply;
use serde_json::Value;

/// The reply's document, or what came in its place.
pub fn shown(reply: &Reply) -> String {
    if !reply.arrived() {
        return reply.text();
    }
    if reply.function_error().is_some() {
        return format!("function error {}", error_type(reply));
    }
    if reply.status != 200 {
        return format!("status {} {}", reply.status, reply.json());
    }
    reply.json().to_string()
}

/// The error type of a function error, or `none`.
pub fn error_type(reply: &Reply) -> String {
    match reply.function_error() {
        None => "none".to_owned(),
        Some(_) => reply.json()["errorType"].as_str().unwrap_or("without a type").to_owned(),
    }
}

/// The attribute of a reply that has it; otherwise what came in its place.
pub fn attribute(reply: &Reply, name: &str) -> String {
    match reply.json().get(name) {
        Some(value) if reply.function_error().is_none() => plain(value),
        _ => shown(reply),
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
