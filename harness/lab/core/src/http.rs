//! A plain HTTP client whose every outcome can be observed.

use std::collections::BTreeMap;
use std::sync::OnceLock;
use std::time::Duration;

use axum::body::Bytes;
use axum::http::{HeaderName, HeaderValue, Method, Request, Response, Uri};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

use crate::{BoxFuture, host};

/// A server under test that has not answered after this long is said not to answer.
pub(crate) const LIMIT: Duration = Duration::from_secs(10);

/// No reply of a server under test is read past this: Lambda's largest payload is 6 MB, streamed 200 MB.
const MAX_REPLY_BYTES: usize = 256 * 1024 * 1024;

/// The connections of all labs of the process.
pub(crate) type Pool = Client<HttpConnector, Full<Bytes>>;

static POOL: OnceLock<Pool> = OnceLock::new();

/// The pool. Its connections are driven by the lab's own runtime: use it through [`host::run`].
pub(crate) fn pool() -> Pool {
    POOL.get_or_init(|| {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        Client::builder(TokioExecutor::new()).build(connector)
    })
    .clone()
}

/// A server's reply, or the reason why there was none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reply {
    /// The HTTP status; 0 where there was no reply.
    pub status: u16,
    /// The headers by lower-case name; of a repeated one the last.
    pub headers: BTreeMap<String, String>,
    /// The body. Where there was no reply, the reason in words.
    pub payload: Vec<u8>,
}

impl Reply {
    /// No reply came, for this reason.
    pub fn none(reason: impl Into<String>) -> Self {
        Self { status: 0, headers: BTreeMap::new(), payload: reason.into().into_bytes() }
    }

    /// Whether a reply came, whatever it says.
    pub fn arrived(&self) -> bool {
        self.status != 0
    }

    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(&name.to_ascii_lowercase()).map(String::as_str)
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.payload).into_owned()
    }

    /// The body as JSON; as a JSON string where it is none, so that it can be observed all the same.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.payload).unwrap_or_else(|_| Value::String(self.text()))
    }

    /// `Unhandled` or the like, where Lambda says that the function failed.
    pub fn function_error(&self) -> Option<&str> {
        self.header("x-amz-function-error")
    }

    /// The last 4 KB of the function's log, where it was asked for.
    pub fn log_tail(&self) -> Option<String> {
        use base64::Engine as _;
        let tail = self.header("x-amz-log-result")?;
        let tail = base64::engine::general_purpose::STANDARD.decode(tail).ok()?;
        Some(String::from_utf8_lossy(&tail).into_owned())
    }
}

/// A client of one server.
#[derive(Clone, Debug)]
pub struct Http {
    base: String,
    limit: Duration,
}

impl Http {
    /// A client of the server at `address`, such as `127.0.0.1:8080`.
    pub fn new(address: impl std::fmt::Display) -> Self {
        let address = address.to_string();
        let base = if address.contains("://") { address } else { format!("http://{address}") };
        Self { base: base.trim_end_matches('/').to_owned(), limit: LIMIT }
    }

    /// The client with another limit than 10 seconds for a whole exchange.
    #[must_use]
    pub fn limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// GET `path`, which begins with a slash.
    pub fn get<'a>(&'a self, path: &'a str) -> BoxFuture<'a, Reply> {
        self.request("GET", path, &[], Vec::new())
    }

    /// POST `body` to `path`.
    pub fn post<'a>(
        &'a self,
        path: &'a str,
        headers: &'a [(&'a str, &'a str)],
        body: impl Into<Vec<u8>>,
    ) -> BoxFuture<'a, Reply> {
        self.request("POST", path, headers, body.into())
    }

    /// Any request. A connection error and a missed limit are replies that did not arrive.
    pub fn request<'a>(
        &'a self,
        method: &'a str,
        path: &'a str,
        headers: &'a [(&'a str, &'a str)],
        body: Vec<u8>,
    ) -> BoxFuture<'a, Reply> {
        Box::pin(self.send(method, path, headers, body))
    }

    async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Reply {
        let request = match build(method, &format!("{}{path}", self.base), headers, body) {
            Ok(request) => request,
            Err(reason) => return Reply::none(reason),
        };
        let limit = self.limit;
        host::run(async move {
            match tokio::time::timeout(limit, exchange(request)).await {
                Ok(Ok(reply)) => reply,
                Ok(Err(reason)) => Reply::none(reason),
                Err(_) => Reply::none(format!("no reply within {} s", limit.as_secs_f32())),
            }
        })
        .await
    }
}

fn build(
    method: &str,
    url: &str,
    headers: &[(&str, &str)],
    body: Vec<u8>,
) -> Result<Request<Full<Bytes>>, String> {
    let mut request = Request::new(Full::new(Bytes::from(body)));
    *request.method_mut() = Method::from_bytes(method.as_bytes()).map_err(|error| error.to_string())?;
    *request.uri_mut() = url.parse::<Uri>().map_err(|error| format!("{url}: {error}"))?;
    for (name, value) in headers {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|error| format!("{name}: {error}"))?;
        let value = HeaderValue::from_str(value).map_err(|error| format!("{name}: {error}"))?;
        request.headers_mut().append(name, value);
    }
    Ok(request)
}

async fn exchange(request: Request<Full<Bytes>>) -> Result<Reply, String> {
    let response = pool().request(request).await.map_err(|error| {
        if error.is_connect() {
            "nothing listens there".to_owned()
        } else {
            "the connection broke".to_owned()
        }
    })?;
    let (head, body) = Response::into_parts(response);
    let headers = head
        .headers
        .iter()
        .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
        .collect();
    let body = Limited::new(body, MAX_REPLY_BYTES).collect().await;
    let payload = body.map_err(|_| "the reply broke off".to_owned())?.to_bytes().to_vec();
    Ok(Reply { status: head.status.as_u16(), headers, payload })
}
