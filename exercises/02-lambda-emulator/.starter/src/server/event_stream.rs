//! What `InvokeWithResponseStream` answers: messages in the `vnd.amazon.eventstream` encoding.
//!
//! A message is: total length, length of the headers (both `u32`, big-endian), CRC-32 of those eight bytes, headers,
//! payload, CRC-32 of all before. A header is: length of its name (`u8`), name, type 7 (text), length (`u16`), text.
//! <https://docs.aws.amazon.com/lambda/latest/api/API_InvokeWithResponseStream.html>

use std::convert::Infallible;

use bytes::{BufMut, Bytes, BytesMut};
use futures::{StreamExt, stream};
use http_body_util::{BodyExt, StreamBody};
use hyper::Response;
use hyper::body::Frame;
use serde_json::{Value, json};

use super::emulator::Completed;
use super::http::{self, Reply};
use super::invoke_reply::{log_result, truncated};
use crate::core::invocation::{Answer, Chunk};
use crate::core::name::LATEST;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

/// The reply: a message for each chunk, as it comes, then one that tells how it ended.
pub fn reply(request_id: &str, completed: Completed) -> Reply {
    let Completed { answer, log } = completed;
    let (content_type, chunks) = match answer {
        Answer::Stream(streamed) => (streamed.content_type, ReceiverStream::new(streamed.chunks)),
        Answer::Payload(payload) => (None, whole([Chunk::Data(payload), Chunk::End])),
        Answer::Error(error) => (None, whole([Chunk::Error(error), Chunk::End])),
    };
    let ended = stream::once(async { Chunk::Error(truncated()) });
    let messages = chunks
        .chain(ended)
        // The first end is the end: what stands in for a missing one is not read after it.
        .scan(false, |over, chunk| {
            let first = !std::mem::replace(over, *over || !matches!(chunk, Chunk::Data(_)));
            std::future::ready(first.then_some(chunk))
        })
        .map(move |chunk| Ok::<_, Infallible>(Frame::data(message_of(chunk, log.as_deref()))));
    let mut reply = Response::new(StreamBody::new(messages).boxed_unsync());
    http::set(&mut reply, "content-type", "application/vnd.amazon.eventstream");
    http::set(&mut reply, "x-amzn-requestid", request_id);
    http::set(&mut reply, "x-amz-executed-version", LATEST);
    if let Some(content_type) = content_type {
        http::set(&mut reply, "x-amzn-remapped-content-type", &content_type);
    }
    reply
}

fn whole(chunks: [Chunk; 2]) -> ReceiverStream<Chunk> {
    let (sender, receiver) = mpsc::channel(chunks.len());
    for chunk in chunks {
        sender.try_send(chunk).expect("the channel has room for both");
    }
    ReceiverStream::new(receiver)
}

fn message_of(chunk: Chunk, log: Option<&str>) -> Bytes {
    let (code, details) = match chunk {
        Chunk::Data(data) => return message("PayloadChunk", "application/octet-stream", &data),
        Chunk::Error(error) => {
            (Some(error.error_type.clone()), Some(String::from_utf8_lossy(&error.body()).into_owned()))
        }
        Chunk::End => (None, None),
    };
    let mut end = json!({});
    for (key, value) in [("ErrorCode", code), ("ErrorDetails", details), ("LogResult", log.map(log_result))] {
        if let Some(value) = value {
            end[key] = Value::String(value);
        }
    }
    message("InvokeComplete", "application/json", end.to_string().as_bytes())
}

fn message(event_type: &str, content_type: &str, payload: &[u8]) -> Bytes {
    const TEXT: u8 = 7;
    let mut headers = BytesMut::new();
    for (name, value) in
        [(":event-type", event_type), (":content-type", content_type), (":message-type", "event")]
    {
        headers.put_u8(u8::try_from(name.len()).expect("names are short"));
        headers.put_slice(name.as_bytes());
        headers.put_u8(TEXT);
        headers.put_u16(u16::try_from(value.len()).expect("values are short"));
        headers.put_slice(value.as_bytes());
    }
    let length = 4 + 4 + 4 + headers.len() + payload.len() + 4;
    let mut message = BytesMut::with_capacity(length);
    message.put_u32(u32::try_from(length).expect("a chunk is smaller than 4 GiB"));
    message.put_u32(u32::try_from(headers.len()).expect("headers are short"));
    message.put_u32(crc32fast::hash(&message));
    message.put_slice(&headers);
    message.put_slice(payload);
    message.put_u32(crc32fast::hash(&message));
    message.freeze()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_has_both_checksums_and_its_own_length() {
        let message = message("PayloadChunk", "application/octet-stream", b"card");
        let number = |at: usize| u32::from_be_bytes(message[at..at + 4].try_into().unwrap());
        assert_eq!(number(0) as usize, message.len());
        assert_eq!(number(8), crc32fast::hash(&message[..8]));
        assert_eq!(number(message.len() - 4), crc32fast::hash(&message[..message.len() - 4]));
        let headers = number(4) as usize;
        assert_eq!(&message[12 + headers..message.len() - 4], b"card");
        assert_eq!(&message[12..24], b"\x0b:event-type");
    }
}
