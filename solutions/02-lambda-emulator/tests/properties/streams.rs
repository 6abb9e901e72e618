//! The event stream: its messages read back by a reader that knows the encoding alone.

use bytes::Bytes;
use http_body_util::BodyExt;
use proptest::prelude::*;
use serde_json::Value;
use solution_2::core::invocation::{Answer, Chunk, FunctionError, Streamed};
use solution_2::server::emulator::Completed;
use solution_2::server::event_stream;
use tokio::sync::mpsc;

struct Message {
    event_type: String,
    payload: Vec<u8>,
}

fn messages(body: &[u8]) -> Vec<Message> {
    let mut rest = body;
    let mut messages = Vec::new();
    while !rest.is_empty() {
        let number = |at: usize| u32::from_be_bytes(rest[at..at + 4].try_into().unwrap());
        let (length, end) = (number(0) as usize, 12 + number(4) as usize);
        assert_eq!(number(8), crc32fast::hash(&rest[..8]));
        assert_eq!(number(length - 4), crc32fast::hash(&rest[..length - 4]));
        let (mut headers, mut event_type) = (&rest[12..end], String::new());
        while !headers.is_empty() {
            let name_end = 1 + usize::from(headers[0]);
            assert_eq!(headers[name_end], 7, "a text");
            let value_end = name_end
                + 3
                + usize::from(u16::from_be_bytes([headers[name_end + 1], headers[name_end + 2]]));
            if &headers[1..name_end] == b":event-type" {
                event_type = String::from_utf8(headers[name_end + 3..value_end].to_vec()).unwrap();
            }
            headers = &headers[value_end..];
        }
        messages.push(Message { event_type, payload: rest[end..length - 4].to_vec() });
        rest = &rest[length..];
    }
    messages
}

fn body_of(answer: Answer, log: Option<String>) -> Bytes {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let reply = event_stream::reply("request", Completed { answer, log });
    runtime.block_on(reply.into_body().collect()).unwrap().to_bytes()
}

fn streamed(chunks: Vec<Chunk>) -> Answer {
    let (sender, receiver) = mpsc::channel(chunks.len().max(1));
    for chunk in chunks {
        sender.try_send(chunk).unwrap();
    }
    Answer::Stream(Streamed { content_type: None, chunks: receiver, ended: None })
}

proptest! {
    #[test]
    fn chunks_come_as_they_were_made_and_then_one_end(
        sent in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..64), 0..6),
        error in proptest::option::of(("[A-Za-z.]{1,12}", "\\PC{0,30}")),
        is_torn: bool,
        log in proptest::option::of("\\PC{0,60}"),
    ) {
        let mut chunks: Vec<Chunk> = sent.iter().map(|data| Chunk::Data(data.clone().into())).collect();
        let error = error.map(|(kind, message)| FunctionError::new(kind, message));
        if !is_torn {
            chunks.push(error.clone().map_or(Chunk::End, Chunk::Error));
        }
        let has_log = log.is_some();
        let mut messages = messages(&body_of(streamed(chunks), log));
        let end = messages.pop().unwrap();
        prop_assert!(messages.iter().all(|message| message.event_type == "PayloadChunk"));
        prop_assert_eq!(messages.into_iter().map(|message| message.payload).collect::<Vec<_>>(), sent);
        prop_assert_eq!(end.event_type, "InvokeComplete");
        let told: Value = serde_json::from_slice(&end.payload).unwrap();
        prop_assert_eq!(told.get("LogResult").is_some(), has_log);
        match (is_torn, error) {
            (true, _) => prop_assert!(told["ErrorCode"].is_string(), "a torn stream is told"),
            (false, None) => prop_assert!(told.get("ErrorCode").is_none()),
            (false, Some(error)) => {
                prop_assert_eq!(&told["ErrorCode"], &Value::String(error.error_type.clone()));
                let details: FunctionError = serde_json::from_str(told["ErrorDetails"].as_str().unwrap()).unwrap();
                prop_assert_eq!(details, error);
            }
        }
    }
}
