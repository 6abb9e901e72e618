//! What helps whoever has failed and proves nothing: shown beside a difference, never part of an observation.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use crate::Request;
use crate::http::Reply;

/// More are not shown: the first are the cause, the rest is what came of it.
const MOST: usize = 5;

/// A longer remark is cut.
const MOST_CHARS: usize = 400;

/// The error types that say that a request was not well formed.
const MALFORMED: [&str; 2] = ["ValidationException", "SerializationException"];

/// Something that was noticed beside what a test observes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Remark {
    text: String,
    /// Where the reference observes this, the remark is no news.
    expected: Option<String>,
}

impl Remark {
    /// Its text, if a reader of the two observations does not know it yet.
    pub(crate) fn news(&self, expected: &str, yours: &str) -> Option<&str> {
        let foreseen = self.expected.as_ref().is_some_and(|known| expected.contains(known.as_str()));
        let message = self.text.split_once(": ").map_or(self.text.as_str(), |(_, message)| message);
        (!foreseen && !yours.contains(message)).then_some(self.text.as_str())
    }
}

/// The remarks of one lab.
#[derive(Clone, Debug, Default)]
pub(crate) struct Remarks(Arc<Mutex<Vec<Remark>>>);

impl Remarks {
    /// Remarks `text`, unless that has been said or enough has.
    pub(crate) fn push(&self, text: &str) {
        self.add(text, None);
    }

    fn add(&self, text: &str, expected: Option<String>) {
        let mut remarks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let remark = Remark { text: text.trim().chars().take(MOST_CHARS).collect(), expected };
        if remarks.len() < MOST && !remark.text.is_empty() && !remarks.contains(&remark) {
            remarks.push(remark);
        }
    }

    /// Remarks the message of a function error: what is observed of one is mostly its type alone.
    pub(crate) fn function_error(&self, function: &str, reply: &Reply) {
        if reply.function_error().is_none() {
            return;
        }
        let error = reply.json();
        let member = |name: &str| error.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (kind, message) = (member("errorType"), member("errorMessage"));
        if !message.is_empty() {
            let text = format!("the function `{function}` failed with {kind}: {message}");
            self.add(&text, Some(kind).filter(|kind| !kind.is_empty()));
        }
    }

    /// Remarks what DynamoDB says of a request that it refused for its form: each backend has its own words, so they are
    /// part of no observation, and they name what is wrong.
    pub(crate) fn refusal(&self, request: &Request) {
        let Some(kind) = request.error.as_deref().filter(|kind| MALFORMED.contains(kind)) else { return };
        let message = ["message", "Message"].iter().find_map(|name| request.response[*name].as_str());
        if let Some(message) = message {
            let text = format!("DynamoDB refused {} with {kind}: {message}", request.operation);
            self.add(&text, Some(kind.to_owned()));
        }
    }

    /// All of them, in the order of time.
    pub(crate) fn all(&self) -> Vec<Remark> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn error(payload: &str) -> Reply {
        Reply {
            status: 200,
            headers: [("x-amz-function-error".to_owned(), "Unhandled".to_owned())].into(),
            payload: payload.into(),
        }
    }

    #[test]
    fn the_message_of_a_function_error_is_remarked_once() {
        let remarks = Remarks::default();
        let reply = error(r#"{"errorType":"Card.Empty","errorMessage":"the card has no words"}"#);
        remarks.function_error("postmark", &reply);
        remarks.function_error("postmark", &reply);
        remarks.function_error("postmark", &Reply { headers: [].into(), ..reply });
        let all = remarks.all();
        assert_eq!(all.len(), 1);
        let text = "the function `postmark` failed with Card.Empty: the card has no words";
        assert_eq!(all[0].news("replies: 2", "replies: 1"), Some(text));
        assert_eq!(all[0].news("error type: Card.Empty", "none"), None, "the reference has it too");
        assert_eq!(all[0].news("", "error: the card has no words"), None, "it was observed");
    }

    #[test]
    fn a_refusal_for_the_form_is_remarked_and_other_refusals_are_not() {
        let remarks = Remarks::default();
        let refused = |kind: &str, message: &str| {
            let answer =
                json!({ "__type": format!("com.amazonaws.dynamodb.v20120810#{kind}"), "message": message });
            Request::read("DynamoDB_20120810.UpdateItem", json!({ "TableName": "t" }), 400, answer)
        };
        remarks.refusal(&refused("ConditionalCheckFailedException", "The conditional request failed"));
        remarks.refusal(&refused("ValidationException", "Attribute name is a reserved keyword: state"));
        let all = remarks.all();
        let [remark] = all.as_slice() else { panic!("one is remarked, not {all:?}") };
        let text = "DynamoDB refused UpdateItem with ValidationException: Attribute name is a reserved keyword: state";
        assert_eq!(remark.news("view: 1", "view: error"), Some(text));
        assert_eq!(
            remark.news("a large card: ValidationException", "none"),
            None,
            "the reference has one, too"
        );
    }

    #[test]
    fn what_is_remarked_is_bounded() {
        let remarks = Remarks::default();
        for number in 0..50 {
            remarks.push(&format!("{number}{}", "x".repeat(10_000)));
        }
        let all = remarks.all();
        assert_eq!(all.len(), MOST);
        assert!(all.iter().all(|remark| remark.text.chars().count() == MOST_CHARS));
    }
}
