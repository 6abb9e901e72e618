//! Step 4: deadlines.
//!
//! A function that does not end must be ended, or it would be paid for and waited for without end. Its environment
//! can't be trusted afterwards, whatever state it is in: it is killed, and the next invocation has another. Init has a
//! limit of its own; when that is over, Init is done once more, now at the expense of the invocation.
//!
//! Time is the test's: it stands still until the test advances it.

use std::time::Duration;

use lab::{Lab, Observation, Reply};
use serde_json::{Value, json};

use super::emulated::Emulated;
use super::{marks, shown};

const INIT_LIMIT: Duration = Duration::from_secs(10);

fn told(observation: Observation, reply: &Reply) -> Observation {
    observation
        .fact("status", shown::status(reply))
        .fact("function error", shown::function_error(reply))
        .json("body", &shown::body(reply))
}

fn begun(emulated: &Emulated, function: &str, event: Value) -> tokio::task::JoinHandle<Reply> {
    tokio::spawn(emulated.invoke_owned(function, event))
}

fn scene(function: &str, timeout_ms: u64) -> Value {
    json!({ "functions": [{ "name": function, "timeout_ms": timeout_ms }] })
}

#[test]
fn an_invocation_that_overruns_is_broken_off() {
    lab::step(async |lab: &Lab| {
        let timeout_ms = lab.seed().number(200..=899) * 10;
        let emulated = Emulated::start(lab, scene("hang", timeout_ms)).await;
        let caller = begun(&emulated, "hang", json!({ "name": "card", "hang": true }));
        let arrived = emulated.marks.wait_for(lab, "arrived:", 1).await;
        lab.clock().advance(Duration::from_millis(timeout_ms));
        let reply = caller.await.unwrap_or_default();
        let observation =
            Observation::new().fact("timeout in ms", timeout_ms).fact("invocations that began", arrived);
        lab.observe(told(observation, &reply))
    });
}

#[test]
fn its_environment_is_killed_and_the_next_invocation_has_another() {
    lab::step(async |lab: &Lab| {
        let seed = lab.seed();
        let timeout_ms = seed.number(200..=899) * 10;
        let emulated = Emulated::start(lab, scene("hang", timeout_ms)).await;
        let caller = begun(&emulated, "hang", json!({ "name": "card", "hang": true }));
        emulated.marks.wait_for(lab, "arrived:", 1).await;
        lab.clock().advance(Duration::from_millis(timeout_ms));
        caller.await.unwrap_or_default();
        // Were it alive, it would go on now.
        emulated.marks.put("open:card", "").await;
        let hung = marks::marked(lab, "arrived:").await.pop().map(|(_, process)| process);
        let mut rows = Vec::new();
        for _ in 0..3 {
            let card = seed.id("card");
            let reply = emulated.invoke("hang", &json!({ "name": card })).await;
            let process = reply.json()["process"].as_str().map(str::to_owned);
            let which = match process {
                None => "none",
                process if process == hung => "the one that hung",
                Some(_) => "another",
            };
            let event = reply.json()["event"]["name"].as_str().unwrap_or("none").to_owned();
            rows.push([card, event, which.to_owned()]);
        }
        let late = marks::marked(lab, "late:").await.len();
        let observation = Observation::new()
            .table("invocations afterwards", &["card sent", "card that came back", "environment"], rows)
            .fact("the one that hung went on working", if late == 0 { "no" } else { "yes" });
        lab.observe(observation)
    });
}

#[test]
fn many_that_overrun_at_once_leave_no_environment_behind() {
    lab::step(async |lab: &Lab| {
        let seed = lab.seed();
        let timeout_ms = seed.number(200..=899) * 10;
        let emulated = Emulated::start(lab, scene("hang", timeout_ms)).await;
        let names: Vec<String> = (0..seed.number(4..=5)).map(|_| seed.id("card")).collect();
        let callers =
            names.iter().map(|name| begun(&emulated, "hang", json!({ "name": name, "hang": true })));
        let callers: Vec<_> = callers.collect();
        let arrived = emulated.marks.wait_for(lab, "arrived:", names.len()).await;
        lab.clock().advance(Duration::from_millis(timeout_ms));
        let mut timed_out = 0;
        for caller in callers {
            let reply = caller.await.unwrap_or_default();
            timed_out += u32::from(reply.json()["errorType"] == "Sandbox.Timedout");
        }
        let next = seed.id("card");
        let reply = emulated.invoke("hang", &json!({ "name": next })).await;
        let body = shown::body(&reply);
        let came = body["event"]["name"].as_str().or(body["errorMessage"].as_str()).unwrap_or("none");
        let observation = Observation::new()
            .fact("invocations that began", arrived)
            .fact("timed out", timed_out)
            .fact("the next was sent", &next)
            .fact("to it came back", came);
        lab.observe(observation)
    });
}

#[test]
fn an_init_that_overruns_is_done_again_within_the_timeout() {
    lab::step(async |lab: &Lab| {
        let timeout_ms = lab.seed().number(1_200..=1_999) * 10;
        let spent_ms = lab.seed().number(1_000..=9_999);
        let emulated = Emulated::start(lab, scene("slow-init", timeout_ms)).await;
        let caller = begun(&emulated, "slow-init", json!({ "name": "card" }));
        emulated.marks.wait_for(lab, "init:", 1).await;
        lab.clock().advance(INIT_LIMIT);
        let inits = emulated.marks.wait_for(lab, "init:", 2).await;
        let again_ms = lab.clock().now_ms();
        lab.clock().advance(Duration::from_millis(spent_ms));
        emulated.marks.put("open-init:2", "").await;
        emulated.marks.wait_for(lab, "arrived:", 1).await;
        emulated.marks.put("open:card", "").await;
        let reply = caller.await.unwrap_or_default();
        let deadline = reply.json()["deadline_ms"].as_u64();
        let deadline =
            deadline.map_or("none".to_owned(), |deadline| deadline.wrapping_sub(again_ms).to_string());
        let observation = Observation::new()
            .fact("timeout in ms", timeout_ms)
            .fact("Init was begun, times", inits)
            .fact("the second took, in ms", spent_ms)
            .fact("deadline, from when the second began, in ms", deadline)
            .fact("status", shown::status(&reply))
            .fact("function error", shown::function_error(&reply))
            .fact("environment that answered", &reply.json()["environment"]);
        lab.observe(observation)
    });
}

#[test]
fn a_second_init_that_fails_is_told_with_its_own_error() {
    lab::step(async |lab: &Lab| {
        let timeout_ms = lab.seed().number(200..=899) * 10;
        let emulated = Emulated::start(lab, scene("init-error-later", timeout_ms)).await;
        let because = format!("{} is not set", lab.seed().word().to_uppercase());
        emulated.marks.put("because", &because).await;
        let caller = begun(&emulated, "init-error-later", json!({ "name": "card" }));
        emulated.marks.wait_for(lab, "init:", 1).await;
        lab.clock().advance(INIT_LIMIT);
        let inits = emulated.marks.wait_for(lab, "init:", 2).await;
        emulated.marks.put("open-init:2", "").await;
        let reply = caller.await.unwrap_or_default();
        let observation = Observation::new()
            .fact("timeout in ms", timeout_ms)
            .fact("Init was begun, times", inits)
            .fact("the second failed in time, because", because);
        lab.observe(told(observation, &reply))
    });
}

#[test]
fn an_init_that_overruns_twice_is_a_timeout() {
    lab::step(async |lab: &Lab| {
        let timeout_ms = lab.seed().number(200..=899) * 10;
        let emulated = Emulated::start(lab, scene("slow-init", timeout_ms)).await;
        let caller = begun(&emulated, "slow-init", json!({ "name": "card" }));
        emulated.marks.wait_for(lab, "init:", 1).await;
        lab.clock().advance(INIT_LIMIT);
        let inits = emulated.marks.wait_for(lab, "init:", 2).await;
        lab.clock().advance(Duration::from_millis(timeout_ms));
        let reply = caller.await.unwrap_or_default();
        // Were the first two alive, they would go on before the third.
        let caller = begun(&emulated, "slow-init", json!({ "name": "next" }));
        emulated.marks.wait_for(lab, "init:", 3).await;
        for number in 1..=3 {
            emulated.marks.put(&format!("open-init:{number}"), "").await;
        }
        emulated.marks.put("open:next", "").await;
        let next = caller.await.unwrap_or_default();
        let ready: Vec<String> =
            marks::marked(lab, "ready:").await.into_iter().map(|(number, _)| number).collect();
        let observation =
            Observation::new().fact("timeout in ms", timeout_ms).fact("Init was begun, times", inits);
        let observation = told(observation, &reply)
            .fact("the next invocation: status", shown::status(&next))
            .fact("environments whose Init has ended", ready.join(", "));
        lab.observe(observation)
    });
}
