//! A run's events: what is not one is left out, and what is one survives being written and read again.
#![no_main]

use lab_manifest::report;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let events = report::parse(text);
    let written: Vec<String> =
        events.iter().map(|event| serde_json::to_string(event).expect("an event is JSON")).collect();
    assert!(written.iter().all(|line| !line.contains('\n')), "an event is a line");
    assert_eq!(report::parse(&written.join("\n")), events);
});
