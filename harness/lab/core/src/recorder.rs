//! The recorder: every request of a lab to DynamoDB passes here, whichever process sent it.

use std::borrow::Cow;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::{Request as HttpRequest, Response, StatusCode};
use axum::response::IntoResponse as _;
use serde_json::Value;

use crate::fault::Fault;
use crate::layer::{Layer, Passed};
use crate::trace::{Sender, Tracer};
use crate::wire::{MAX_BODY_BYTES, Outgoing};
use crate::{Infra, Request, host};

/// Longer documents are forwarded but not kept.
const MAX_KEPT_BYTES: usize = 1024 * 1024;

/// More requests than this in a test mean that its code runs in circles: the rest is counted, not kept.
const MAX_KEPT_REQUESTS: usize = 20_000;

/// A proxy in front of the backend.
#[derive(Debug)]
pub(crate) struct Recorder {
    /// Where it listens: `http://127.0.0.1:1234`.
    pub(crate) url: String,
    log: Arc<Log>,
    server: tokio::task::JoinHandle<()>,
}

#[derive(Debug)]
struct Log {
    backend: String,
    layer: Layer,
    tracer: Option<Arc<Tracer>>,
    requests: Mutex<Vec<Request>>,
}

impl Recorder {
    /// Starts one in front of `backend`, a URL without a path.
    pub(crate) async fn start(backend: &str, tracer: Option<Arc<Tracer>>) -> Result<Self, Infra> {
        let log = Arc::new(Log {
            backend: backend.to_owned(),
            layer: Layer::default(),
            tracer,
            requests: Mutex::default(),
        });
        if log.tracer.is_some() {
            // Whoever looks at a trace wants to see what things cost.
            log.layer.measure();
        }
        let router = Router::new().fallback(forward).with_state(log.clone());
        let (url, server) = host::run(host::serve(router)).await?;
        Ok(Self { url, log, server })
    }

    /// What was recorded so far, in the order in which the responses were there.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.log.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Measures what each request costs, from now on.
    pub(crate) fn measure(&self) {
        self.log.layer.measure();
    }

    /// Lets these things go wrong, from now on.
    pub(crate) fn inject(&self, faults: Vec<Fault>) {
        self.log.layer.inject(faults);
    }

    /// Forgets what was recorded so far.
    pub(crate) fn forget(&self) {
        self.log.requests.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// What is known of a request that is traced before it is answered.
struct Arrived {
    at_us: u64,
    sender: Sender,
}

async fn forward(State(log): State<Arc<Log>>, request: HttpRequest<Body>) -> Response<Body> {
    let (mut head, body) = request.into_parts();
    let Ok(body) = to_bytes(body, MAX_BODY_BYTES).await else {
        return (StatusCode::PAYLOAD_TOO_LARGE, "the lab's recorder takes 17 MB at most").into_response();
    };
    let arrived = log
        .tracer
        .as_ref()
        .map(|tracer| Arrived { at_us: tracer.now_us(), sender: Sender::take(&mut head.headers) });
    let outgoing = Outgoing {
        backend: log.backend.clone(),
        method: head.method,
        path: head.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned(),
        headers: head.headers,
        body: body.clone(),
    };
    let target = outgoing.target().to_owned();
    let again = arrived.is_some().then(|| outgoing.clone());
    let passed = if log.layer.is_on() {
        log.layer.pass(outgoing).await
    } else {
        outgoing.send().await.map(Passed::untouched)
    };
    let passed = match passed {
        Ok(passed) => passed,
        // The reader's code must not be the one to tell this.
        Err(reason) => Infra::WentAway { url: log.backend.clone(), reason }.abort(),
    };
    let kept = log.keep(&target, &body, &passed);
    if let (Some(arrived), Some(outgoing), Some(request)) = (arrived, again, kept) {
        log.trace(arrived, &outgoing, request).await;
    }
    if passed.lost {
        return cut_off();
    }
    let mut reply = Response::new(Body::from(passed.answer.body));
    *reply.status_mut() = passed.answer.status;
    *reply.headers_mut() = passed.answer.headers;
    reply
}

/// A response that never gets as far as its first byte: its body fails, and with it the connection.
fn cut_off() -> Response<Body> {
    let broken = std::io::Error::new(std::io::ErrorKind::ConnectionAborted, "the answer is lost");
    Response::new(Body::from_stream(tokio_stream::once(Err::<axum::body::Bytes, _>(broken))))
}

impl Log {
    /// Keeps the request, and says what it keeps where it is traced.
    fn keep(&self, target: &str, body: &[u8], passed: &Passed) -> Option<Request> {
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        if requests.len() < MAX_KEPT_REQUESTS {
            let answer = &passed.answer;
            let request =
                Request::read(target, document(body), answer.status.as_u16(), document(&answer.body));
            let request =
                Request { cost: passed.cost.clone(), fault: passed.fault.map(Cow::Borrowed), ..request };
            let traced = self.tracer.is_some().then(|| request.clone());
            requests.push(request);
            return traced;
        }
        None
    }

    /// Traces a request, with the keys of its tables: by them its items are known.
    async fn trace(&self, arrived: Arrived, outgoing: &Outgoing, request: Request) {
        let Some(tracer) = &self.tracer else { return };
        let end_us = tracer.now_us();
        let mut keys = std::collections::HashMap::new();
        for table in request.tables.iter().filter(|table| !tracer.knows(table)) {
            keys.extend(self.layer.keys(outgoing, table).await);
        }
        tracer.requested((arrived.at_us, end_us), arrived.sender, request, keys);
    }
}

fn document(body: &[u8]) -> Value {
    if body.len() > MAX_KEPT_BYTES {
        return Value::Null;
    }
    serde_json::from_slice(body).unwrap_or(Value::Null)
}
