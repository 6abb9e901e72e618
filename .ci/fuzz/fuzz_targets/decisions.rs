//! The emulator's parsers and decisions, as functions: names, notifications, batches, error reports, items.
#![no_main]

use std::time::Duration;

use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use solution_2::core::batch::{self, Order};
use solution_2::core::invocation::{FunctionError, Invocation};
use solution_2::core::name::FunctionName;
use solution_2::core::{failure, notification, record};
use solution_2::store::Event;

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    name: &'a str,
    document: &'a [u8],
    events: Vec<String>,
    prefix: &'a str,
    suffix: &'a str,
    ids: Vec<&'a str>,
    report: bool,
    ordered: bool,
    milliseconds: u32,
}

fuzz_target!(|input: Input<'_>| {
    if let Some(name) = FunctionName::parse(input.name) {
        let again = FunctionName::parse(&name.arn());
        assert_eq!(again.as_ref(), Some(&name), "an ARN names what it was made from");
    }
    notifications(&input);
    batches(&input);
    let error = failure::reported(std::str::from_utf8(input.document).ok(), input.document);
    let again: FunctionError = serde_json::from_slice(&error.body()).expect("an error is JSON");
    assert_eq!(again, error);
    let time = Duration::from_millis(input.milliseconds.into());
    assert_eq!(record::timestamp(time).len(), "1970-01-01T00:00:00.000Z".len());
    let event = Event::new(input.name, &Invocation::new(input.prefix, input.suffix.to_owned()), time);
    assert_eq!(Event::from_item(&event.item()), Some(event));
});

fn notifications(input: &Input<'_>) {
    let Ok(document) = serde_json::from_slice(input.document) else { return };
    let wanted = notification::wanted(&document, &input.events, input.prefix, input.suffix);
    let all = document["Records"].as_array().map_or(0, Vec::len);
    assert!(wanted.len() <= all);
    let every = notification::wanted(&document, &["*".into()], "", "");
    assert!(wanted.iter().all(|record| every.contains(record)), "a narrower trigger asks for less");
}

fn batches(input: &Input<'_>) {
    let order = if input.ordered { Order::Kept } else { Order::None };
    let again = batch::undelivered(order, input.report, &input.ids, &Ok(input.document.to_vec().into()));
    assert!(again.is_sorted() && again.windows(2).all(|pair| pair[0] != pair[1]), "in order, and once");
    assert!(again.iter().all(|&position| position < input.ids.len()), "only what was delivered");
    if input.ordered {
        assert!(again.windows(2).all(|pair| pair[0] + 1 == pair[1]), "a stream has no gaps");
        assert!(again.last().is_none_or(|&last| last + 1 == input.ids.len()), "and goes on to its end");
    }
}
