//! Step 6: a batch with bad records.
//!
//! A queue hands over records in batches. An error has all of them delivered again, the good ones too. A reply that
//! names the records that failed has those delivered again, and only those.

use super::subject::tables::CARDS;
use aws_sdk_dynamodb::types::AttributeValue;
use lab::{Lab, Observation, Reply, Seed};
use serde_json::{Value, json};
use solution_2::config::Function;

use super::cloud::Cloud;
use super::shown::{error_type, shown};
use super::stocked::{self, text};

async fn deploy(lab: &Lab) -> Cloud {
    let function = Function::new("likes").reserved_concurrency(1);
    Cloud::deploy(lab, stocked::table(lab, function, CARDS).await).await
}

/// A card that somebody likes already.
async fn put_card(lab: &Lab, seed: &Seed) -> String {
    let card = seed.id("card");
    let liked_by = AttributeValue::Ss(vec![seed.name()]);
    stocked::put(lab, CARDS, [("card", text(&card)), ("title", text(seed.word())), ("liked_by", liked_by)])
        .await;
    card
}

fn like(card: &str, by: &str) -> String {
    json!({ "card": card, "by": by }).to_string()
}

/// A record as SQS sends it. What is null is left out.
fn record(id: Value, body: Value) -> Value {
    let mut record = json!({
        "receiptHandle": "a-handle",
        "attributes": { "ApproximateReceiveCount": "1" },
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:likes",
        "awsRegion": "us-east-1",
    });
    for (name, value) in [("messageId", id), ("body", body)] {
        if !value.is_null() {
            record[name] = value;
        }
    }
    record
}

/// The identifiers in the reply, in their order; or what came in their place.
fn failures(reply: &Reply) -> Vec<String> {
    let document = reply.json();
    match document["batchItemFailures"].as_array() {
        Some(failures) if reply.function_error().is_none() => {
            failures.iter().map(|failure| failure["itemIdentifier"].to_string()).collect()
        }
        _ => vec![shown(reply)],
    }
}

fn listed(mut identifiers: Vec<String>) -> String {
    identifiers.sort();
    if identifiers.is_empty() { "none".to_owned() } else { identifiers.join(" ") }
}

#[test]
fn bad_records_are_named_and_good_ones_are_kept() {
    lab::step(async |lab: &Lab| {
        let seed = lab.seed();
        let cloud = deploy(lab).await;
        let (one, two) = (put_card(lab, &seed).await, put_card(lab, &seed).await);
        let mut records = vec![
            ("a like", json!(like(&one, &seed.name()))),
            ("a like", json!(like(&two, &seed.name()))),
            ("a like", json!(like(&one, &seed.name()))),
            ("not JSON", json!(format!("{} likes {two}", seed.name()))),
            ("a like without its card", json!(json!({ "by": seed.name() }).to_string())),
            ("a like of a card that is not there", json!(like(&seed.id("card"), &seed.name()))),
            ("no body", Value::Null),
        ];
        let mut records: Vec<(&str, String, Value)> =
            records.drain(..).map(|(what, body)| (what, seed.id("message"), body)).collect();
        // A queue may deliver a message twice, and nothing says that it can't be in one batch.
        let twice = [records[0].clone(), records[records.len() - 1].clone()];
        records.extend(twice);
        seed.shuffle(&mut records);
        let batch: Vec<Value> = records.iter().map(|(_, id, body)| record(json!(id), body.clone())).collect();
        let reply = cloud.invoke(&json!({ "Records": batch })).await;
        let failures = failures(&reply);
        // An error has the whole batch delivered again.
        let failed = reply.function_error().is_some();
        let rows = records.iter().map(|(what, id, _)| {
            let again = failed || failures.contains(&json!(id).to_string());
            [id.clone(), (*what).to_owned(), if again { "again" } else { "done" }.to_owned()]
        });
        let identifiers = if failed { "none".to_owned() } else { failures.len().to_string() };
        let observation = Observation::new()
            .fact("error type", error_type(&reply))
            .fact("identifiers in the reply", identifiers)
            .table("records", &["message id", "record", "will be delivered"], rows)
            .items("cards", &lab.items("cards").await);
        lab.observe(observation)
    });
}

#[test]
fn a_batch_may_be_empty_or_bad_as_a_whole() {
    lab::step(async |lab: &Lab| {
        let seed = lab.seed();
        let cloud = deploy(lab).await;
        let card = put_card(lab, &seed).await;
        let bad: Vec<Value> = (0..3).map(|_| record(json!(seed.id("message")), json!(seed.word()))).collect();
        let good: Vec<Value> =
            (0..3).map(|_| record(json!(seed.id("message")), json!(like(&card, &seed.name())))).collect();
        let mut observation = Observation::new();
        for (name, batch) in [("no record", vec![]), ("three bad records", bad), ("three good records", good)]
        {
            let reply = cloud.invoke(&json!({ "Records": batch })).await;
            observation = observation.fact(name, listed(failures(&reply)));
        }
        lab.observe(observation.items("cards", &lab.items("cards").await))
    });
}

#[test]
fn a_failure_without_a_name_fails_the_whole_batch() {
    lab::step(async |lab: &Lab| {
        let seed = lab.seed();
        let cloud = deploy(lab).await;
        let card = put_card(lab, &seed).await;
        let good = json!(like(&card, &seed.id("reader")));
        let bad = json!(seed.word());
        let after_it = json!(like(&card, &seed.id("liker")));
        let (message, last) = (seed.id("message"), seed.id("message"));
        let batches = [
            ("a bad record without an id", vec![record(Value::Null, bad.clone())]),
            ("a bad record with an empty id", vec![record(json!(""), bad.clone())]),
            (
                "that, beside a bad record with an id",
                vec![
                    record(json!(message), bad.clone()),
                    record(json!(""), bad),
                    record(json!(last), after_it),
                ],
            ),
            ("a bad record without id and body", vec![record(Value::Null, Value::Null)]),
            (
                "that, before a bad record without id",
                vec![record(Value::Null, Value::Null), record(Value::Null, json!("bad"))],
            ),
            ("a good record without an id", vec![record(Value::Null, good)]),
        ];
        let mut rows = Vec::new();
        for (name, batch) in batches {
            let reply = cloud.invoke(&json!({ "Records": batch })).await;
            let named =
                if reply.function_error().is_some() { "-".to_owned() } else { listed(failures(&reply)) };
            // The batch's message ends in the record's, and that in what a library has to say.
            let message = reply.json()["errorMessage"].as_str().unwrap_or_default().to_owned();
            let because = message.split(": ").nth(1).unwrap_or("-").to_owned();
            rows.push([name.to_owned(), error_type(&reply), named, because]);
        }
        let observation = Observation::new()
            .table("batches", &["batch", "error type", "named", "because"], rows)
            .items("cards", &lab.items("cards").await);
        lab.observe(observation)
    });
}
