//! Three ways to fail, as their caller sees them.

use lab::{Lab, Reply};
use lambda_runtime::{Diagnostic, Error, LambdaEvent, service_fn};
use serde_json::{Value, json};
use solution_2::Function;

mod emulated;

// ANCHOR: book
async fn print() -> Result<(), Error> {
    let handler = async |event: LambdaEvent<Value>| -> Result<Value, Diagnostic> {
        match event.payload["card"].as_str() {
            Some("jam") => std::process::exit(3),
            Some(card) => Ok(json!({ "printed": card })),
            None => Err(Diagnostic { error_type: "Print.NoCard".into(), error_message: "no card".into() }),
        }
    };
    lambda_runtime::run(service_fn(handler)).await
}

lab::main! { "print" => print(); async |lab: &Lab| {
    let functions = emulated::serving(lab, Function::new("print")).await;
    told("a card", &functions.invoke("print", &json!({ "card": "harbor" })).await);
    told("no card: the function fails", &functions.invoke("print", &json!({})).await);
    told("a jam: its process ends", &functions.invoke("print", &json!({ "card": "jam" })).await);
    told("a card, after that", &functions.invoke("print", &json!({ "card": "pier" })).await);
    told("another name: there is no such function", &functions.invoke("copy", &json!({})).await);
} }
// ANCHOR_END: book

fn told(what: &str, reply: &Reply) {
    let id = reply.header("x-amzn-requestid").unwrap_or("none");
    println!("{what}");
    println!("  status          {}", reply.status);
    println!("  function error  {}", reply.function_error().unwrap_or("-"));
    println!("  error type      {}", reply.header("x-amzn-errortype").unwrap_or("-"));
    println!("  body            {}\n", reply.text().replace(id, "<request id>"));
}
