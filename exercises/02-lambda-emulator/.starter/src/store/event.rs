//! An event as an item.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use bytes::Bytes;

use crate::core::invocation::Invocation;
use crate::core::retry::Progress;

/// An item, by attribute name.
pub type Item = HashMap<String, AttributeValue>;

/// An event in the queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The invocation. The item's `id`.
    pub request_id: String,
    /// The function to invoke.
    pub function: String,
    /// The function as the caller named it.
    pub arn: String,
    /// The trace header.
    pub trace_id: String,
    /// The event itself. Empty if it is kept in parts, until they are read.
    pub payload: Bytes,
    /// In how many parts it is kept; 0 if it is in the item.
    pub parts: u32,
    /// When it was accepted.
    pub accepted: Duration,
    /// Nobody may claim it before.
    pub visible_at: Duration,
    /// How often it was claimed.
    pub attempts: u32,
    /// The last attempt whose end was written down, from 1; 0 before any. Those after it took their emulator with them.
    pub ended: u32,
    /// At how many attempts the function failed.
    pub failures: u32,
    /// At how many attempts in a row, up to the last one, there was no environment for it.
    pub throttles: u32,
}

impl Event {
    /// An invocation that has just been accepted: it may be run at once.
    pub fn new(function: &str, invocation: &Invocation, now: Duration) -> Self {
        Self {
            request_id: invocation.request_id.clone(),
            function: function.to_owned(),
            arn: invocation.arn.clone(),
            trace_id: invocation.trace_id.clone(),
            payload: invocation.payload.clone(),
            parts: 0,
            accepted: now,
            visible_at: now,
            attempts: 0,
            ended: 0,
            failures: 0,
            throttles: 0,
        }
    }

    /// The next attempt: the same request id, an attempt id of its own.
    pub fn invocation(&self) -> Invocation {
        let mut invocation = Invocation::new(self.arn.clone(), self.payload.clone());
        invocation.request_id.clone_from(&self.request_id);
        invocation.trace_id.clone_from(&self.trace_id);
        invocation
    }

    /// How many attempts before the present one were never heard of again.
    pub fn lost(&self) -> u32 {
        self.attempts.saturating_sub(1).saturating_sub(self.ended)
    }

    /// What the decision about a further attempt needs.
    pub fn progress(&self) -> Progress {
        Progress { accepted: self.accepted, failures: self.failures, throttles: self.throttles }
    }

    /// The item, without its partition key.
    pub fn item(&self) -> Item {
        Item::from([
            ("id".into(), text(&self.request_id)),
            ("function".into(), text(&self.function)),
            ("arn".into(), text(&self.arn)),
            ("trace_id".into(), text(&self.trace_id)),
            ("payload".into(), text(&String::from_utf8_lossy(&self.payload))),
            ("parts".into(), number(self.parts.into())),
            ("accepted".into(), milliseconds(self.accepted)),
            ("visible_at".into(), milliseconds(self.visible_at)),
            ("attempts".into(), number(self.attempts.into())),
            ("ended".into(), number(self.ended.into())),
            ("failures".into(), number(self.failures.into())),
            ("throttles".into(), number(self.throttles.into())),
        ])
    }

    /// The event that an item holds, if it is one.
    pub fn from_item(item: &Item) -> Option<Self> {
        let text = |name: &str| item.get(name)?.as_s().ok().cloned();
        let number = |name: &str| item.get(name)?.as_n().ok()?.parse::<u64>().ok();
        let small = |name: &str| u32::try_from(number(name)?).ok();
        Some(Self {
            request_id: text("id")?,
            function: text("function")?,
            arn: text("arn")?,
            trace_id: text("trace_id")?,
            payload: text("payload")?.into(),
            parts: small("parts")?,
            accepted: Duration::from_millis(number("accepted")?),
            visible_at: Duration::from_millis(number("visible_at")?),
            attempts: small("attempts")?,
            ended: small("ended")?,
            failures: small("failures")?,
            throttles: small("throttles")?,
        })
    }
}

/// A text.
pub fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

/// A number.
pub fn number(value: u64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// A time: milliseconds since the Unix epoch.
pub fn milliseconds(time: Duration) -> AttributeValue {
    AttributeValue::N(time.as_millis().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_survives_its_item() {
        let invocation = Invocation::new("arn", r#"{"card":"é"}"#);
        let event = Event::new("print", &invocation, Duration::from_millis(1_790_000_000_123));
        assert_eq!(Event::from_item(&event.item()), Some(event));
    }

    #[test]
    fn a_retry_keeps_the_request_id_and_has_an_attempt_id_of_its_own() {
        let event = Event::new("print", &Invocation::new("arn", "{}"), Duration::ZERO);
        let (first, second) = (event.invocation(), event.invocation());
        assert_eq!(first.request_id, second.request_id);
        assert_ne!(first.attempt_id, second.attempt_id);
    }

    #[test]
    fn an_attempt_whose_end_nobody_wrote_down_is_lost() {
        let mut event = Event::new("print", &Invocation::new("arn", "{}"), Duration::ZERO);
        event.attempts = 1;
        assert_eq!(event.lost(), 0, "the first attempt is under way");
        event.attempts = 3;
        event.ended = 1;
        assert_eq!(event.lost(), 1);
    }

    #[test]
    fn an_item_of_another_kind_is_no_event() {
        assert_eq!(Event::from_item(&Item::from([("id".into(), text("1"))])), None);
    }
}
