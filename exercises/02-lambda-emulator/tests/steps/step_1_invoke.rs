//! Step 1: invoke a function.
//!
//! Two APIs meet in the emulator. A caller sends an event and waits for a reply; an environment asks for work and waits
//! for that. Neither connects to the other: the emulator hands the event out to whoever asks for the next one, and the
//! answer back to whoever waits for it. `next` is a long poll: it is answered when there is work, however late.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use lab::{Lab, Observation, Reply};
use serde_json::json;

use super::emulated::Emulated;
use super::{marks, shown};

#[test]
fn the_function_gets_the_event_and_the_caller_its_response() {
    lab::step(async |lab: &Lab| {
        let seed = lab.seed();
        let emulated = Emulated::of(lab, "echo").await;
        let event = json!({
            "board": seed.word(),
            "from": seed.name(),
            "views": seed.number(1..=1_000_000),
            "text": format!("Grüße, {} ✉", seed.name()),
            "tags": [seed.word(), null, true],
        });
        let reply = emulated.invoke("echo", &event).await;
        let observation = Observation::new()
            .fact("status", shown::status(&reply))
            .fact("function error", shown::function_error(&reply))
            .fact("executed version", reply.header("x-amz-executed-version").unwrap_or("none"))
            .json("sent", &event)
            .json("came back", &reply.json());
        lab.observe(observation)
    });
}

#[test]
fn the_runtime_is_told_which_invocation_it_is_and_how_long_it_has() {
    lab::step(async |lab: &Lab| {
        let seed = lab.seed();
        let timeout_ms = seed.number(2_000..=60_000);
        let scene = json!({ "functions": [{ "name": "headers", "timeout_ms": timeout_ms }] });
        let emulated = Emulated::start(lab, scene).await;
        let context =
            json!({ "client": { "installation_id": seed.id("phone") }, "custom": { "board": seed.word() } });
        let encoded = BASE64_STANDARD.encode(context.to_string());
        let reply = emulated.invoke_in_context("headers", &json!({}), &encoded).await;
        let told = reply.json();
        let header =
            |name: &str| told[format!("lambda-runtime-{name}")].as_str().unwrap_or("none").to_owned();
        let (request_id, attempt_id) = (header("aws-request-id"), header("invocation-id"));
        let left =
            header("deadline-ms").parse::<u64>().map(|deadline| deadline.wrapping_sub(lab.clock().now_ms()));
        let trace = header("trace-id");
        let observation = Observation::new()
            .fact("timeout in ms", timeout_ms)
            .fact("request id is the caller's", reply.header("x-amzn-requestid") == Some(request_id.as_str()))
            .fact("request id", shape(&request_id))
            .fact("invocation id", shape(&attempt_id))
            .fact("they are the same", request_id == attempt_id)
            .fact("deadline, from now, in ms", left.map_or("not a number".into(), |left| left.to_string()))
            .fact("function", header("invoked-function-arn"))
            .fact("trace begins with Root=1-", trace.starts_with("Root=1-"))
            .json("client context sent", &context)
            .fact("client context", header("client-context"));
        lab.observe(observation)
    });
}

#[test]
fn what_passes_through_is_passed_on_byte_for_byte() {
    lab::step(async |lab: &Lab| {
        let seed = lab.seed();
        // A function each: a second invocation of the same one would need the pool of step 3.
        let functions = json!([{ "name": "old" }, { "name": "old-too" }]);
        let emulated = Emulated::start(lab, json!({ "functions": functions })).await;
        let event = format!("{{ \"card\" :\t\"{}\",  \"views\": 1.0 , \"views\": 2.50 }}", seed.word());
        let echoed = emulated.invoke_raw("old", &event).await;
        let page = format!("<p>{}</p>\n", seed.name());
        let answered = emulated.invoke("old-too", &json!({ "answer": page })).await;
        let same = |text: &str, reply: &Reply| match reply.text() {
            came if came == text => "the same".to_owned(),
            came => came,
        };
        let observation = Observation::new()
            .fact("the runtime sends back an attempt's id", "no, it is older than that")
            .fact("sent", &event)
            .fact("came back", same(&event, &echoed))
            .fact("answered, which is no JSON", page.trim())
            .fact("came", same(&page, &answered));
        lab.observe(observation)
    });
}

#[test]
fn an_answer_counts_once_and_only_for_its_own_attempt() {
    lab::step(async |lab: &Lab| {
        let emulated = Emulated::of(lab, "strict").await;
        let event = json!({ "card": lab.seed().id("card") });
        let reply = emulated.invoke("strict", &event).await;
        if reply.arrived() {
            emulated.marks.wait_for(lab, "told:", 8).await;
        }
        let observation = Observation::new().json("sent", &event).json("came back", &reply.json()).table(
            "what the runtime did",
            &["", "what it was told"],
            rows(lab).await,
        );
        lab.observe(observation)
    });
}

#[test]
fn next_is_not_answered_before_there_is_an_invocation() {
    lab::step(async |lab: &Lab| {
        let emulated = Emulated::of(lab, "patient").await;
        let event = json!({ "card": lab.seed().id("card") });
        let reply = emulated.invoke("patient", &event).await;
        if reply.arrived() {
            emulated.marks.wait_for(lab, "told:", 1).await;
        }
        let observation = Observation::new().json("sent", &event).json("came back", &reply.json()).table(
            "what the runtime asked for",
            &["", "what came"],
            rows(lab).await,
        );
        lab.observe(observation)
    });
}

#[test]
fn a_response_may_be_as_large_as_the_limit_and_no_larger() {
    lab::step(async |lab: &Lab| {
        let limit = 6 * 1024 * 1024 + 100;
        // A function each: a second invocation of the same one would need the pool of step 3.
        let functions = json!([{ "name": "big" }, { "name": "big-too" }]);
        let emulated = Emulated::start(lab, json!({ "functions": functions })).await;
        let whole = emulated.invoke("big", &json!({ "bytes": limit })).await;
        let bytes = limit + lab.seed().number(1..=9_999);
        let reply = emulated.invoke("big-too", &json!({ "bytes": bytes })).await;
        emulated.marks.wait_for(lab, "told:", 2).await;
        // What the caller reads is step 2's.
        let waits = reply.text().contains("no reply within");
        let observation = Observation::new()
            .fact("limit", limit)
            .table("what the runtime answered", &["", "what it was told"], rows(lab).await)
            .fact("of the smaller one came, in bytes", whole.payload.len())
            .fact("the caller of the other still waits", if waits { "yes" } else { "no" });
        lab.observe(observation)
    });
}

async fn rows(lab: &Lab) -> Vec<[String; 2]> {
    marks::marked(lab, "told:").await.into_iter().map(|(what, told)| [what, told]).collect()
}

/// `xxxxxxxx-xxxx-…` for a UUID.
fn shape(id: &str) -> String {
    let hex = |c: char| if c.is_ascii_hexdigit() { 'x' } else { c };
    if id.len() == 36 { id.chars().map(hex).collect() } else { format!("{id}, which is no UUID") }
}
