//! Calls of a library that is somebody else's: a submission, in a cell.
//!
//! The test runs in two places at once. Outside, in the driver, it runs against the lab and calls nothing of the
//! reader's: where it would, it waits for what the process in the cell has got. Inside, the same test with the same seed
//! makes the calls and nothing else: what it asks of its lab is what the driver's lab has answered, in the same order
//! ([`crate::mirror`]). So the requests, the items and the observation are seen and made outside, and all that a
//! submission says is what its functions return.
//!
//! One exchange a call: the process posts what the last call returned, and gets, as soon as the driver has come so far,
//! everything that the test was told in between, and leave to make the next one.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::{OnceCell, mpsc};

use crate::infra::or_abort;
use crate::process::{Process, Record};
use crate::server::{Processes, Stopped};
use crate::subject::Ties;
use crate::{Infra, host, role};

/// Where the process in the cell asks.
pub(crate) const PATH: &str = "/calls";

/// What one call may return, in bytes of JSON. Twice a response of DynamoDB's, as JSON writes it.
const MOST_BYTES: usize = 32 * 1024 * 1024;

/// Of a process that ended in the midst of a call this many of its last lines are told.
const LAST_LINES: usize = 8;

/// Something that the test asked of its lab, and what it was told.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Told {
    /// Such as `items`.
    pub(crate) what: String,
    pub(crate) value: Value,
}

/// Leave to make a call.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Turn {
    /// The first is 0.
    pub(crate) call: u64,
    /// What the test was told since the last call.
    pub(crate) told: Vec<Told>,
}

/// What a call has returned.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Returned {
    pub(crate) call: u64,
    pub(crate) value: Value,
}

/// The driver's side of the calls of one lab.
#[derive(Debug)]
pub(crate) struct Calls {
    processes: Arc<Processes>,
    variables: BTreeMap<String, String>,
    told: Mutex<Vec<Told>>,
    next: Mutex<u64>,
    caller: OnceCell<Caller>,
}

/// The process that makes the calls, and the server that it asks.
#[derive(Debug)]
struct Caller {
    turns: mpsc::Sender<Turn>,
    returned: tokio::sync::Mutex<mpsc::Receiver<Returned>>,
    record: Arc<Record>,
    _process: Process,
    server: tokio::task::JoinHandle<()>,
}

impl Drop for Caller {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Calls {
    /// None is made yet, and no process started. Each process gets `variables`.
    pub(crate) fn new(processes: Arc<Processes>, variables: BTreeMap<String, String>) -> Self {
        Self { processes, variables, told: Mutex::default(), next: Mutex::default(), caller: OnceCell::new() }
    }

    /// Keeps what the test is told, for the same test inside.
    pub(crate) fn tell(&self, what: &str, value: &impl Serialize) {
        let value = serde_json::to_value(value).expect("what a lab tells is a document");
        self.told.lock().unwrap_or_else(PoisonError::into_inner).push(Told { what: what.to_owned(), value });
    }

    /// Waits until the process has made the next call, and answers what that has returned. A process that ends before
    /// ends the test: that is the reader's code.
    pub(crate) async fn make(&self) -> Value {
        let caller = self.caller.get_or_init(|| async { or_abort(self.start().await) }).await;
        let call = {
            let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
            *next += 1;
            *next - 1
        };
        let told = std::mem::take(&mut *self.told.lock().unwrap_or_else(PoisonError::into_inner));
        let mut returned = caller.returned.lock().await;
        let made = async {
            caller.turns.send(Turn { call, told }).await.ok()?;
            loop {
                let made = returned.recv().await?;
                // Whoever speaks out of turn is not heard.
                if made.call == call {
                    return Some(made.value);
                }
            }
        };
        let value = tokio::select! {
            value = made => value,
            () = caller.record.ended() => None,
        };
        value.unwrap_or_else(|| caller.ended_early())
    }

    async fn start(&self) -> Result<Caller, Infra> {
        let (turns, turned) = mpsc::channel(1);
        let (returns, returned) = mpsc::channel(1);
        let desk = Arc::new(Desk { turns: tokio::sync::Mutex::new(turned), returns });
        let router = Router::new()
            .route(PATH, post(exchange))
            .layer(DefaultBodyLimit::max(MOST_BYTES))
            .with_state(desk);
        let (url, server) = host::run(host::serve(router)).await?;
        let ties = Ties { calls: Some(url.trim_start_matches("http://").to_owned()), ..Ties::default() };
        let (process, mut events) = self.processes.start(role::CALLS, &self.variables, ties).await?;
        tokio::spawn(async move { while events.recv().await.is_some() {} });
        let record = process.record.clone();
        Ok(Caller { turns, returned: tokio::sync::Mutex::new(returned), record, _process: process, server })
    }
}

impl Caller {
    fn ended_early(&self) -> ! {
        let end = self.record.exit().unwrap_or_else(|| "without a word".into());
        let mut output = self.record.lines(None);
        output.drain(..output.len().saturating_sub(LAST_LINES));
        let reason = format!("The process that calls your library ended before it had an answer: {end}");
        std::panic::panic_any(Stopped { reason, output })
    }
}

/// What came back is nothing that the test's call could have returned.
pub(crate) fn refuse() -> ! {
    let reason = "What the process said that your library returned is no such value".to_owned();
    std::panic::panic_any(Stopped { reason, output: Vec::new() })
}

struct Desk {
    turns: tokio::sync::Mutex<mpsc::Receiver<Turn>>,
    returns: mpsc::Sender<Returned>,
}

/// Takes what the last call returned, if there was one, and answers as soon as the next may be made.
async fn exchange(State(desk): State<Arc<Desk>>, Json(returned): Json<Option<Returned>>) -> Response {
    if let Some(returned) = returned
        && desk.returns.send(returned).await.is_err()
    {
        return StatusCode::GONE.into_response();
    }
    match desk.turns.lock().await.recv().await {
        Some(turn) => Json(turn).into_response(),
        None => StatusCode::GONE.into_response(),
    }
}
