//! What goes wrong between client and database, and when: declared by a step, the same for every backend.
//!
//! A fault is keyed by the operation, by the key of the item that the request is about, and by how often that item came
//! by: never by the order in which requests of several senders arrive, nor by what else is in an item, or in which order.

use std::collections::HashMap;
use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::Seed;
use crate::observation::compact;

/// Something that goes wrong, and when.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fault {
    operation: String,
    mishap: Mishap,
    /// String attributes that the item or key must have.
    of: Vec<(String, String)>,
    /// Which times: the first is 1.
    times: (u32, u32),
    /// In hundredths, and the seed that decides.
    chance: Option<(u64, u64)>,
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Mishap {
    ThroughputExceeded,
    Throttling,
    Unprocessed,
    TransactionConflict,
    InternalServerError,
    AnswerLost,
    Slow { ms: u64 },
    Stale,
}

impl Fault {
    fn new(operation: &str, mishap: Mishap) -> Self {
        Self { operation: operation.to_owned(), mishap, of: Vec::new(), times: (1, u32::MAX), chance: None }
    }

    /// `ProvisionedThroughputExceededException`: a table, an index or a partition gives no more.
    pub fn throughput_exceeded(operation: &str) -> Self {
        Self::new(operation, Mishap::ThroughputExceeded)
    }

    /// `ThrottlingException`.
    pub fn throttling(operation: &str) -> Self {
        Self::new(operation, Mishap::Throttling)
    }

    /// The item of a batch comes back in `UnprocessedItems` or `UnprocessedKeys`. Where none of a batch is left, the
    /// whole request is refused with `ProvisionedThroughputExceededException`, as on the service.
    pub fn unprocessed(operation: &str) -> Self {
        Self::new(operation, Mishap::Unprocessed)
    }

    /// `TransactionConflictException`; a transaction is canceled with the reason `TransactionConflict`.
    pub fn transaction_conflict(operation: &str) -> Self {
        Self::new(operation, Mishap::TransactionConflict)
    }

    /// HTTP 500, `InternalServerError`. Nothing was done.
    pub fn internal_server_error(operation: &str) -> Self {
        Self::new(operation, Mishap::InternalServerError)
    }

    /// The request is carried out, and the connection ends before the answer.
    pub fn answer_lost(operation: &str) -> Self {
        Self::new(operation, Mishap::AnswerLost)
    }

    /// The answer comes so many milliseconds late.
    pub fn slow(operation: &str, ms: u64) -> Self {
        Self::new(operation, Mishap::Slow { ms })
    }

    /// An eventually consistent read sees each item as it was before its last write. A strongly consistent one never
    /// does. A read of several items leaves out those that were not there before; one that was deleted does not come
    /// back.
    pub fn stale(operation: &str) -> Self {
        Self::new(operation, Mishap::Stale)
    }

    /// Only where the item or key has this string attribute.
    #[must_use]
    pub fn of(mut self, attribute: &str, value: &str) -> Self {
        self.of.push((attribute.to_owned(), value.to_owned()));
        self
    }

    /// Only these times that the item comes by; the first is 1.
    #[must_use]
    pub fn times(mut self, times: RangeInclusive<u32>) -> Self {
        self.times = times.into_inner();
        self
    }

    /// Only in so many of a hundred cases, drawn by operation, item and time.
    #[must_use]
    pub fn percent(mut self, percent: u64, seed: &Seed) -> Self {
        self.chance = Some((percent, seed.fork(&self.operation).number(0..=u64::MAX)));
        self
    }

    pub(crate) fn mishap(&self) -> Mishap {
        self.mishap
    }

    fn concerns(&self, operation: &str, item: &Value) -> bool {
        self.operation == operation
            && self.of.iter().all(|(name, value)| item[name]["S"].as_str() == Some(value))
    }

    fn strikes(&self, identity: &str, time: u32) -> bool {
        (self.times.0..=self.times.1).contains(&time)
            && self.chance.is_none_or(|(percent, seed)| {
                Seed::new(seed, &format!("{identity} {time}")).number(0..=99) < percent
            })
    }
}

impl Mishap {
    /// As a recorded request tells it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::ThroughputExceeded => "throughput exceeded",
            Self::Throttling => "throttling",
            Self::Unprocessed => "unprocessed",
            Self::TransactionConflict => "transaction conflict",
            Self::InternalServerError => "internal server error",
            Self::AnswerLost => "answer lost",
            Self::Slow { .. } => "slow",
            Self::Stale => "stale",
        }
    }
}

/// The faults of a lab, and how often each item came by each of them.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    declared: Vec<Fault>,
    seen: HashMap<(usize, String), u32>,
}

impl Faults {
    pub(crate) fn new(declared: Vec<Fault>) -> Self {
        Self { declared, seen: HashMap::new() }
    }

    pub(crate) fn any(&self, mishap: impl Fn(Mishap) -> bool) -> bool {
        self.declared.iter().any(|fault| mishap(fault.mishap))
    }

    /// What happens to `item`, which comes by in `operation`; it is known by the attributes `key`, if it has them. Every
    /// fault that concerns it counts this time; the first that strikes is the one.
    pub(crate) fn next(&mut self, operation: &str, item: &Value, key: &[String]) -> Option<Mishap> {
        let mut identity = None;
        let mut struck = None;
        for (index, fault) in self.declared.iter().enumerate() {
            if !fault.concerns(operation, item) {
                continue;
            }
            let identity = identity.get_or_insert_with(|| identity_of(item, key));
            let time = self.seen.entry((index, identity.clone())).or_default();
            *time += 1;
            if struck.is_none() && fault.strikes(identity, *time) {
                struck = Some(fault.mishap());
            }
        }
        struck
    }
}

/// What an item is known by: its key, or all of it where it has none (the values of a query).
fn identity_of(item: &Value, key: &[String]) -> String {
    let of_key: Option<Map<String, Value>> =
        key.iter().map(|name| Some((name.clone(), item.get(name)?.clone()))).collect();
    match of_key {
        Some(of_key) if !of_key.is_empty() => compact(&Value::Object(of_key)),
        _ => compact(item),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_fault_counts_each_items_own_times() {
        let fault = Fault::throttling("PutItem").of("board", "b").times(1..=2);
        let mut faults = Faults::new(vec![fault]);
        let (one, two) =
            (json!({"board": {"S": "b"}, "n": {"N": "1"}}), json!({"board": {"S": "b"}, "n": {"N": "2"}}));
        let struck = [&one, &two, &one, &one, &two, &two]
            .map(|item| faults.next("PutItem", item, &[]) == Some(Mishap::Throttling));
        assert_eq!(struck, [true, true, true, false, true, false]);
        assert_eq!(faults.next("PutItem", &json!({"board": {"S": "c"}}), &[]), None);
        assert_eq!(faults.next("GetItem", &one, &[]), None);
    }

    #[test]
    fn an_item_is_known_by_its_key() {
        let mut faults = Faults::new(vec![Fault::throttling("PutItem").times(2..=2)]);
        let put = |board: &str, tags: [&str; 2]| json!({"board": {"S": board}, "tags": {"SS": tags}});
        let key = ["board".to_owned()];
        let mut next = |item| faults.next("PutItem", &item, &key).is_some();
        assert_eq!(
            [next(put("b", ["x", "y"])), next(put("c", ["x", "y"])), next(put("b", ["y", "x"]))],
            [false, false, true]
        );
        // An item that lacks its key is known by all that it has.
        assert_eq!(
            [next(json!({"other": 1})), next(json!({"other": 2})), next(json!({"other": 1}))],
            [false, false, true]
        );
    }

    #[test]
    fn chance_does_not_depend_on_the_order_of_arrival() {
        let drawn = |order: &[u32]| {
            let mut faults = Faults::new(vec![Fault::unprocessed("B").percent(50, &Seed::new(3, "test"))]);
            let mut drawn: Vec<_> =
                order.iter().map(|n| (*n, faults.next("B", &json!({ "n": n }), &[]).is_some())).collect();
            drawn.sort_unstable();
            drawn
        };
        let forward: Vec<u32> = (0..40).collect();
        let backward: Vec<u32> = (0..40).rev().collect();
        assert_eq!(drawn(&forward), drawn(&backward));
        let struck = drawn(&forward).iter().filter(|(_, struck)| *struck).count();
        assert!((8..=32).contains(&struck), "{struck} of 40");
    }
}
