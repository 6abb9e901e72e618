//! A bucket's notifications: encoded keys, and which records a trigger asks for.

use proptest::prelude::*;
use serde_json::{Value, json};
use solution_2::core::notification::{decode, wanted};

/// As S3 encodes a key: what needs no escape stays, a space is a plus; `lower` chooses the case of the digits.
fn encode(key: &str, lower: bool) -> String {
    key.bytes()
        .map(|byte| match byte {
            b' ' => "+".to_owned(),
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'/' => {
                char::from(byte).to_string()
            }
            byte if lower => format!("%{byte:02x}"),
            byte => format!("%{byte:02X}"),
        })
        .collect()
}

fn record(name: &str, key: &str) -> Value {
    json!({ "eventName": name, "s3": { "object": { "key": encode(key, false) } } })
}

proptest! {
    #[test]
    fn what_was_encoded_is_decoded(key in "\\PC{0,30}", lower: bool) {
        prop_assert_eq!(decode(&encode(&key, lower)), key);
    }

    #[test]
    fn what_is_no_escape_stays_as_it_is(text in "([a-z]|%[^0-9A-Fa-f+]|%[0-9][g-z]|%\\+[0-9]){0,10}") {
        prop_assert_eq!(decode(&text), text.replace('+', " "));
    }

    #[test]
    fn the_records_whose_name_and_key_fit_are_wanted_in_their_order(
        sent in proptest::collection::vec(("(ObjectCreated:(Put|Copy)|ObjectRemoved:Delete)", "(in|out)/[a é]{0,3}\\.(png|txt)"), 0..8),
        prefix in "(in/|out/|)",
        suffix in "(\\.png|\\.txt|)",
    ) {
        let records: Vec<Value> = sent.iter().map(|(name, key)| record(name, key)).collect();
        let expected: Vec<Value> = sent
            .iter()
            .filter(|(name, key)| name.starts_with("ObjectCreated:") && key.starts_with(&prefix) && key.ends_with(&suffix))
            .map(|(name, key)| record(name, key))
            .collect();
        let found = wanted(&json!({ "Records": records }), &["ObjectCreated:*".into()], &prefix, &suffix);
        prop_assert_eq!(found, expected);
    }
}
