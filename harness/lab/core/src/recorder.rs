//! The recorder: every request of a lab to DynamoDB passes here, whichever process sent it.

mod direct;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_sdk_dynamodb::Client;
use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::State;
use axum::http::request::Parts;
use axum::http::{Request as HttpRequest, Response, StatusCode};
use axum::response::IntoResponse as _;
use serde_json::Value;

use crate::fault::Fault;
use crate::layer::{Layer, Passed};
use crate::remark::Remarks;
use crate::trace::{Sender, Tracer};
use crate::wire::{MAX_BODY_BYTES, Outgoing, Via, operation};
use crate::{Cost, Effect, Infra, Request, backend, host};
use direct::Direct;

/// Longer documents are forwarded but not kept.
const MAX_KEPT_BYTES: usize = 1024 * 1024;

/// More requests or bytes than this in a test mean that its code runs in circles: the rest is passed on, neither kept nor
/// counted.
const MAX_KEPT_REQUESTS: usize = 20_000;
const MAX_KEPT_BYTES_IN_ALL: usize = 256 * 1024 * 1024;

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
    remarks: Remarks,
    requests: Mutex<Requests>,
}

/// What is kept of the requests so far.
#[derive(Debug, Default)]
struct Requests {
    kept: Vec<Kept>,
    bytes: usize,
}

impl Recorder {
    /// Starts one in front of `backend`, a URL without a path. What the backend says to a malformed request is remarked.
    pub(crate) async fn start(
        backend: &str,
        tracer: Option<Arc<Tracer>>,
        remarks: Remarks,
    ) -> Result<Self, Infra> {
        let log = Arc::new(Log {
            backend: backend.to_owned(),
            layer: Layer::default(),
            tracer,
            remarks,
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
        self.log.requests().kept.iter().map(Kept::request).collect()
    }

    /// How many requests of each operation were recorded so far.
    pub(crate) fn counts(&self) -> BTreeMap<String, usize> {
        self.log.requests().kept.iter().fold(BTreeMap::new(), |mut counts, kept| {
            *counts.entry(operation(&kept.target).to_owned()).or_default() += 1;
            counts
        })
    }

    /// A client of this process's own, whose requests are recorded where it sends them, without a second connection.
    pub(crate) fn client(&self) -> Client {
        backend::client_through(&self.url, Direct::new(self.log.clone()))
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
        *self.log.requests() = Requests::default();
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
    let (head, body) = request.into_parts();
    let Ok(body) = to_bytes(body, MAX_BODY_BYTES).await else {
        return (StatusCode::PAYLOAD_TOO_LARGE, "the lab's recorder takes 17 MB at most").into_response();
    };
    let passed = log.take(head, body, Via::Pool).await;
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
    Response::new(Body::from_stream(tokio_stream::once(Err::<Bytes, _>(broken))))
}

impl Log {
    /// Takes a request to the backend, through the layer where that is on, and keeps both it and its answer.
    async fn take(&self, mut head: Parts, body: Bytes, via: Via) -> Passed {
        let arrived = self
            .tracer
            .as_ref()
            .map(|tracer| Arrived { at_us: tracer.now_us(), sender: Sender::take(&mut head.headers) });
        let outgoing = Outgoing {
            backend: self.backend.clone(),
            method: head.method,
            path: head.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned(),
            headers: head.headers,
            body: body.clone(),
            via,
        };
        let target = outgoing.target().to_owned();
        let again = arrived.is_some().then(|| outgoing.clone());
        let passed = if self.layer.is_on() {
            self.layer.pass(outgoing).await
        } else {
            outgoing.send().await.map(Passed::untouched)
        };
        let passed = match passed {
            Ok(passed) => passed,
            // The reader's code must not be the one to tell this.
            Err(reason) => Infra::WentAway { url: self.backend.clone(), reason }.abort(),
        };
        let kept = Kept::of(target, &body, &passed);
        if passed.answer.status == StatusCode::BAD_REQUEST && passed.fault.is_none() {
            self.remarks.refusal(&kept.request());
        }
        if let (Some(arrived), Some(outgoing)) = (arrived, again) {
            self.trace(arrived, &outgoing, kept.request()).await;
        }
        self.requests().keep(kept);
        passed
    }

    fn requests(&self) -> MutexGuard<'_, Requests> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner)
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

impl Requests {
    fn keep(&mut self, request: Kept) {
        let bytes = self.bytes + request.body.len() + request.answer.len();
        if self.kept.len() < MAX_KEPT_REQUESTS && bytes <= MAX_KEPT_BYTES_IN_ALL {
            self.kept.push(request);
            self.bytes = bytes;
        }
    }
}

/// A request and its answer as they went over the wire; read when somebody asks for them.
#[derive(Debug)]
struct Kept {
    target: String,
    body: Bytes,
    status: u16,
    answer: Bytes,
    cost: Option<Cost>,
    effect: Option<Effect>,
    fault: Option<&'static str>,
}

impl Kept {
    fn of(target: String, body: &Bytes, passed: &Passed) -> Self {
        let short = |bytes: &Bytes| if bytes.len() > MAX_KEPT_BYTES { Bytes::new() } else { bytes.clone() };
        Self {
            target,
            body: short(body),
            status: passed.answer.status.as_u16(),
            answer: short(&passed.answer.body),
            cost: passed.cost.clone(),
            effect: passed.effect.clone(),
            fault: passed.fault,
        }
    }

    fn request(&self) -> Request {
        let request = Request::read(&self.target, document(&self.body), self.status, document(&self.answer));
        Request {
            cost: self.cost.clone(),
            effect: self.effect.clone(),
            fault: self.fault.map(Cow::Borrowed),
            ..request
        }
    }
}

fn document(body: &[u8]) -> Value {
    serde_json::from_slice(body).unwrap_or(Value::Null)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_runs_in_circles_fills_no_memory() {
        let megabyte = Bytes::from(vec![b' '; MAX_KEPT_BYTES]);
        let kept = || Kept {
            target: String::new(),
            body: megabyte.clone(),
            status: 200,
            answer: megabyte.clone(),
            cost: None,
            effect: None,
            fault: None,
        };
        let mut requests = Requests::default();
        for _ in 0..1000 {
            requests.keep(kept());
        }
        assert_eq!(requests.kept.len(), MAX_KEPT_BYTES_IN_ALL / (2 * MAX_KEPT_BYTES));
    }
}
