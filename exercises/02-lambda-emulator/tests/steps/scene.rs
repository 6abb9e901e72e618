//! What the emulator under test serves: told by the test as a JSON document, read in the emulator's process.

use std::time::Duration;

use lab::inside;
use serde_json::Value;

use super::marks;
use super::subject::clock::RemoteClock;
use super::subject::config::{Batch, Config, Function, Source, Target, Trigger};
use super::subject::host::RemoteHost;
use super::subject::{ServeError, Services, serve};

/// The variable that has the document.
pub const VARIABLE: &str = "SCENE";

/// The role `emulator`.
pub async fn emulator() -> Result<(), ServeError> {
    let scene: Value = serde_json::from_str(&inside::variable(VARIABLE)).expect("the test writes JSON");
    let listener = inside::listener().await;
    let url = inside::control_url();
    let mut services = Services::new(RemoteHost::new(&url), RemoteClock::new(&url));
    if let Some(table) = scene["queue"].as_str() {
        services = services.queue(inside::dynamodb_client(), table);
    }
    serve(listener, config(&scene), services, std::future::pending()).await
}

fn config(scene: &Value) -> Config {
    let list = |name: &str| scene[name].as_array().cloned().unwrap_or_default();
    let mut config = Config::new(list("functions").iter().map(function));
    config.triggers = list("triggers").iter().map(trigger).collect();
    if let Some(environments) = number(&scene["account_concurrency"]) {
        config.account_concurrency = environments;
    }
    config
}

fn function(told: &Value) -> Function {
    let mut function =
        Function::new(text(&told["name"])).variable(marks::VARIABLE, inside::variable(marks::VARIABLE));
    if let Some(milliseconds) = told["timeout_ms"].as_u64() {
        function.timeout = Duration::from_millis(milliseconds);
    }
    if let Some(seconds) = told["maximum_event_age_seconds"].as_u64() {
        function.maximum_event_age = Duration::from_secs(seconds);
    }
    if let Some(retries) = number(&told["maximum_retries"]) {
        function.maximum_retries = retries;
    }
    function.reserved_concurrency = number(&told["reserved_concurrency"]);
    let queue = |name: &str| told[name].as_str().map(|queue| Target::Queue(queue.to_owned()));
    function.dead_letter = queue("dead_letter");
    function.on_success = queue("on_success");
    function.on_failure = queue("on_failure");
    function
}

fn trigger(told: &Value) -> Trigger {
    let batch = Batch {
        report_item_failures: told["report_item_failures"].as_bool().unwrap_or(true),
        maximum_deliveries: number(&told["maximum_deliveries"]).unwrap_or(2),
    };
    let events = told["events"].as_array().map(|events| events.iter().map(text).collect());
    let source = match told["source"].as_str() {
        Some("queue") => Source::Queue { batch },
        Some("stream") => Source::Stream { batch },
        _ => Source::Bucket {
            events: events.unwrap_or_default(),
            prefix: text(&told["prefix"]),
            suffix: text(&told["suffix"]),
        },
    };
    Trigger { name: text(&told["name"]), function: text(&told["function"]), source }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn number(value: &Value) -> Option<u32> {
    value.as_u64().and_then(|number| u32::try_from(number).ok())
}
