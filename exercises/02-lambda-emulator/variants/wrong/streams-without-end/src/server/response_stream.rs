//! Step 7. A response that is passed on as it is made.
//!
//! The runtime sends it in chunks, with `Lambda-Runtime-Function-Response-Mode: streaming`. What goes wrong after
//! the first byte can't be told by `/error` any more; it comes after the last, as trailers.
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html#runtimes-custom-response-streaming>

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use hyper::{HeaderMap, Request};
use tokio::sync::{mpsc, oneshot};

use super::environment::Environment;
use super::http::{self, Reply};
use super::runtime_api;
use crate::core::invocation::{Answer, Chunk, FunctionError, Streamed};
use crate::core::failure;

/// Chunks that wait for a slow caller; then the function waits too.
const CHUNKS: usize = 16;

/// Takes a streamed response: the answer is there at once, its chunks follow.
pub async fn take(environment: &Environment, request_id: &str, request: Request<Incoming>) -> Reply {
    let attempt_id = http::header(&request, "lambda-runtime-invocation-id").map(str::to_owned);
    let content_type = http::header(&request, "content-type").map(str::to_owned);
    let (sender, chunks) = mpsc::channel(CHUNKS);
    let (end, ended) = oneshot::channel();
    let answer = Answer::Stream(Streamed { content_type, chunks, ended: Some(ended) });
    if let Err(refusal) = environment.answer(request_id, attempt_id.as_deref(), answer) {
        return runtime_api::refused(&refusal);
    }
    pass_on(request.into_body(), &sender).await;
    let _ = end.send(());
    runtime_api::accepted()
}

/// Passes each chunk on as it comes, then [`Chunk::End`].
///
/// Trailers that name an error ([`late_error`]) end the response with [`Chunk::Error`] in place of the end, and so
/// does more than [`limits::STREAM_BYTES`] (`Function.ResponseSizeTooLarge`): the chunk that goes beyond is not passed
/// on, and nothing is read after it. A body that breaks off is passed on as far as it came, without an end. A slow
/// caller is waited for: nothing is kept for it but what the channel holds. A caller that has gone away does not stop
/// the function: the rest is read and dropped.
pub async fn pass_on<B: Body<Data = Bytes> + Unpin>(body: B, caller: &mpsc::Sender<Chunk>) {
    let mut body = body;
    let mut end = Chunk::End;
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else { return };
        match frame.into_data() {
            Ok(data) => {
                let _ = caller.send(Chunk::Data(data)).await;
            }
            Err(frame) => {
                if let Some(error) = frame.into_trailers().ok().and_then(|trailers| late_error(&trailers)) {
                    end = Chunk::Error(error);
                }
            }
        }
    }
    let _ = caller.send(end).await;
}

/// The error that trailers name: `Lambda-Runtime-Function-Error-Type`, and a report in base64 in
/// `Lambda-Runtime-Function-Error-Body`.
pub fn late_error(trailers: &HeaderMap) -> Option<FunctionError> {
    let text = |name| trailers.get(name)?.to_str().ok();
    let error_type = text("lambda-runtime-function-error-type")?;
    let report =
        text("lambda-runtime-function-error-body").and_then(|body| BASE64_STANDARD.decode(body).ok());
    Some(failure::reported(Some(error_type), &report.unwrap_or_default()))
}
