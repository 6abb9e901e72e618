//! Step 6: triggers.
//!
//! Most functions are not called by people: a picture arrives in a bucket, a message in a queue, a change in a table's
//! stream. A bucket's notification is an event, sent on if it is one that was asked for. Queues and streams send batches,
//! and a batch can fail in part: what of it comes again depends on whether its order matters.

use lab::{Lab, Observation, Reply, Seed};
use serde_json::{Value, json};

use super::emulated::Emulated;
use super::{marks, shown};

#[test]
fn a_notification_of_a_bucket_is_sent_on_if_it_was_asked_for() {
    lab::step(async |lab: &Lab| {
        let seed = lab.seed();
        let board = seed.word();
        let trigger = json!({
            "name": "pictures", "function": "print", "source": "bucket",
            "events": ["ObjectCreated:*", "ObjectRestore:Completed", "ObjectRemoved:Delete"],
            "prefix": format!("from {board}/"), "suffix": ".jpg",
        });
        let everything = json!({ "name": "everything", "function": "echo", "source": "bucket", "events": ["ObjectCreated:*"] });
        let scene = json!({
            "functions": [{ "name": "print" }, { "name": "echo" }],
            "triggers": [trigger, everything], "queue": lab.table_name("queue"),
        });
        let emulated = Emulated::start(lab, scene).await;
        let number = || seed.number(100..=999);
        let mut records = vec![
            notified("ObjectCreated:Put", &format!("from+{board}/{}.jpg", number())),
            notified(
                "ObjectCreated:CompleteMultipartUpload",
                &format!("from+{board}/caf%C3%A9+{}.jpg", number()),
            ),
            notified("ObjectRestore:Completed", &format!("from%20{board}/{}.jpg", number())),
            notified("ObjectRestore:Post", &format!("from+{board}/{}-not-restored.jpg", number())),
            notified("ObjectRemoved:Delete", &format!("from+{board}/{}-removed.jpg", number())),
            notified("ObjectRemoved:DeleteMarkerCreated", &format!("from+{board}/{}-marked.jpg", number())),
            notified("ObjectCreated:Put", &format!("from+{board}/{}-no-picture.txt", number())),
            notified("ObjectCreated:Put", &format!("to+{board}/{}-other-board.jpg", number())),
        ];
        // Nobody asks for a record that does not say what happened, or to which object.
        let mut nameless = notified("", &format!("from+{board}/{}-nameless.jpg", number()));
        nameless["eventName"].take();
        let mut keyless = notified("ObjectCreated:Put", "");
        keyless["s3"]["object"]["key"].take();
        records.extend([nameless, keyless]);
        seed.shuffle(&mut records);
        let reply = emulated.trigger(lab, "pictures", &json!({ "Records": records })).await;
        let begun = |reply: &Reply| reply.json()["requestIds"].as_array().map_or(0, Vec::len);
        let ids = begun(&reply);
        let all = emulated.trigger(lab, "everything", &json!({ "Records": records })).await;
        emulated.marks.wait_for(lab, "printed:", ids.max(4)).await;
        let or_none = |value: &Value| value.as_str().unwrap_or("none").to_owned();
        let sent = records
            .iter()
            .map(|record| [or_none(&record["eventName"]), or_none(&record["s3"]["object"]["key"])]);
        let printed = marks::marked(lab, "printed:").await.into_iter().map(|(key, times)| [key, times]);
        let observation = Observation::new()
            .fact("asked for", "ObjectCreated:*, ObjectRestore:Completed, ObjectRemoved:Delete")
            .fact("of keys like", format!("from {board}/….jpg"))
            .table("notified of", &["event", "key"], sent)
            .fact("status", shown::status(&reply))
            .fact("invocations", ids)
            .table("the function printed", &["key", "times"], printed)
            .fact("invocations for who asks for all that is created", begun(&all));
        lab.observe(observation)
    });
}

#[test]
fn of_a_batch_of_messages_those_that_failed_come_again() {
    lab::step(async |lab: &Lab| {
        let (records, told) = messages(&lab.seed());
        let reply = deliver(lab, "queue", true, &records).await;
        lab.observe(delivered(told, &reply))
    });
}

#[test]
fn of_a_batch_of_a_stream_the_first_record_that_failed_comes_again_with_all_after_it() {
    lab::step(async |lab: &Lab| {
        let seed = lab.seed();
        // Sequence numbers of different lengths: their order is that of the batch, not of the alphabet.
        let failing = seed.number(1..=2);
        let mut number = 99 - 3 * failing + seed.number(0..=2);
        let mut records = Vec::new();
        let mut told = Observation::new();
        for position in 0..6 {
            if position == failing {
                number = number.min(99);
            }
            if position == failing + 1 {
                number = 100;
            }
            let failures = u64::from(position == failing || position == failing + 2);
            records.push(change(number, failures));
            told = told.fact(&format!("record {number}"), fails(failures));
            number += seed.number(1..=2);
        }
        let reply = deliver(lab, "stream", true, &records).await;
        lab.observe(delivered(told, &reply))
    });
}

#[test]
fn an_answer_that_cannot_be_relied_on_fails_all_of_its_batch() {
    lab::step(async |lab: &Lab| {
        let seed = lab.seed();
        let ids = [seed.id("m"), seed.id("m"), seed.id("m")];
        let of = |id: &str| json!({ "itemIdentifier": id });
        let failure = |id: Value| json!({ "batchItemFailures": [{ "itemIdentifier": id }] });
        let answers = [
            ("an empty list", Some(json!({ "batchItemFailures": [] }))),
            ("null in place of a list", Some(json!({ "batchItemFailures": null }))),
            ("an empty answer", Some(json!({}))),
            ("a text in place of a list", Some(json!({ "batchItemFailures": "all well" }))),
            ("one of the batch", Some(failure(json!(ids[1])))),
            ("one of the batch, twice", Some(json!({ "batchItemFailures": [of(&ids[1]), of(&ids[1])] }))),
            ("an empty identifier", Some(failure(json!("")))),
            ("null as identifier", Some(failure(json!(null)))),
            ("one of another batch", Some(failure(json!(seed.id("m"))))),
            ("a misspelled name", Some(json!({ "batchItemFailures": [{ "itemIdentifer": ids[1] }] }))),
            ("an error", None),
        ];
        let trigger = |name: &str, function: &str| json!({ "name": name, "function": function, "source": "queue", "maximum_deliveries": 1 });
        let scene = json!({
            "functions": [{ "name": "answer" }, { "name": "old" }],
            "triggers": [trigger("mail", "answer"), trigger("notes", "old")],
        });
        let emulated = Emulated::start(lab, scene).await;
        let mut rows = Vec::new();
        for (what, answer) in answers {
            let body = answer.map_or(json!({}), |answer| json!({ "answer": answer }));
            let records: Vec<Value> = ids.iter().map(|id| message(id, &body)).collect();
            let reply = emulated.trigger(lab, "mail", &json!({ "Records": records })).await;
            rows.push([what.to_owned(), list(&reply.json()["givenUp"])]);
        }
        // A message of any other batch: `old` answers with its very text.
        let mut records: Vec<Value> = ids.iter().map(|id| message(id, &json!({}))).collect();
        records[0]["body"] = json!(format!("all well, says {}", seed.name()));
        let reply = emulated.trigger(lab, "notes", &json!({ "Records": records })).await;
        rows.push(["a text that is no JSON".to_owned(), list(&reply.json()["givenUp"])]);
        let observation = Observation::new().json("batch", &ids).table(
            "the function answers with",
            &["", "not handled"],
            rows,
        );
        lab.observe(observation)
    });
}

#[test]
fn without_reporting_a_batch_is_handled_or_not_as_a_whole() {
    lab::step(async |lab: &Lab| {
        let (records, told) = messages(&lab.seed());
        let trigger = |name: &str, function: &str| {
            json!({
                "name": name, "function": function, "source": "queue",
                "report_item_failures": false, "maximum_deliveries": 3,
            })
        };
        let scene = json!({
            "functions": [{ "name": "batch" }, { "name": "answer" }],
            "triggers": [trigger("changes", "batch"), trigger("mail", "answer")],
        });
        let emulated = Emulated::start(lab, scene).await;
        let reply = emulated.trigger(lab, "changes", &json!({ "Records": records })).await;
        let observation = delivered(told.fact("failures are reported", "no"), &reply);
        // For these it fails as a whole.
        let ids = [lab.seed().id("m"), lab.seed().id("m")];
        let records: Vec<Value> = ids.iter().map(|id| message(id, &json!({}))).collect();
        let reply = emulated.trigger(lab, "mail", &json!({ "Records": records })).await;
        let not_handled = list(&reply.json()["givenUp"]);
        let observation = observation.json("a batch for which the function fails", &ids);
        lab.observe(observation.fact("of it is not handled", not_handled))
    });
}

async fn deliver(lab: &Lab, source: &str, report: bool, records: &[Value]) -> Reply {
    let trigger = json!({
        "name": "changes", "function": "batch", "source": source,
        "report_item_failures": report, "maximum_deliveries": 3,
    });
    let emulated =
        Emulated::start(lab, json!({ "functions": [{ "name": "batch" }], "triggers": [trigger] })).await;
    emulated.trigger(lab, "changes", &json!({ "Records": records })).await
}

fn delivered(observation: Observation, reply: &Reply) -> Observation {
    let reply = reply.json();
    let deliveries = reply["deliveries"].as_array().cloned().unwrap_or_default();
    let rows = deliveries.iter().enumerate().map(|(number, ids)| [format!("{}", number + 1), list(ids)]);
    observation.table("deliveries", &["", "of"], rows).fact("given up", list(&reply["givenUp"]))
}

/// Six messages, of which one fails once, one fails twice and one fails always.
fn messages(seed: &Seed) -> (Vec<Value>, Observation) {
    let mut failures = [0, 0, 0, 1, 2, 9];
    seed.shuffle(&mut failures);
    let ids: Vec<String> = failures.iter().map(|_| seed.id("m")).collect();
    let mut told = Observation::new();
    for (id, failures) in ids.iter().zip(failures) {
        told = told.fact(id, fails(failures));
    }
    let records =
        ids.iter().zip(failures).map(|(id, failures)| message(id, &json!({ "failures": failures })));
    (records.collect(), told)
}

fn fails(failures: u64) -> String {
    match failures {
        0 => "does not fail".into(),
        9 => "fails always".into(),
        1 => "fails once".into(),
        times => format!("fails {times} times"),
    }
}

/// A record of a bucket's notification.
fn notified(event: &str, key: &str) -> Value {
    json!({
        "eventVersion": "2.3",
        "eventSource": "aws:s3",
        "awsRegion": "us-east-1",
        "eventTime": "2030-01-01T00:00:00.000Z",
        "eventName": event,
        "s3": {
            "s3SchemaVersion": "1.0",
            "bucket": { "name": "postcards", "arn": "arn:aws:s3:::postcards" },
            "object": { "key": key, "size": 1024, "sequencer": "0065A1B2C3D4E5F607" },
        },
    })
}

/// A message of an SQS queue.
fn message(id: &str, body: &Value) -> Value {
    json!({
        "messageId": id,
        "receiptHandle": format!("receipt-of-{id}"),
        "body": body.to_string(),
        "attributes": { "ApproximateReceiveCount": "1", "SentTimestamp": "1893456000000" },
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:mail",
        "awsRegion": "us-east-1",
    })
}

/// A record of a DynamoDB stream.
fn change(sequence_number: u64, failures: u64) -> Value {
    json!({
        "eventID": format!("event-{sequence_number}"),
        "eventName": "INSERT",
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "us-east-1",
        "dynamodb": {
            "Keys": { "card": { "S": format!("card-{sequence_number}") } },
            "NewImage": { "failures": { "N": failures.to_string() } },
            "SequenceNumber": sequence_number.to_string(),
            "StreamViewType": "NEW_AND_OLD_IMAGES",
        },
        "eventSourceARN": "arn:aws:dynamodb:us-east-1:000000000000:table/cards/stream/2030-01-01T00:00:00.000",
    })
}

fn list(ids: &Value) -> String {
    let ids: Vec<&str> = ids.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    if ids.is_empty() { "none".into() } else { ids.join(", ") }
}
