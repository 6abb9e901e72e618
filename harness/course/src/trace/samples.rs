//! Runs that never change, for tests of their drawings.

use lab_manifest::trace::Trace;

/// As in chapter 1: a function, two environments, one killed while it waits for an answer, and its retry.
pub fn functions() -> Trace {
    serde_json::from_str(include_str!("samples/functions.json")).unwrap()
}

/// As in chapter 7: items, costs, a transaction, faults.
pub fn items() -> Trace {
    serde_json::from_str(include_str!("samples/items.json")).unwrap()
}
