//! The lab's control protocol, as a client: HTTP/1.1 on 127.0.0.1.

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::{Request, Response, StatusCode};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Bytes of an answer that is read whole; ours.
const ANSWER_BYTES: usize = 64 * 1024;

/// A client of one control server.
#[derive(Clone, Debug)]
pub struct Control {
    url: String,
    client: Client<HttpConnector, Full<Bytes>>,
}

/// Why the control server could not be asked.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    /// Nothing usable came back.
    #[error("{url}: {message}")]
    Unreachable {
        /// What was asked.
        url: String,
        /// What went wrong.
        message: String,
    },
    /// It said no.
    #[error("{url} answered {status}: {body}")]
    Refused {
        /// What was asked.
        url: String,
        /// The status.
        status: StatusCode,
        /// Its words.
        body: String,
    },
}

impl Control {
    /// A client of the control server at `url`, such as `http://127.0.0.1:4000`.
    pub fn new(url: impl Into<String>) -> Self {
        let client = Client::builder(TokioExecutor::new()).build_http();
        Self { url: url.into().trim_end_matches('/').to_owned(), client }
    }

    /// Asks for a JSON document.
    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, ControlError> {
        let request = Request::get(format!("{}{path}", self.url)).body(Full::default());
        let response = self.send(path, request).await?;
        let body = self.read(path, response).await?;
        serde_json::from_slice(&body).map_err(|error| self.unreachable(path, &error))
    }

    /// Sends a JSON document; the answer's body is the caller's to read.
    pub async fn post(
        &self,
        path: &str,
        document: &(impl Serialize + Sync),
    ) -> Result<Response<Incoming>, ControlError> {
        let body = serde_json::to_vec(document).map_err(|error| self.unreachable(path, &error))?;
        let request = Request::post(format!("{}{path}", self.url))
            .header("content-type", "application/json")
            .body(Full::from(body));
        self.send(path, request).await
    }

    async fn send(
        &self,
        path: &str,
        request: Result<Request<Full<Bytes>>, hyper::http::Error>,
    ) -> Result<Response<Incoming>, ControlError> {
        let request = request.map_err(|error| self.unreachable(path, &error))?;
        let response = self.client.request(request).await.map_err(|error| self.unreachable(path, &error))?;
        if response.status().is_success() {
            return Ok(response);
        }
        let status = response.status();
        let body = String::from_utf8_lossy(&self.read(path, response).await?).into_owned();
        Err(ControlError::Refused { url: format!("{}{path}", self.url), status, body })
    }

    async fn read(&self, path: &str, response: Response<Incoming>) -> Result<Bytes, ControlError> {
        let body = Limited::new(response.into_body(), ANSWER_BYTES);
        let body = body.collect().await.map_err(|error| self.unreachable(path, &error))?;
        Ok(body.to_bytes())
    }

    fn unreachable(&self, path: &str, error: &dyn std::fmt::Display) -> ControlError {
        ControlError::Unreachable { url: format!("{}{path}", self.url), message: error.to_string() }
    }
}
