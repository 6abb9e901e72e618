//! The record that a destination gets of an asynchronous invocation.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html>

use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};

use super::invocation::FunctionError;
use super::name::{self, LATEST};
use super::retry::Reason;

/// An asynchronous invocation that has come to its end.
#[derive(Debug)]
pub struct Ended<'a> {
    /// The invocation.
    pub request_id: &'a str,
    /// The function.
    pub function: &'a str,
    /// The event.
    pub payload: &'a Bytes,
    /// How often it was tried.
    pub attempts: u32,
    /// Why it was given up, if it was.
    pub given_up: Option<Reason>,
    /// What the last attempt brought; nothing if the function was never reached.
    pub answer: Option<&'a Result<Bytes, FunctionError>>,
}

/// The record, as a JSON document.
pub fn record(ended: &Ended<'_>, now: Duration) -> Value {
    let mut record = json!({
        "version": "1.0",
        "timestamp": timestamp(now),
        "requestContext": {
            "requestId": ended.request_id,
            "functionArn": format!("{}:{LATEST}", name::arn(ended.function)),
            "condition": ended.given_up.map_or_else(|| "Success".to_owned(), |reason| format!("{reason:?}")),
            "approximateInvokeCount": ended.attempts,
        },
        "requestPayload": document(ended.payload),
    });
    if let Some(answer) = ended.answer {
        record["responseContext"] = json!({ "statusCode": 200, "executedVersion": LATEST });
        match answer {
            Ok(payload) => record["responsePayload"] = document(payload),
            Err(error) => {
                record["responseContext"]["functionError"] = json!("Unhandled");
                record["responsePayload"] = json!(error);
            }
        }
    }
    record
}

fn document(bytes: &Bytes) -> Value {
    serde_json::from_slice(bytes).unwrap_or_else(|_| json!(String::from_utf8_lossy(bytes)))
}

/// ISO 8601 with milliseconds, in UTC.
pub fn timestamp(since_epoch: Duration) -> String {
    let (seconds, milliseconds) = (since_epoch.as_secs(), since_epoch.subsec_millis());
    let (year, month, day) = civil(seconds / 86_400);
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milliseconds:03}Z")
}

/// Year, month and day of a day since the epoch, after Howard Hinnant's `civil_from_days`.
fn civil(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    (year, month, day_of_year - (153 * shifted + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_in_utc() {
        assert_eq!(timestamp(Duration::ZERO), "1970-01-01T00:00:00.000Z");
        assert_eq!(timestamp(Duration::from_millis(951_827_696_789)), "2000-02-29T12:34:56.789Z");
        assert_eq!(timestamp(Duration::from_secs(1_798_761_599)), "2026-12-31T23:59:59.000Z");
    }

    #[test]
    fn a_record_tells_why_an_event_was_given_up() {
        let answer = Err(FunctionError::new("NoStamp", "no stamp"));
        let payload = Bytes::from_static(br#"{"card":7}"#);
        let ended = Ended {
            request_id: "r",
            function: "print",
            payload: &payload,
            attempts: 3,
            given_up: Some(Reason::RetriesExhausted),
            answer: Some(&answer),
        };
        let record = record(&ended, Duration::ZERO);
        assert_eq!(record["requestContext"]["condition"], "RetriesExhausted");
        assert_eq!(record["requestPayload"]["card"], 7);
        assert_eq!(record["responseContext"]["functionError"], "Unhandled");
        assert_eq!(record["responsePayload"]["errorType"], "NoStamp");
    }
}
