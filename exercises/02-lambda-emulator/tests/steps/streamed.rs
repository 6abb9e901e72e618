//! A caller of `InvokeWithResponseStream` that sees each message as it comes.

use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use http_body_util::{BodyExt as _, Full};
use hyper::Request;
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

/// How long a caller waits for the next message.
const LIMIT: Duration = Duration::from_secs(10);

/// A reply that is still coming.
pub struct Stream {
    body: Option<Incoming>,
    read: BytesMut,
    /// What there is to say in place of a message.
    problem: String,
}

/// A message.
pub struct Message {
    /// `PayloadChunk` or `InvokeComplete`.
    pub kind: String,
    /// What it carries.
    pub payload: String,
}

impl Stream {
    /// Invokes a function.
    pub async fn invoke(address: &str, function: &str, event: &Value) -> Self {
        match Self::begin(address, function, event).await {
            Ok(body) => Self { body: Some(body), read: BytesMut::new(), problem: String::new() },
            Err(problem) => Self { body: None, read: BytesMut::new(), problem },
        }
    }

    async fn begin(address: &str, function: &str, event: &Value) -> Result<Incoming, String> {
        let stream = TcpStream::connect(address).await.map_err(|error| error.to_string())?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
            .await
            .map_err(|error| error.to_string())?;
        tokio::spawn(connection);
        let request =
            Request::post(format!("/2021-11-15/functions/{function}/response-streaming-invocations"))
                .header("host", address)
                .body(Full::new(Bytes::from(event.to_string())))
                .map_err(|error| error.to_string())?;
        let reply = tokio::time::timeout(LIMIT, sender.send_request(request));
        match reply.await {
            Ok(Ok(reply)) if reply.status() == 200 => Ok(reply.into_body()),
            Ok(Ok(reply)) => Err(format!("the reply's status is {}", reply.status().as_u16())),
            Ok(Err(_)) => Err("the connection broke".into()),
            Err(_) => Err("no reply".into()),
        }
    }

    /// The next message, or what there was in its place.
    pub async fn next(&mut self) -> Message {
        loop {
            if let Some(message) = self.whole() {
                return message;
            }
            let Some(body) = &mut self.body else { return problem(&self.problem) };
            match tokio::time::timeout(LIMIT, body.frame()).await {
                Ok(Some(Ok(frame))) => self.read.extend_from_slice(frame.data_ref().map_or(&[], |data| data)),
                Ok(Some(Err(_))) => return problem("the connection broke"),
                Ok(None) => return problem("the reply ended"),
                Err(_) => return problem("nothing came"),
            }
        }
    }

    /// The messages up to the last: the chunks' payloads, and then the end's.
    pub async fn rest(&mut self) -> (Vec<String>, Message) {
        let mut chunks = Vec::new();
        loop {
            let message = self.next().await;
            if message.kind != "PayloadChunk" {
                return (chunks, message);
            }
            chunks.push(message.payload);
        }
    }

    fn whole(&mut self) -> Option<Message> {
        let length = self.read.get(..4)?.get_u32() as usize;
        if self.read.len() < length {
            return None;
        }
        let message = self.read.split_to(length);
        let headers = message.get(4..8)?.get_u32() as usize;
        let payload = message.get(12 + headers..length.checked_sub(4)?)?;
        let kind = [&b"PayloadChunk"[..], b"InvokeComplete"]
            .into_iter()
            .find(|kind| message[12..12 + headers].windows(kind.len()).any(|window| window == *kind));
        Some(Message {
            kind: String::from_utf8_lossy(kind.unwrap_or(b"unknown")).into_owned(),
            payload: String::from_utf8_lossy(payload).into_owned(),
        })
    }
}

fn problem(problem: &str) -> Message {
    Message { kind: problem.to_owned(), payload: String::new() }
}
