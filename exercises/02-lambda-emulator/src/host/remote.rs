//! Environments that the lab starts.
//!
//! `POST /environments` stays open as long as the process lives and tells what it does, a JSON document a
//! line. Closing the connection kills the process, so an emulator that dies leaves nothing behind.

use futures::future::BoxFuture;
use http_body_util::BodyExt;
use hyper::StatusCode;
use hyper::body::Incoming;
use serde::Deserialize;
use tokio::sync::mpsc;

use super::control::{Control, ControlError};
use super::{Event, Exit, Host, HostError, Process, Start};

/// Events of one environment that wait to be read.
const EVENTS: usize = 64;

/// Asks the lab's control server for environments.
#[derive(Clone, Debug)]
pub struct RemoteHost {
    control: Control,
}

impl RemoteHost {
    /// A host behind the control server at `url`, such as `http://127.0.0.1:4000`.
    pub fn new(url: impl Into<String>) -> Self {
        Self { control: Control::new(url) }
    }
}

impl Host for RemoteHost {
    fn start(&self, start: Start) -> BoxFuture<'_, Result<Process, HostError>> {
        Box::pin(async move {
            let document = serde_json::json!({ "function": start.function, "variables": start.variables });
            let response = match self.control.post("/environments", &document).await {
                Err(ControlError::Refused { status: StatusCode::NOT_FOUND, .. }) => {
                    return Err(HostError::Unknown(start.function));
                }
                other => other?,
            };
            let (sender, events) = mpsc::channel(EVENTS);
            let life = tokio::spawn(read(response.into_body(), sender)).abort_handle();
            Ok(Process { events, life })
        })
    }
}

#[derive(Deserialize)]
#[serde(tag = "event", rename_all = "lowercase")]
enum Line {
    Started {},
    Output { text: String },
    Exit { code: Option<i32>, signal: Option<i32> },
}

/// Turns the lab's lines into events. Dropping this future closes the connection.
async fn read(mut body: Incoming, events: mpsc::Sender<Event>) {
    let mut text = Vec::new();
    while let Some(Ok(frame)) = body.frame().await {
        let Ok(data) = frame.into_data() else { continue };
        text.extend_from_slice(&data);
        while let Some(end) = text.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = text.drain(..=end).collect();
            let event = match serde_json::from_slice(&line) {
                Ok(Line::Output { text }) => Event::Output(text),
                Ok(Line::Exit { code: Some(code), .. }) => Event::Exited(Exit::Code(code)),
                Ok(Line::Exit { signal: Some(signal), .. }) => Event::Exited(Exit::Signal(signal)),
                Ok(Line::Exit { .. }) => Event::Exited(Exit::Unknown),
                Ok(Line::Started {}) | Err(_) => continue,
            };
            let last = matches!(event, Event::Exited(_));
            if events.send(event).await.is_err() || last {
                return;
            }
        }
    }
    let _ = events.send(Event::Exited(Exit::Unknown)).await;
}
