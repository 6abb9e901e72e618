//! Step 7: the same logic as an HTTP function.
//!
//! `site` stands behind a function URL. `lambda_http` turns the event, a document in payload format 2.0, into an
//! [`http::Request`], and an [`http::Response`] into the document that becomes the HTTP response.
//!
//! [`http::Request`]: lambda_http::http::Request
//! [`http::Response`]: lambda_http::http::Response

use lambda_http::http::{Method, Response, StatusCode, header};
use lambda_http::{Body, Error, Request, service_fn};
use serde::Serialize;
use serde_json::json;

use crate::database::DatabaseError;
use crate::postmark::{CardError, Postmark, postmark};
use crate::views::{Counter, ViewError};

/// A response with a JSON document as its body and `content-type: application/json`. Given.
pub fn document(status: StatusCode, document: &impl Serialize) -> Response<Body> {
    let body = serde_json::to_string(document).expect("documents of this function have text keys");
    Response::builder()
        .status(status)
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::Text(body))
        .expect("status and header are valid")
}

/// A response that says what is wrong with a request. Given.
pub fn refusal(status: StatusCode, error: &str, message: &str) -> Response<Body> {
    document(status, &json!({ "error": error, "message": message }))
}

/// The postmark of the card in a request's body, which is JSON in UTF-8.
///
/// A body that is empty, not JSON, or not even UTF-8 is [`CardError::Malformed`]. A client may send text as bytes: the
/// function URL then hands it over in base64, and `lambda_http` as [`Body::Binary`]. To the sender it is the same card.
pub fn postmark_of(body: &Body) -> Result<Postmark, CardError> {
    todo!("step 7: read the card in the body, whichever way it was sent, and postmark it")
}

/// Answers one HTTP request.
///
/// | request | response |
/// |---|---|
/// | `POST /cards` | 200 and the [`Postmark`], or 400 with the [`CardError`]'s error type |
/// | `POST /cards/{card}/views` | 200 and the [`Views`](crate::views::Views); 404 `View.NoCard` where `{card}` is empty |
/// | another method on these paths | 405 `Site.MethodNotAllowed`, with the header `allow: POST` |
/// | anything else | 404 `Site.NotFound` |
///
/// `{card}` is what stands between two slashes, and has none in it: `/cards/a/b/views` is "anything else".
///
/// What is wrong with a request is a response, by [`refusal`]. A function error would reach the browser as a 502, as if
/// the site were broken; it is left for what the sender can't mend, the database.
pub async fn respond(counter: &Counter, request: &Request) -> Result<Response<Body>, DatabaseError> {
    todo!("step 7: find what the method and the path ask for, and respond")
}

/// The process's main. Given: `lambda_http::run` in the place of `lambda_runtime::run`.
pub async fn run() -> Result<(), Error> {
    let counter = &Counter::open()?;
    lambda_http::run(service_fn(|request: Request| async move { respond(counter, &request).await })).await
}
