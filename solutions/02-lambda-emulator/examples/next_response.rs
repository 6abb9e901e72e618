//! A function without a runtime client: two requests, over and over.

use std::time::Duration;

use lab::{Http, Lab};
use serde_json::{Value, json};
use solution_2::Function;

mod emulated;

const RUNTIME: &str = "/2018-06-01/runtime";
const FOREVER: Duration = Duration::from_hours(24);

// ANCHOR: book
async fn runtime() {
    let api = std::env::var("AWS_LAMBDA_RUNTIME_API").expect("whoever starts an environment sets it");
    let http = Http::new(api).limit(FOREVER);
    let mut requests = 0;
    loop {
        // ANCHOR: ask
        // Ask. The reply comes when there is an invocation: in a moment, tomorrow, never.
        let invocation = http.get(&format!("{RUNTIME}/invocation/next")).await;
        requests += 1;
        // ANCHOR_END: ask

        // ANCHOR: read
        // Read. The event is the body; what else there is to know is in the headers.
        let header = |name: &str| invocation.header(name).unwrap_or_default();
        let request_id = header("lambda-runtime-aws-request-id");
        let attempt_id = header("lambda-runtime-invocation-id");
        let event: Value = invocation.json();
        // ANCHOR_END: read

        // ANCHOR: work
        // Work.
        let words = event["text"].as_str().unwrap_or_default();
        let response = json!({ "text": words.to_uppercase(), "requests so far": requests });
        // ANCHOR_END: work

        // ANCHOR: answer
        // Answer, under the id of the request; the attempt goes along in its header.
        let path = format!("{RUNTIME}/invocation/{request_id}/response");
        let headers = [("lambda-runtime-invocation-id", attempt_id)];
        http.post(&path, &headers, response.to_string()).await;
        requests += 1;
        // ANCHOR_END: answer
    }
}

lab::main! { "by-hand" => runtime(); async |lab: &Lab| {
    let functions = emulated::serving(lab, Function::new("by-hand")).await;
    for text in ["Greetings from Lisbon", "Wish you were here"] {
        let reply = functions.invoke("by-hand", &json!({ "text": text })).await;
        println!("sent       {text}");
        println!("came back  {}\n", reply.text());
    }
} }
// ANCHOR_END: book
