//! A function, start to end: a typed event, a typed reply, and an event that can't be read.

use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde::{Deserialize, Serialize};
use serde_json::json;
use solution_2::Function;

use deploy::deploy;

mod deploy;

// ANCHOR: book
// ANCHOR: event
// 1. The event: what happened, as a type.
#[derive(Deserialize)]
struct Visit {
    guest: String,
    board: String,
}
// ANCHOR_END: event

// ANCHOR: reply
// 2. The reply: what the caller is told.
#[derive(Serialize)]
struct Greeting {
    text: String,
}
// ANCHOR_END: reply

// ANCHOR: handler
// 3. The handler: called once for each event.
async fn greet(event: LambdaEvent<Visit>) -> Result<Greeting, Error> {
    let Visit { guest, board } = event.payload;
    Ok(Greeting { text: format!("Hello {guest}, welcome to the board {board}.") })
}
// ANCHOR_END: handler

// ANCHOR: main
// 4. The process's main: asks for one event after the other, and never returns.
async fn run() -> Result<(), Error> {
    lambda_runtime::run(service_fn(greet)).await
}
// ANCHOR_END: main

// ANCHOR: callers
// 5. A caller: knows the function's name, and nothing else of the above.
lab::main! { "hello" => run(); async |lab: &lab::Lab| {
    let functions = deploy(lab, Function::new("hello")).await;
    let read = json!({ "guest": "Ada", "board": "harbor" });
    let unreadable = json!({ "guest": 7, "board": "harbor" });
    for event in [&read, &unreadable, &read] {
        let reply = functions.invoke("hello", event).await;
        println!("event            {event}");
        println!("status           {}", reply.status);
        println!("function error   {}", reply.function_error().unwrap_or("none"));
        println!("reply            {}\n", reply.text());
    }
}}
// ANCHOR_END: callers
// ANCHOR_END: book
