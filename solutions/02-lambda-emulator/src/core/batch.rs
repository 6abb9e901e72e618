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

/// Which records of a batch are delivered again, by position, in the order of the batch.
///
/// `ids` are the records' identifiers, in the order of the batch. `answer` is what the function answered.
///
/// - A function that failed has handled none of them.
/// - Without `report_item_failures`, a function that did not fail has handled all of them.
/// - With it, the answer names those that failed: `{"batchItemFailures":[{"itemIdentifier":"…"}]}`. An answer in which
///   `batchItemFailures` is missing, null or an empty list names none; `{}` and `null` are such answers. What can't be
///   relied on has all delivered again: an answer that is no JSON, `batchItemFailures` that is anything but a list or
///   null, an identifier that is missing, null, empty or not of this batch.
/// - Of a queue, the named ones are delivered again, once each. Of a stream, the first named one and all after it: it is
///   the checkpoint. The first is the one that comes first in the batch.
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
    failed.sort_unstable();
    failed.dedup();
    match (order, failed.first()) {
        (Order::Kept, Some(&checkpoint)) => (checkpoint..ids.len()).collect(),
        _ => failed,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const IDS: [&str; 4] = ["9", "10", "11", "12"];

    fn after(order: Order, answer: &Value) -> Vec<usize> {
        undelivered(order, true, &IDS, &Ok(answer.to_string().into()))
    }

    fn named(ids: &[&str]) -> Value {
        let failures: Vec<Value> = ids.iter().map(|id| json!({ "itemIdentifier": id })).collect();
        json!({ "batchItemFailures": failures })
    }

    #[test]
    fn a_queue_delivers_again_what_is_named_and_a_stream_all_from_the_first() {
        assert_eq!(after(Order::None, &named(&["12", "10", "12"])), [1, 3]);
        assert_eq!(after(Order::Kept, &named(&["12", "10"])), [1, 2, 3]);
    }

    #[test]
    fn the_first_is_the_first_of_the_batch_not_of_the_alphabet() {
        assert_eq!(after(Order::Kept, &named(&["10", "9"])), [0, 1, 2, 3]);
    }

    #[test]
    fn a_list_that_names_nothing_is_success() {
        for answer in [json!({}), json!(null), json!({ "batchItemFailures": null }), named(&[])] {
            assert_eq!(after(Order::None, &answer), Vec::<usize>::new(), "{answer}");
        }
    }

    #[test]
    fn a_list_that_cannot_be_relied_on_fails_the_batch() {
        for bad in [
            json!({}),
            json!({ "itemIdentifier": null }),
            json!({ "itemIdentifier": "" }),
            json!({ "id": "9" }),
        ] {
            let answer = json!({ "batchItemFailures": [{ "itemIdentifier": "9" }, bad] });
            assert_eq!(after(Order::None, &answer), [0, 1, 2, 3], "{answer}");
        }
        assert_eq!(after(Order::None, &json!({ "batchItemFailures": "9" })), [0, 1, 2, 3]);
        for answer in ["", "all well"] {
            assert_eq!(undelivered(Order::None, true, &IDS, &Ok(answer.into())), [0, 1, 2, 3], "{answer}");
        }
        assert_eq!(after(Order::None, &named(&["13"])), [0, 1, 2, 3]);
    }

    #[test]
    fn without_reporting_a_batch_fails_or_not_as_a_whole() {
        let answer = Ok(named(&["9"]).to_string().into());
        assert_eq!(undelivered(Order::None, false, &IDS, &answer), Vec::<usize>::new());
        let failed = Err(FunctionError::new("T", "m"));
        assert_eq!(undelivered(Order::None, false, &IDS, &failed), [0, 1, 2, 3]);
        assert_eq!(undelivered(Order::None, true, &IDS, &failed), [0, 1, 2, 3]);
    }
}
