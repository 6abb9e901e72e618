//! What of a batch is delivered again: the table of the answers, written down a second time.

use bytes::Bytes;
use proptest::prelude::*;
use serde_json::{Value, json};
use solution_2::core::batch::{Order, undelivered};
use solution_2::core::invocation::FunctionError;

const IDS: [&str; 5] = ["7", "10", "9", "8", "11"];

/// An entry of `batchItemFailures`: one of the batch, or one that can't be relied on.
fn failure() -> impl Strategy<Value = (Option<usize>, Value)> {
    prop_oneof![
        8 => (0..IDS.len()).prop_map(|at| (Some(at), json!({ "itemIdentifier": IDS[at] }))),
        1 => prop_oneof![
            Just(json!({ "itemIdentifier": "" })),
            Just(json!({ "itemIdentifier": null })),
            Just(json!({ "itemIdentifier": 7 })),
            Just(json!({ "itemIdentifier": "12" })),
            Just(json!({})),
            Just(json!("7")),
        ]
        .prop_map(|bad| (None, bad)),
    ]
}

proptest! {
    #[test]
    fn what_is_named_is_delivered_again(failures in proptest::collection::vec(failure(), 0..6), kept: bool) {
        let order = if kept { Order::Kept } else { Order::None };
        let (named, listed): (Vec<Option<usize>>, Vec<Value>) = failures.into_iter().unzip();
        let answer = Ok(Bytes::from(json!({ "batchItemFailures": listed }).to_string()));
        let expected: Vec<usize> = match named.into_iter().collect::<Option<Vec<usize>>>() {
            None => (0..IDS.len()).collect(),
            Some(named) => {
                let first = named.iter().min().copied().unwrap_or(IDS.len());
                (0..IDS.len()).filter(|at| if kept { *at >= first } else { named.contains(at) }).collect()
            }
        };
        prop_assert_eq!(undelivered(order, true, &IDS, &answer), expected);
    }

    #[test]
    fn an_answer_that_nobody_asked_a_list_of_is_success(answer in "\\PC{0,40}", kept: bool) {
        let order = if kept { Order::Kept } else { Order::None };
        prop_assert!(undelivered(order, false, &IDS, &Ok(answer.into())).is_empty());
    }

    #[test]
    fn an_error_has_all_delivered_again(report: bool, kept: bool, count in 0..=IDS.len()) {
        let order = if kept { Order::Kept } else { Order::None };
        let failed = Err(FunctionError::new("T", "m"));
        prop_assert_eq!(undelivered(order, report, &IDS[..count], &failed), (0..count).collect::<Vec<_>>());
    }
}
