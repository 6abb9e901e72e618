//! Functions as people write them: `lambda_runtime` asks for their invocations.
//!
//! What a function must wait for, it waits for by a mark, never by a sleep: so a test decides when it goes on.

use std::convert::Infallible;
use std::time::Duration;

use bytes::Bytes;
use futures::stream;
use http_body_util::StreamBody;
use hyper::body::Frame;
use lambda_runtime::{Diagnostic, Error, LambdaEvent, service_fn};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::marks::Marks;
use super::subject::core::failure;
use super::subject::core::invocation::Chunk;
use super::subject::core::report::Report;
use super::subject::host::Exit;
use super::subject::server::response_stream;

/// Answers with its event.
pub async fn echo() -> Result<(), Error> {
    lambda_runtime::run(service_fn(async |event: LambdaEvent<Value>| Ok::<_, Error>(event.payload))).await
}

/// Answers with the event and the process that it ran in.
pub async fn where_it_ran() -> Result<(), Error> {
    let run = async |event: LambdaEvent<Value>| Ok::<_, Error>(ran(&event.payload));
    lambda_runtime::run(service_fn(run)).await
}

/// Fails with the type and the message that the event has.
pub async fn fail() -> Result<(), Error> {
    let run = async |event: LambdaEvent<Value>| -> Result<(), Diagnostic> {
        Err(Diagnostic {
            error_type: text(&event.payload, "type").to_owned(),
            error_message: text(&event.payload, "message").to_owned(),
        })
    };
    lambda_runtime::run(service_fn(run)).await
}

/// Panics with the message that the event has. `lambda_runtime` catches it.
pub async fn panic() -> Result<(), Error> {
    let run = async |event: LambdaEvent<Value>| -> Result<(), Error> {
        panic!("{}", text(&event.payload, "message"))
    };
    lambda_runtime::run(service_fn(run)).await
}

/// Marks `arrived:NAME`, waits for `open:NAME`, answers with the process that it ran in.
pub async fn gate() -> Result<(), Error> {
    let run = async |event: LambdaEvent<Value>| {
        pass(&Marks::open(), &event.payload).await;
        Ok::<_, Error>(ran(&event.payload))
    };
    lambda_runtime::run(service_fn(run)).await
}

/// As `gate` for an event with `"hang": true`, and marks `late:NAME` after that; answers others at once.
pub async fn hang() -> Result<(), Error> {
    let run = async |event: LambdaEvent<Value>| {
        let marks = Marks::open();
        if event.payload["hang"] == json!(true) {
            pass(&marks, &event.payload).await;
            marks.put(&format!("late:{}", text(&event.payload, "name")), "").await;
        }
        Ok::<_, Error>(ran(&event.payload))
    };
    lambda_runtime::run(service_fn(run)).await
}

/// Marks `init:N` and waits for `open-init:N` before its N-th environment's Init ends, which marks `ready:N`. Answers
/// with what is left of its time, by the deadline that it was told.
pub async fn slow_init() -> Result<(), Error> {
    let marks = Marks::open();
    let number = marks.init().await;
    marks.put(&format!("ready:{number}"), "").await;
    let run = async |event: LambdaEvent<Value>| {
        pass(&Marks::open(), &event.payload).await;
        Ok::<_, Error>(json!({ "environment": number, "deadline_ms": event.context.deadline }))
    };
    lambda_runtime::run(service_fn(run)).await
}

/// Counts its attempts at each event as `attempts:NAME`, fails at the first `failures` of them, and waits for
/// `open:NAME` at an attempt that is in `waits`.
pub async fn attempt() -> Result<(), Error> {
    let run = async |event: LambdaEvent<Value>| -> Result<Value, Diagnostic> {
        let marks = Marks::open();
        let name = text(&event.payload, "name");
        let attempt = marks.count(&format!("attempts:{name}")).await;
        marks.put(&format!("request:{name}:{attempt}"), &event.context.request_id).await;
        if event.payload["waits"] == json!(attempt) {
            pass(&marks, &event.payload).await;
        }
        if event.payload["failures"].as_u64().is_some_and(|failures| attempt <= failures) {
            let error_message = format!("attempt {attempt} of {name}");
            return Err(Diagnostic { error_type: "NotYet".into(), error_message });
        }
        Ok(json!({ "attempt": attempt }))
    };
    lambda_runtime::run(service_fn(run)).await
}

/// Counts `printed:KEY` for the object of each record of a bucket's notification.
pub async fn print() -> Result<(), Error> {
    let run = async |event: LambdaEvent<Value>| {
        let marks = Marks::open();
        for record in event.payload["Records"].as_array().into_iter().flatten() {
            marks.count(&format!("printed:{}", text(&record["s3"]["object"], "key"))).await;
        }
        Ok::<_, Error>(Value::Null)
    };
    lambda_runtime::run(service_fn(run)).await
}

/// Names the records of a batch that fail: a record's body, or its new image, has the number of deliveries at which
/// it fails as `failures`. The last that failed is named first.
pub async fn batch() -> Result<(), Error> {
    let run = async |event: LambdaEvent<Value>| {
        let marks = Marks::open();
        let mut failed = Vec::new();
        for record in event.payload["Records"].as_array().into_iter().flatten() {
            let (id, failures) = batch_record(record);
            if marks.count(&format!("delivered:{id}")).await <= failures {
                failed.insert(0, json!({ "itemIdentifier": id }));
            }
        }
        Ok::<_, Error>(json!({ "batchItemFailures": failed }))
    };
    lambda_runtime::run(service_fn(run)).await
}

fn batch_record(record: &Value) -> (&str, u64) {
    if let Some(id) = record["messageId"].as_str() {
        let body: Value = serde_json::from_str(text(record, "body")).unwrap_or_default();
        return (id, body["failures"].as_u64().unwrap_or_default());
    }
    let failures = text(&record["dynamodb"]["NewImage"]["failures"], "N").parse();
    (text(&record["dynamodb"], "SequenceNumber"), failures.unwrap_or_default())
}

/// Answers with what is in the body of the batch's first message as `answer`, and fails if there is nothing.
pub async fn answer() -> Result<(), Error> {
    let run = async |event: LambdaEvent<Value>| -> Result<Value, Error> {
        let body: Value = serde_json::from_str(text(&event.payload["Records"][0], "body"))?;
        body.get("answer").cloned().ok_or_else(|| "there is no answer".into())
    };
    lambda_runtime::run(service_fn(run)).await
}

/// As `gate`, and writes the event's `lines` before it waits.
pub async fn chatty() -> Result<(), Error> {
    let run = async |event: LambdaEvent<Value>| {
        for line in event.payload["lines"].as_array().into_iter().flatten() {
            println!("{}", line.as_str().unwrap_or_default());
        }
        pass(&Marks::open(), &event.payload).await;
        Ok::<_, Error>(Value::Null)
    };
    lambda_runtime::run(service_fn(run)).await
}

/// Answers with what is said of the exits that the event has: of a process that ended with one of the `codes`, and of one
/// that was ended by one of the `signals`.
pub async fn exit_of() -> Result<(), Error> {
    let run = async |event: LambdaEvent<Value>| {
        let numbers = |name: &str| {
            let numbers = event.payload[name].as_array().into_iter().flatten().filter_map(Value::as_i64);
            numbers.filter_map(|number| i32::try_from(number).ok()).collect::<Vec<_>>()
        };
        let exits = numbers("codes").into_iter().map(Exit::Code);
        let exits = exits.chain(numbers("signals").into_iter().map(Exit::Signal));
        Ok::<_, Error>(exits.map(|exit| json!(failure::exited("7", exit))).collect::<Value>())
    };
    lambda_runtime::run(service_fn(run)).await
}

/// Answers with the log of an invocation that took as many microseconds as the event says: the lab's clock has none.
pub async fn report_of() -> Result<(), Error> {
    let run = async |event: LambdaEvent<Value>| {
        let told = |name: &str| event.payload[name].as_u64().map(Duration::from_micros);
        let report = Report {
            request_id: "7",
            duration: told("duration").unwrap_or_default(),
            init: told("init"),
            memory_mb: 128,
            error_type: None,
        };
        Ok::<_, Error>(json!(report.around(&[])))
    };
    lambda_runtime::run(service_fn(run)).await
}

/// Has `bytes` passed on in chunks of `chunk`, without a network between, and answers with how many were and what came then.
pub async fn pass_on() -> Result<(), Error> {
    let run = async |event: LambdaEvent<Value>| {
        let number =
            |name: &str| usize::try_from(event.payload[name].as_u64().unwrap_or(1)).expect("it is small");
        let (bytes, chunk) = (number("bytes"), Bytes::from(vec![b'x'; number("chunk")]));
        let lengths = (0..bytes).step_by(chunk.len()).map(|at| (bytes - at).min(chunk.len()));
        let frames = lengths.map(|length| Ok::<_, Infallible>(Frame::data(chunk.slice(..length))));
        let (caller, mut chunks) = mpsc::channel(16);
        let body = StreamBody::new(stream::iter(frames));
        let passing = async {
            response_stream::pass_on(body, &caller).await;
            drop(caller);
        };
        let reading = async {
            let (mut passed, mut then) = (0, "nothing".to_owned());
            while let Some(chunk) = chunks.recv().await {
                match chunk {
                    Chunk::Data(data) => passed += data.len(),
                    Chunk::Error(error) => then = error.error_type,
                    Chunk::End => then = "the end".into(),
                }
            }
            json!({ "passed": passed, "then": then })
        };
        Ok::<_, Error>(tokio::join!(passing, reading).1)
    };
    lambda_runtime::run(service_fn(run)).await
}

async fn pass(marks: &Marks, event: &Value) {
    let name = text(event, "name");
    marks.put(&format!("arrived:{name}"), &lab::inside::identity()).await;
    marks.wait(&format!("open:{name}")).await;
}

fn ran(event: &Value) -> Value {
    json!({ "event": event, "process": lab::inside::identity() })
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}
