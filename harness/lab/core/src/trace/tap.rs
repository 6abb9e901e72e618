//! A tap on a process's connections: it hands on every byte, and tells the tracer what went by.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

use super::Tracer;
use super::framing::{Framing, Part, Side, header, status};
use crate::Infra;

/// The header by which a request to DynamoDB says whose it is; the recorder takes it off.
pub(crate) const SENDER: &str = "x-lab-sender";

/// Of a body so much is kept, to read an event or the type of an error from.
const KEPT_BYTES: usize = 4 * 1024;

/// What is read at once.
const BUFFER_BYTES: usize = 16 * 1024;

/// What a tap is between.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Between {
    /// An execution environment and the emulator's Runtime API.
    RuntimeApi,
    /// A process and DynamoDB.
    Database,
}

/// An open tap. Dropping it closes it, and every connection through it.
#[derive(Debug)]
pub(crate) struct Tap {
    /// Where it listens: `127.0.0.1:1234`.
    pub(crate) address: String,
    keeper: tokio::task::JoinHandle<()>,
}

impl Drop for Tap {
    fn drop(&mut self) {
        self.keeper.abort();
    }
}

impl Tap {
    /// Opens one in front of `target`, which is `127.0.0.1:1234`. Call it on the lab's runtime.
    pub(crate) async fn open(
        target: String,
        between: Between,
        process: u32,
        tracer: Arc<Tracer>,
    ) -> Result<Self, Infra> {
        let listener = TcpListener::bind("127.0.0.1:0").await.map_err(Infra::Port)?;
        let address = listener.local_addr().map_err(Infra::Port)?.to_string();
        let keeper = tokio::spawn(async move {
            // Aborted with the keeper, as the set is dropped with it.
            let mut connections = tokio::task::JoinSet::new();
            loop {
                while connections.try_join_next().is_some() {}
                let Ok((stream, _)) = listener.accept().await else { continue };
                let ear = Ear { between, process, tracer: tracer.clone(), asked: Mutex::default() };
                connections.spawn(carry(stream, target.clone(), ear));
            }
        });
        Ok(Self { address, keeper })
    }
}

async fn carry(inside: TcpStream, target: String, ear: Ear) {
    let Ok(outside) = TcpStream::connect(target).await else { return };
    let _ = (inside.set_nodelay(true), outside.set_nodelay(true));
    let ((from_inside, to_inside), (from_outside, to_outside)) = (inside.into_split(), outside.into_split());
    let ear = &ear;
    // Where one direction breaks, the other is over too, as it would be without a tap.
    let _ = tokio::try_join!(
        one_way(from_inside, to_outside, Side::Requests, ear),
        one_way(from_outside, to_inside, Side::Responses, ear)
    );
}

async fn one_way(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    side: Side,
    ear: &Ear,
) -> std::io::Result<()> {
    let mut framing = Framing::new(side);
    let mut kept = Kept::default();
    let mut buffer = vec![0; BUFFER_BYTES];
    loop {
        let read = from.read(&mut buffer).await?;
        if read == 0 {
            return to.shutdown().await;
        }
        let out = framing.feed(&buffer[..read], |part| ear.hear(side, part, &mut kept));
        to.write_all(&out).await?;
    }
}

/// What of a message is remembered until it is whole.
#[derive(Debug, Default)]
struct Kept {
    head: String,
    body: Vec<u8>,
    at_us: u64,
    asked: Option<Asked>,
}

/// What a connection waits for an answer to.
#[derive(Clone, Debug)]
enum Asked {
    Next,
    /// It says how an invocation ended.
    Done {
        request_id: String,
        error: Option<String>,
    },
    /// A request to DynamoDB, by its number.
    Request(u64),
    Other,
}

struct Ear {
    between: Between,
    process: u32,
    tracer: Arc<Tracer>,
    asked: Mutex<VecDeque<Asked>>,
}

impl Ear {
    fn hear(&self, side: Side, part: Part<'_>, kept: &mut Kept) -> Option<String> {
        match part {
            Part::Head(head) => {
                *kept = Kept { head: head.to_owned(), at_us: self.tracer.now_us(), ..Kept::default() };
                match side {
                    Side::Requests => self.begins_to_ask(head),
                    Side::Responses => {
                        kept.asked = self.asked().pop_front();
                        self.begins_to_answer(kept);
                        None
                    }
                }
            }
            Part::Body(bytes) => {
                let room = KEPT_BYTES - kept.body.len();
                kept.body.extend_from_slice(&bytes[..bytes.len().min(room)]);
                None
            }
            Part::End => {
                match side {
                    Side::Requests => self.has_asked(kept),
                    Side::Responses => self.has_answered(kept),
                }
                None
            }
        }
    }

    fn asked(&self) -> std::sync::MutexGuard<'_, VecDeque<Asked>> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begins_to_ask(&self, head: &str) -> Option<String> {
        if self.between == Between::Database {
            let number = self.tracer.next_number();
            self.asked().push_back(Asked::Request(number));
            return Some(head.replacen("\r\n", &format!("\r\n{SENDER}: {}.{number}\r\n", self.process), 1));
        }
        let path = path(head);
        let asked = if path.ends_with("/runtime/invocation/next") {
            self.tracer.ready(self.process);
            Asked::Next
        } else if let Some((request_id, _)) =
            path.split_once("/runtime/invocation/").and_then(|(_, rest)| rest.split_once('/'))
        {
            Asked::Done { request_id: request_id.to_owned(), error: None }
        } else {
            Asked::Other
        };
        self.asked().push_back(asked);
        None
    }

    fn has_asked(&self, kept: &Kept) {
        let path = path(&kept.head);
        if self.between == Between::Database || !path.ends_with("/error") {
            return;
        }
        let named: Option<Value> = serde_json::from_slice(&kept.body).ok();
        let named = named.as_ref().and_then(|body| body["errorType"].as_str());
        let kind = named.or(header(&kept.head, "lambda-runtime-function-error-type")).unwrap_or("error");
        if path.ends_with("/init/error") {
            self.tracer.init_failed(self.process, kind);
        } else if let Some(Asked::Done { error, .. }) = self.asked().back_mut() {
            *error = Some(kind.to_owned());
        }
    }

    fn begins_to_answer(&self, kept: &Kept) {
        match &kept.asked {
            Some(Asked::Request(number)) => self.tracer.reached(*number),
            Some(Asked::Done { request_id, error }) if is_success(&kept.head) => {
                self.tracer.answered(self.process, request_id, error.clone());
            }
            _ => {}
        }
    }

    fn has_answered(&self, kept: &Kept) {
        let request_id = header(&kept.head, "lambda-runtime-aws-request-id");
        if let (Some(Asked::Next), Some(request_id)) = (&kept.asked, request_id)
            && is_success(&kept.head)
        {
            self.tracer.given(self.process, request_id, kept.at_us, &kept.body);
        }
    }
}

fn path(head: &str) -> &str {
    head.split(' ').nth(1).unwrap_or_default()
}

fn is_success(head: &str) -> bool {
    status(head).is_some_and(|status| (200..300).contains(&status))
}
