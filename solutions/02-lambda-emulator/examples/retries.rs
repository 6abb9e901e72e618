//! An event that fails at every attempt, and what is left of it.

use std::time::Duration;

use lab::{InvocationType, InvokeOptions, Lab};
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::{Value, json};
use solution_2::Function;
use solution_2::config::Target;

mod emulated;

/// How long to wait for something that does not come.
const LIMIT: Duration = Duration::from_secs(20);
const LOOK_AGAIN: Duration = Duration::from_millis(10);

// ANCHOR: book
async fn send() -> Result<(), Error> {
    let handler = async |event: LambdaEvent<Value>| {
        Err::<(), Error>(format!("no stamp on {}", event.payload["card"]).into())
    };
    lambda_runtime::run(service_fn(handler)).await
}

lab::main! { "send" => send(); async |lab: &Lab| {
    let mut function = Function::new("send");
    function.on_failure = Some(Target::Queue("failures".into()));
    let functions = emulated::serving(lab, function).await;
    let start = lab.clock().now_ms();

    let options = InvokeOptions { invocation_type: InvocationType::Event, ..InvokeOptions::default() };
    let reply = functions.invoke_with("send", json!({ "card": "harbor" }).to_string(), options).await;
    println!("sent: status {}, body {:?}", reply.status, reply.text());
    let request_id = reply.header("x-amzn-requestid").unwrap_or("none");

    for failures in 1..=2 {
        let event = soon(async || {
            let events = lab.items("queue").await;
            events.into_iter().find(|event| event.number("failures") == Some(failures))
        });
        let event = event.await;
        let visible_at = event.number("visible_at").and_then(|at| u64::try_from(at).ok()).unwrap_or_default();
        println!("attempt {failures} failed");
        println!("  in the queue under the same request id: {}", event.string("id") == Some(request_id));
        println!("  the next attempt: {} s after the event was sent", (visible_at - start) / 1000);
        lab.clock().advance(Duration::from_millis(visible_at - lab.clock().now_ms()));
    }

    let record = soon(async || {
        let items = lab.items("queue").await;
        let record = items.iter().find(|item| item.string("queue") == Some("queue:failures"))?;
        serde_json::from_str::<Value>(record.string("body")?).ok()
    });
    let context = record.await["requestContext"].take();
    println!("given up: {}", context["condition"]);
    println!("  attempts: {}", context["approximateInvokeCount"]);
    println!("  of the same request id: {}", context["requestId"] == request_id);
} }
// ANCHOR_END: book

/// Asks until there is an answer.
async fn soon<T>(ask: impl AsyncFn() -> Option<T>) -> T {
    let look = async {
        loop {
            if let Some(answer) = ask().await {
                return answer;
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    };
    tokio::time::timeout(LIMIT, look).await.expect("the emulator does this within the limit")
}
