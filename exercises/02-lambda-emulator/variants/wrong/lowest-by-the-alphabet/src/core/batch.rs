//! Step 6. What of a batch is delivered again.

use bytes::Bytes;
use serde_json::Value;

use super::invocation::FunctionError;

/// Whether a source keeps its records in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// A queue: each message for itself.
    None,
    /// A stream: nothing may be skipped.
    Kept,
}

/// Which records of a batch are delivered again, by position.
///
/// `ids` are the records' identifiers, in the order of the batch. `answer` is what the function answered.
///
/// - A function that failed has handled none of them.
/// - Without `report_item_failures`, a function that did not fail has handled all of them.
/// - With it, the answer names those that failed: `{"batchItemFailures":[{"itemIdentifier":"…"}]}`. An answer in which
///   `batchItemFailures` is missing, null or an empty list names none; `{}` and `null` are such answers. What can't be
///   relied on has all delivered again: an answer that is no JSON, `batchItemFailures` that is anything but a list or
///   null, an identifier that is missing, null, empty or not of this batch.
/// - Of a queue, the named ones are delivered again. Of a stream, the first named one and all after it: it is the
///   checkpoint.
pub fn undelivered(
    order: Order,
    report_item_failures: bool,
    ids: &[&str],
    answer: &Result<Bytes, FunctionError>,
) -> Vec<usize> {
    let all = || (0..ids.len()).collect();
    let Ok(payload) = answer else { return all() };
    if !report_item_failures {
        return Vec::new();
    }
    let Ok(payload) = serde_json::from_slice::<Value>(payload) else { return all() };
    let failures = match &payload["batchItemFailures"] {
        Value::Null => return Vec::new(),
        Value::Array(failures) => failures,
        _ => return all(),
    };
    let position = |failure: &Value| {
        let id = failure["itemIdentifier"].as_str().filter(|id| !id.is_empty())?;
        ids.iter().position(|known| *known == id)
    };
    let Some(mut failed) = failures.iter().map(position).collect::<Option<Vec<usize>>>() else {
        return all();
    };
    failed.sort_unstable_by_key(|position| ids[*position]);
    failed.dedup();
    match (order, failed.first()) {
        (Order::Kept, Some(&checkpoint)) => (checkpoint..ids.len()).collect(),
        _ => failed,
    }
}
