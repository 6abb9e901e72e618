//! A function as anybody would write it: an unmodified `lambda_runtime` binary.
//!
//! The event says what it does: `{"do": "echo" | "fail" | "panic" | "exit" | "sleep", …}`.

use std::time::Duration;

use lambda_runtime::{Diagnostic, Error, LambdaEvent, run, service_fn};
use serde_json::{Value, json};

// An environment has one event at a time.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    run(service_fn(handle)).await
}

async fn handle(event: LambdaEvent<Value>) -> Result<Value, Diagnostic> {
    let LambdaEvent { payload, context } = event;
    match payload["do"].as_str() {
        Some("fail") => Err(Diagnostic {
            error_type: "CardMissing".into(),
            error_message: "no card is called that".into(),
        }),
        Some("panic") => panic!("the card was torn"),
        Some("exit") => std::process::exit(3),
        Some("sleep") => {
            tokio::time::sleep(Duration::from_millis(payload["milliseconds"].as_u64().unwrap_or(0))).await;
            Ok(json!("awake"))
        }
        Some("context") => Ok(json!({
            "has_request_id": !context.request_id.is_empty(),
            "has_deadline": context.deadline > 0,
            "arn_parts": context.invoked_function_arn.split(':').count(),
        })),
        _ => Ok(payload),
    }
}
