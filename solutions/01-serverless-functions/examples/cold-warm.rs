//! Init, once for each environment: which invocations find something in memory?

use std::sync::atomic::{AtomicU32, Ordering};

use lab::{Http, Reply, inside};
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde::Deserialize;
use serde_json::json;
use solution_2::Function;

use deploy::deploy;

mod deploy;

// ANCHOR: book
#[derive(Deserialize)]
struct Work {
    /// Milliseconds since 1970: the work takes until then.
    until_ms: u64,
}

async fn run() -> Result<(), Error> {
    // Init: everything before `lambda_runtime::run`.
    let before = &AtomicU32::new(0);
    let environment = std::process::id();

    // Invoke: the closure, once for each event.
    let handler = |event: LambdaEvent<Work>| async move {
        let before = before.fetch_add(1, Ordering::Relaxed);
        work_until(event.payload.until_ms).await;
        Ok::<_, Error>(json!({ "environment": environment, "before": before }))
    };
    lambda_runtime::run(service_fn(handler)).await
}

lab::main! { "cold-warm" => run(); async |lab: &lab::Lab| {
    let functions = deploy(lab, Function::new("cold-warm")).await;
    let clock = lab.clock();
    let invoke = |until_ms: u64| {
        let functions = functions.clone();
        tokio::spawn(async move { functions.invoke("cold-warm", &json!({ "until_ms": until_ms })).await })
    };
    let now = clock.now_ms();
    let mut log = Log::default();

    log.note("first", invoke(now).await);
    log.note("second", invoke(now).await);

    // The third is still at work when the fourth comes.
    let third = invoke(now + 1);
    clock.wait_for_sleeper(now + 1, LIMIT).await;
    let fourth = invoke(now + 2);
    clock.wait_for_sleeper(now + 2, LIMIT).await;
    clock.advance(MILLISECOND);
    log.note("third", third.await);
    clock.advance(MILLISECOND);
    log.note("fourth", fourth.await);

    log.note("fifth", invoke(now).await);
    println!("\nInit ran {} times.", log.environments.len());
}}
// ANCHOR_END: book

const LIMIT: std::time::Duration = std::time::Duration::from_secs(10);
const MILLISECOND: std::time::Duration = std::time::Duration::from_millis(1);

/// Waits for the lab's clock.
async fn work_until(until_ms: u64) {
    Http::new(inside::control_url()).get(&format!("/clock/wait?until_ms={until_ms}")).await;
}

/// Tells environments apart by their process, and numbers them in the order in which they appear.
#[derive(Default)]
struct Log {
    environments: Vec<u64>,
}

impl Log {
    fn note<E: std::fmt::Debug>(&mut self, invocation: &str, reply: Result<Reply, E>) {
        let reply = reply.expect("an invocation does not panic").json();
        let (environment, before) = (reply["environment"].as_u64(), reply["before"].as_u64());
        let (Some(environment), Some(before)) = (environment, before) else {
            println!("{invocation}: {reply}");
            return;
        };
        let known = self.environments.iter().position(|known| *known == environment);
        let number = known.unwrap_or_else(|| {
            self.environments.push(environment);
            self.environments.len() - 1
        });
        let start = if known.is_some() { "warm" } else { "cold" };
        println!(
            "{invocation:<7} environment {}   {start} start   found {before} invocations in memory",
            number + 1
        );
    }
}
