//! A streamed response: whatever frames a runtime sends, the caller gets its bytes in order and then one end.
#![no_main]

use std::convert::Infallible;
use std::sync::LazyLock;

use bytes::Bytes;
use futures::stream;
use http_body_util::{BodyExt, StreamBody};
use hyper::HeaderMap;
use hyper::body::Frame;
use hyper::header::{HeaderName, HeaderValue};
use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use solution_2::core::invocation::{Answer, Chunk, Streamed};
use solution_2::server::emulator::Completed;
use solution_2::server::{event_stream, response_stream};
use tokio::sync::mpsc;

#[derive(Arbitrary, Debug)]
enum Part {
    Data(Vec<u8>),
    ErrorType(Vec<u8>),
    ErrorBody(Vec<u8>),
    Other(Vec<u8>, Vec<u8>),
}

static RUNTIME: LazyLock<tokio::runtime::Runtime> =
    LazyLock::new(|| tokio::runtime::Builder::new_current_thread().build().expect("a runtime can be made"));

fuzz_target!(|input: (Vec<Part>, Option<String>, Option<String>)| {
    let (parts, content_type, log) = input;
    RUNTIME.block_on(async move {
        let sent: Vec<u8> = parts.iter().filter_map(|part| data(part)).flatten().copied().collect();
        let (sender, mut receiver) = mpsc::channel(parts.len() + 1);
        let frames = parts.iter().filter_map(frame).map(Ok::<_, Infallible>).collect::<Vec<_>>();
        response_stream::pass_on(StreamBody::new(stream::iter(frames)), &sender).await;
        drop(sender);
        let mut chunks = Vec::new();
        while let Some(chunk) = receiver.recv().await {
            chunks.push(chunk);
        }
        let (end, before) = chunks.split_last().expect("there is an end");
        assert!(!matches!(end, Chunk::Data(_)), "the last is an end");
        let passed: Vec<u8> = before
            .iter()
            .flat_map(|chunk| match chunk {
                Chunk::Data(data) => data.clone(),
                end => panic!("{end:?} in the middle"),
            })
            .collect();
        assert_eq!(passed, sent);
        told(chunks, content_type, log, &sent).await;
    });
});

/// The caller's messages have both checksums, and the same bytes.
async fn told(chunks: Vec<Chunk>, content_type: Option<String>, log: Option<String>, sent: &[u8]) {
    let (sender, receiver) = mpsc::channel(chunks.len());
    for chunk in chunks {
        sender.try_send(chunk).expect("there is room");
    }
    drop(sender);
    let answer = Answer::Stream(Streamed { content_type, chunks: receiver, ended: None });
    let reply = event_stream::reply("request", Completed { answer, log });
    let body = reply.into_body().collect().await.expect("the body cannot fail").to_bytes();
    let (mut rest, mut payloads, mut ends) = (&body[..], Vec::new(), 0);
    while !rest.is_empty() {
        let number =
            |at: usize| u32::from_be_bytes(rest[at..at + 4].try_into().expect("four bytes")) as usize;
        let (length, headers) = (number(0), number(4));
        let payload = &rest[12 + headers..length - 4];
        if rest[..12 + headers].windows(12).any(|window| window == b"PayloadChunk") {
            assert_eq!(ends, 0, "nothing follows the end");
            payloads.extend_from_slice(payload);
        } else {
            serde_json::from_slice::<serde_json::Value>(payload).expect("the end is a JSON document");
            ends += 1;
        }
        rest = &rest[length..];
    }
    assert_eq!((payloads.as_slice(), ends), (sent, 1));
}

fn data(part: &Part) -> Option<&Vec<u8>> {
    match part {
        Part::Data(data) => Some(data),
        _ => None,
    }
}

fn frame(part: &Part) -> Option<Frame<Bytes>> {
    let trailer = |name: HeaderName, value: &[u8]| {
        Some(Frame::trailers(HeaderMap::from_iter([(name, HeaderValue::from_bytes(value).ok()?)])))
    };
    match part {
        Part::Data(data) => Some(Frame::data(data.clone().into())),
        Part::ErrorType(value) => {
            trailer(HeaderName::from_static("lambda-runtime-function-error-type"), value)
        }
        Part::ErrorBody(value) => {
            trailer(HeaderName::from_static("lambda-runtime-function-error-body"), value)
        }
        Part::Other(name, value) => trailer(HeaderName::from_bytes(name).ok()?, value),
    }
}
