//! The lab's control server: processes ask it for environments, for the time, and tell it where they listen.

use std::collections::{BTreeMap, HashMap};
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::{Body, Bytes};
use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};
use tokio_stream::StreamExt as _;
use tokio_stream::wrappers::ReceiverStream;

use crate::process::{Event, Process};
use crate::server::Processes;
use crate::subject::{Guard, Ties};
use crate::{Clock, Infra, host};

/// The control server of one lab.
#[derive(Debug)]
pub(crate) struct Control {
    /// `http://127.0.0.1:1234`.
    pub(crate) url: String,
    /// The same for a submission: what is only for the lab's own is not there.
    pub(crate) subjects_url: String,
    pub(crate) desk: Desk,
    servers: [tokio::task::JoinHandle<()>; 2],
}

#[derive(Clone, Debug)]
pub(crate) struct Desk {
    clock: Clock,
    processes: Arc<Processes>,
    pub(crate) listening: Arc<Listening>,
    /// The server in a cell that asks at this desk, if it is one's own.
    asker: Option<Guard>,
}

/// Who waits for a process to say where it listens, by the process's instance.
#[derive(Debug, Default)]
pub(crate) struct Listening(Mutex<HashMap<String, oneshot::Sender<String>>>);

impl Listening {
    /// The address of the process started as `instance`, once it says so.
    pub(crate) fn expect(&self, instance: &str) -> oneshot::Receiver<String> {
        let (sender, receiver) = oneshot::channel();
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(instance.to_owned(), sender);
        receiver
    }

    fn told(&self, instance: &str, address: String) {
        let waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(instance);
        if let Some(waiting) = waiting {
            let _ = waiting.send(address);
        }
    }
}

impl Control {
    pub(crate) async fn start(
        clock: Clock,
        listening: Arc<Listening>,
        processes: Arc<Processes>,
    ) -> Result<Self, Infra> {
        let desk = Desk { clock, processes, listening, asker: None };
        let time = Router::new().route("/clock", get(now)).route("/clock/wait", get(wait));
        let subjects = time.clone().with_state(desk.clone());
        let router = time
            .route("/environments", post(environment))
            .route("/listening", post(listens))
            .with_state(desk.clone());
        let (url, server) = host::run(host::serve(router)).await?;
        let (subjects_url, subjects_server) = host::run(host::serve(subjects)).await?;
        Ok(Self { url, subjects_url, desk, servers: [server, subjects_server] })
    }
}

/// Environments that a server in a cell may have at a time.
const ENVIRONMENTS: usize = 128;

/// Bytes of the variables of such an environment as a document; Lambda has 4 KiB, and the system a limit, too.
const VARIABLES_BYTES: usize = 64 * 1024;

/// A control server for one server in a cell. It ends when this is dropped.
#[derive(Debug)]
pub(crate) struct OwnControl {
    /// `127.0.0.1:1234`.
    pub(crate) address: String,
    server: tokio::task::JoinHandle<()>,
}

impl Drop for OwnControl {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Desk {
    /// Opens a control server for the cell whose guard `asker` will be.
    pub(crate) async fn open_for(&self, asker: Guard) -> Result<OwnControl, Infra> {
        let desk = Self { asker: Some(asker), ..self.clone() };
        let router = Router::new()
            .route("/clock", get(now))
            .route("/clock/wait", get(wait))
            .route("/environments", post(environment))
            .with_state(desk);
        let (url, server) = host::run(host::serve(router)).await?;
        Ok(OwnControl { address: url.trim_start_matches("http://").to_owned(), server })
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        for server in &self.servers {
            server.abort();
        }
    }
}

async fn now(State(desk): State<Desk>) -> Json<Value> {
    Json(json!({ "now_ms": desk.clock.now_ms() }))
}

#[derive(Deserialize)]
struct Wait {
    until_ms: u64,
}

async fn wait(State(desk): State<Desk>, Query(wait): Query<Wait>) -> Json<Value> {
    desk.clock.sleep_until(wait.until_ms).await;
    now(State(desk)).await
}

#[derive(Deserialize)]
struct Listens {
    role: String,
    address: String,
    instance: Option<String>,
}

async fn listens(State(desk): State<Desk>, Json(listens): Json<Listens>) -> StatusCode {
    desk.listening.told(&listens.instance.unwrap_or(listens.role), listens.address);
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
struct Environment {
    function: String,
    #[serde(default)]
    variables: BTreeMap<String, String>,
}

/// A submission's wish that the system refuses must not look like trouble with the tools.
fn can_be_set(variables: &BTreeMap<String, String>) -> bool {
    // They travel in a document, in which a character may take six bytes.
    let bytes = serde_json::to_string(variables).map_or(usize::MAX, |document| document.len());
    let odd = |name: &str, value: &str| name.is_empty() || name.contains(['=', '\0']) || value.contains('\0');
    bytes <= VARIABLES_BYTES && !variables.iter().any(|(name, value)| odd(name, value))
}

/// Starts a function process and streams what it does. A client that closes the connection kills it.
async fn environment(State(desk): State<Desk>, Json(wanted): Json<Environment>) -> Response {
    if !desk.processes.has_role(&wanted.function).await {
        let message = format!("there is no function {}", wanted.function);
        return (StatusCode::NOT_FOUND, Json(json!({ "message": message }))).into_response();
    }
    if desk.asker.is_some() && desk.processes.running() >= ENVIRONMENTS {
        let message = format!("there are {ENVIRONMENTS} environments");
        return (StatusCode::TOO_MANY_REQUESTS, Json(json!({ "message": message }))).into_response();
    }
    if desk.asker.is_some() && !can_be_set(&wanted.variables) {
        let message = "these are no variables that a process can have";
        return (StatusCode::BAD_REQUEST, Json(json!({ "message": message }))).into_response();
    }
    let ties = Ties { asked_by: desk.asker.clone(), ..Ties::default() };
    let (process, events) = match desk.processes.start(&wanted.function, &wanted.variables, ties).await {
        Ok(started) => started,
        Err(infra) => infra.abort(),
    };
    let lines = Lines::of(process, events);
    ([(header::CONTENT_TYPE, "application/x-ndjson")], Body::from_stream(lines)).into_response()
}

/// The body of the answer. It owns the process: when the connection goes, so does the process.
struct Lines {
    _process: Process,
    lines: std::pin::Pin<Box<dyn tokio_stream::Stream<Item = Result<Bytes, Infallible>> + Send>>,
}

impl Lines {
    fn of(process: Process, events: mpsc::Receiver<Event>) -> Self {
        let started = line(&json!({ "event": "started", "pid": process.pid }));
        let lines = tokio_stream::once(started)
            .chain(ReceiverStream::new(events).map(|event| line(&document(event))));
        Self { _process: process, lines: Box::pin(lines.map(Ok)) }
    }
}

impl tokio_stream::Stream for Lines {
    type Item = Result<Bytes, Infallible>;

    fn poll_next(
        mut self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Self::Item>> {
        self.lines.as_mut().poll_next(context)
    }
}

fn document(event: Event) -> Value {
    match event {
        Event::Output { stream, text } => json!({ "event": "output", "stream": stream.name(), "text": text }),
        Event::Exit { signal: Some(signal), .. } => json!({ "event": "exit", "signal": signal }),
        Event::Exit { code, .. } => json!({ "event": "exit", "code": code }),
    }
}

fn line(document: &Value) -> Bytes {
    Bytes::from(format!("{document}\n"))
}
