//! Step 5: asynchronous invocation.
//!
//! Who sends an event does not wait: 202 says that the event is kept. From then on the emulator owes the function an
//! attempt at least, whatever happens to the emulator meanwhile. So the queue is a table, an attempt begins with a claim
//! on the item, and the item goes only together with what follows from it: nothing, a record, a dead letter.
//!
//! Time is the test's: it stands still until the test advances it.

use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use lab::{Item, Lab, Observation};
use serde_json::{Value, json};

use super::emulated::Emulated;
use super::{marks, shown};

/// The queue's items.
struct Queue<'a>(&'a Lab);

impl Queue<'_> {
    async fn items(&self, partition: &str) -> Vec<Item> {
        let items = self.0.items("queue").await;
        items.into_iter().filter(|item| item.string("queue") == Some(partition)).collect()
    }

    /// Waits until an event has been put back after `failures` and `throttles`. Comes back with how long it must wait,
    /// in ms; or with the state of the queue if that does not come.
    async fn put_back(&self, failures: i64, throttles: i64) -> String {
        let now_ms = i64::try_from(self.0.clock().now_ms()).expect("the lab's time is in this age");
        let wait = marks::until(async || {
            let items = self.items("async").await;
            let [item] = items.as_slice() else { return Err(format!("{} events in the queue", items.len())) };
            let number = |name: &str| item.number(name).unwrap_or(-1);
            if (number("failures"), number("throttles")) == (failures, throttles) {
                return Ok((number("visible_at") - now_ms).to_string());
            }
            let [claimed, failures, throttles] = ["attempts", "failures", "throttles"].map(number);
            Err(format!("not put back; claimed: {claimed}, failures: {failures}, throttles: {throttles}"))
        });
        wait.await.unwrap_or_else(|state| state)
    }

    /// Waits until no event is left to run. Comes back with how many there are, and how often they were claimed.
    async fn drained(&self) -> String {
        let drained = marks::until(async || {
            let left = self.items("async").await;
            let claims: i64 = left.iter().filter_map(|item| item.number("attempts")).sum();
            if left.is_empty() {
                Ok("0".to_owned())
            } else {
                Err(format!("{}; claims: {claims}", left.len()))
            }
        });
        drained.await.unwrap_or_else(|left| left)
    }

    /// Writes into an event that waits how often there was no environment for it.
    async fn set_throttles(&self, throttles: u64) {
        let table = self.0.table_name("queue");
        for item in self.items("async").await {
            let key = |name: &str| AttributeValue::S(item.string(name).unwrap_or_default().to_owned());
            let written = self
                .0
                .client()
                .update_item()
                .table_name(&table)
                .key("queue", key("queue"))
                .key("id", key("id"))
                .update_expression("SET throttles = :throttles")
                .expression_attribute_values(":throttles", AttributeValue::N(throttles.to_string()))
                .send();
            written.await.expect("the lab's DynamoDB takes updates");
        }
    }

    /// What the records that were sent to a queue say of the attempts, in short.
    async fn records(&self, name: &str) -> String {
        let short = |record: &Value| {
            let context = &record["requestContext"];
            let condition = context["condition"].as_str().unwrap_or("no condition");
            format!("{condition}, attempts: {}", context["approximateInvokeCount"])
        };
        let records: Vec<String> = self.messages(name).await.iter().map(short).collect();
        if records.is_empty() { "none".into() } else { records.join("; ") }
    }

    /// The bodies of the messages that were sent to a queue, without what differs from run to run.
    async fn messages(&self, name: &str) -> Vec<Value> {
        let items = self.items(&format!("queue:{name}")).await;
        let body = |item: &Item| {
            let mut body: Value = serde_json::from_str(item.string("body")?).ok()?;
            if let Some(context) = body.get_mut("requestContext") {
                let own = context["requestId"].as_str() == item.string("id");
                context["requestId"] = json!(if own { "<request id>" } else { "<another request id>" });
            }
            Some(body)
        };
        items.iter().filter_map(body).collect()
    }
}

fn scene(lab: &Lab, function: &Value) -> Value {
    json!({ "functions": [function], "queue": lab.table_name("queue") })
}

#[test]
fn a_failed_event_is_tried_again_after_one_minute_and_after_two() {
    lab::step(async |lab: &Lab| {
        let (queue, card) = (Queue(lab), lab.seed().id("card"));
        let function = json!({ "name": "attempt", "dead_letter": "letters", "on_failure": "failures" });
        let emulated = Emulated::start(lab, scene(lab, &function)).await;
        let event = json!({ "name": card, "failures": 9 });
        let reply = emulated.send("attempt", &event).await;
        let first = queue.put_back(1, 0).await;
        lab.clock().advance(Duration::from_mins(1));
        let second = queue.put_back(2, 0).await;
        lab.clock().advance(Duration::from_mins(2));
        let left = queue.drained().await;
        let ids = marks::marked(lab, "request:").await;
        let ids = shown::letters(ids.iter().map(|(_, id)| id.as_str()));
        let observation = Observation::new()
            .json("sent", &event)
            .fact("status", shown::status(&reply))
            .fact("wait after the first attempt, in ms", first)
            .fact("wait after the second attempt, in ms", second)
            .table("attempts", &["card", "times"], pairs(lab, "attempts:").await)
            .fact("request ids of the attempts", ids.join(", "))
            .fact("events left in the queue", left)
            .json("dead letters", &queue.messages("letters").await)
            .json("records of failure", &queue.messages("failures").await);
        lab.observe(observation)
    });
}

#[test]
fn an_event_that_would_be_too_old_is_given_up() {
    lab::step(async |lab: &Lab| {
        let (queue, card) = (Queue(lab), lab.seed().id("card"));
        // The first retry still comes in time, the second would not.
        let age = lab.seed().number(60..=179);
        let function =
            json!({ "name": "attempt", "on_failure": "failures", "maximum_event_age_seconds": age });
        let emulated = Emulated::start(lab, scene(lab, &function)).await;
        emulated.send("attempt", &json!({ "name": card, "failures": 9 })).await;
        let wait = queue.put_back(1, 0).await;
        lab.clock().advance(Duration::from_mins(1));
        let left = queue.drained().await;
        let observation = Observation::new()
            .fact("an event may be as old as, in s", age)
            .fact("wait after the first attempt, in ms", wait)
            .table("attempts", &["card", "times"], pairs(lab, "attempts:").await)
            .fact("events left in the queue", left)
            .fact("record of failure", queue.records("failures").await);
        lab.observe(observation)
    });
}

#[test]
fn a_function_may_ask_for_fewer_retries_and_a_retry_may_come_at_the_last_moment() {
    lab::step(async |lab: &Lab| {
        let (queue, card) = (Queue(lab), lab.seed().id("card"));
        // The retry comes after just as many seconds.
        let function = json!({
            "name": "attempt", "on_failure": "failures", "maximum_retries": 1, "maximum_event_age_seconds": 60,
        });
        let emulated = Emulated::start(lab, scene(lab, &function)).await;
        emulated.send("attempt", &json!({ "name": card, "failures": 9 })).await;
        let wait = queue.put_back(1, 0).await;
        lab.clock().advance(Duration::from_mins(1));
        let left = queue.drained().await;
        let observation = Observation::new()
            .fact("retries", 1)
            .fact("an event may be as old as, in s", 60)
            .json("waits, in ms", &[wait])
            .table("attempts", &["card", "times"], pairs(lab, "attempts:").await)
            .fact("events left in the queue", left)
            .fact("record of failure", queue.records("failures").await);
        lab.observe(observation)
    });
}

#[test]
fn a_function_may_do_without_retries() {
    lab::step(async |lab: &Lab| {
        let (queue, card) = (Queue(lab), lab.seed().id("card"));
        let function = json!({ "name": "attempt", "on_failure": "failures", "maximum_retries": 0 });
        let emulated = Emulated::start(lab, scene(lab, &function)).await;
        emulated.send("attempt", &json!({ "name": card, "failures": 9 })).await;
        let left = queue.drained().await;
        let observation = Observation::new()
            .fact("retries", 0)
            .table("attempts", &["card", "times"], pairs(lab, "attempts:").await)
            .fact("events left in the queue", left)
            .fact("record of failure", queue.records("failures").await);
        lab.observe(observation)
    });
}

#[test]
fn an_event_that_succeeds_is_not_tried_again() {
    lab::step(async |lab: &Lab| {
        let (queue, card) = (Queue(lab), lab.seed().id("card"));
        let function = json!({ "name": "attempt", "dead_letter": "letters", "on_success": "successes" });
        let emulated = Emulated::start(lab, scene(lab, &function)).await;
        let event = json!({ "name": card, "failures": 1 });
        emulated.send("attempt", &event).await;
        let wait = queue.put_back(1, 0).await;
        lab.clock().advance(Duration::from_mins(1));
        let left = queue.drained().await;
        let observation = Observation::new()
            .fact("wait after the first attempt, in ms", wait)
            .table("attempts", &["card", "times"], pairs(lab, "attempts:").await)
            .fact("events left in the queue", left)
            .json("dead letters", &queue.messages("letters").await)
            .fact("record of success", queue.records("successes").await);
        lab.observe(observation)
    });
}

#[test]
fn an_event_outlives_the_emulator_that_took_it() {
    lab::step(async |lab: &Lab| {
        let (queue, card) = (Queue(lab), lab.seed().id("card"));
        let function = json!({ "name": "attempt", "on_success": "successes" });
        let mut emulated = Emulated::start(lab, scene(lab, &function)).await;
        let event = json!({ "name": card, "waits": 1 });
        let reply = emulated.send("attempt", &event).await;
        emulated.marks.wait_for(lab, "arrived:", 1).await;
        emulated.server.kill().await;
        let kept = queue.items("async").await.len();
        emulated.server.restart().await;
        // Whoever claimed it has had more than enough time.
        lab.clock().advance(Duration::from_mins(10));
        let left = queue.drained().await;
        let observation = Observation::new()
            .fact("status", shown::status(&reply))
            .fact("events in the queue after the emulator was killed", kept)
            .table("attempts", &["card", "times"], pairs(lab, "attempts:").await)
            .fact("events left in the queue", left)
            .fact("record of success", queue.records("successes").await);
        lab.observe(observation)
    });
}

#[test]
fn an_event_without_an_environment_waits_and_loses_no_attempt() {
    lab::step(async |lab: &Lab| {
        let (queue, card) = (Queue(lab), lab.seed().id("card"));
        let function = json!({ "name": "attempt", "reserved_concurrency": 1, "timeout_ms": 60_000 });
        let emulated = Emulated::start(lab, scene(lab, &function)).await;
        let busy = tokio::spawn(emulated.invoke_owned("attempt", json!({ "name": "busy", "waits": 1 })));
        emulated.marks.wait_for(lab, "arrived:", 1).await;
        emulated.send("attempt", &json!({ "name": card })).await;
        let mut waits = vec![queue.put_back(0, 1).await];
        for (seconds, throttles) in [(1, 2), (2, 3)] {
            lab.clock().advance(Duration::from_secs(seconds));
            waits.push(queue.put_back(0, throttles).await);
        }
        // As if it had been so for hours: nobody looks at the event before its time.
        let many = lab.seed().number(66..=72);
        queue.set_throttles(many - 1).await;
        lab.clock().advance(Duration::from_secs(4));
        let long = queue.put_back(0, i64::try_from(many).expect("it is small")).await;
        emulated.marks.put("open:busy", "").await;
        let _ = busy.await;
        lab.clock().advance(Duration::from_mins(5));
        let left = queue.drained().await;
        let observation = Observation::new()
            .fact("waits, in ms", waits.join(", "))
            .fact("times without an environment", many)
            .fact("wait after the last, in ms", long)
            .table("attempts", &["card", "times"], pairs(lab, "attempts:").await)
            .fact("events left in the queue", left);
        lab.observe(observation)
    });
}

#[test]
fn an_event_without_an_environment_is_given_up_when_it_is_too_old() {
    lab::step(async |lab: &Lab| {
        let (queue, card) = (Queue(lab), lab.seed().id("card"));
        // It is tried at once, after 1 s and after 3 s; 7 s would be too late.
        let age = lab.seed().number(3..=6);
        let function = json!({
            "name": "attempt", "reserved_concurrency": 1, "timeout_ms": 60_000,
            "on_failure": "failures", "maximum_event_age_seconds": age,
        });
        let emulated = Emulated::start(lab, scene(lab, &function)).await;
        let busy = tokio::spawn(emulated.invoke_owned("attempt", json!({ "name": "busy", "waits": 1 })));
        emulated.marks.wait_for(lab, "arrived:", 1).await;
        emulated.send("attempt", &json!({ "name": card })).await;
        let mut waits = vec![queue.put_back(0, 1).await];
        lab.clock().advance(Duration::from_secs(1));
        waits.push(queue.put_back(0, 2).await);
        lab.clock().advance(Duration::from_secs(2));
        let left = queue.drained().await;
        emulated.marks.put("open:busy", "").await;
        let _ = busy.await;
        let observation = Observation::new()
            .fact("an event may be as old as, in s", age)
            .fact("waits, in ms", waits.join(", "))
            .table("attempts", &["card", "times"], pairs(lab, "attempts:").await)
            .fact("events left in the queue", left)
            .fact("record of failure", queue.records("failures").await);
        lab.observe(observation)
    });
}

#[test]
fn an_event_that_two_emulators_find_is_run_by_one() {
    lab::step(async |lab: &Lab| {
        let seed = lab.seed();
        let queue = Queue(lab);
        let scene = scene(lab, &json!({ "name": "attempt" }));
        let emulated = Emulated::start(lab, scene.clone()).await;
        let _beside = emulated.beside(lab, &scene).await;
        let cards: Vec<String> = (0..seed.number(6..=8)).map(|_| seed.id("card")).collect();
        for card in &cards {
            emulated.send("attempt", &json!({ "name": card, "failures": 1 })).await;
        }
        let all_failed = marks::until(async || {
            let items = queue.items("async").await;
            let failed = items.iter().filter(|item| item.number("failures") == Some(1)).count();
            if failed == cards.len() { Ok(failed) } else { Err(failed) }
        });
        let failed = all_failed.await.unwrap_or_else(|fewer| fewer);
        lab.clock().advance(Duration::from_mins(1));
        let left = queue.drained().await;
        let observation = Observation::new()
            .fact("events", cards.len())
            .fact("put back after the first attempt", failed)
            .table("attempts", &["card", "times"], pairs(lab, "attempts:").await)
            .fact("events left in the queue", left);
        lab.observe(observation)
    });
}

async fn pairs(lab: &Lab, prefix: &str) -> Vec<[String; 2]> {
    marks::marked(lab, prefix).await.into_iter().map(|(name, times)| [name, times]).collect()
}
