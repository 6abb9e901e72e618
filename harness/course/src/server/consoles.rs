//! Operations in the lab of a page's console. What is typed is parsed here and nowhere else; the lab is told the request
//! that it means.

use std::sync::Arc;

use axum::extract::rejection::{JsonRejection, PathRejection};
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use lab_manifest::console::{Ask, Document};
use serde::Deserialize;
use serde_json::json;

use super::routes::{App, READ_ONLY, refuse};
use crate::console::labs::{Reply, Trouble, View};
use crate::console::line::{self, LINE_BYTES_MAX, Typed};
use crate::console::program::Program;
use crate::console::shown::{Shown, answer, help, items};
use crate::session::queue::Queue;

/// Bytes of a request: a line, of which JSON may write each byte as six.
const BODY_BYTES_MAX: usize = 6 * LINE_BYTES_MAX + 1024;
/// Letters of the key that a page makes for itself.
const KEY_LETTERS: usize = 32;

/// What a page says.
#[derive(Debug, Deserialize)]
struct Said {
    /// The key of this view of the page: two views have two labs.
    view: String,
    /// What was typed.
    #[serde(default)]
    line: String,
}

type Id = Result<Path<String>, PathRejection>;
type Body = Result<Json<Said>, JsonRejection>;

/// The consoles' part of the server's answers.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/api/console/{id}", post(run))
        .route("/api/console/{id}/reset", post(reset))
        .route("/api/console/{id}/end", post(end))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
}

/// Why something is not answered.
struct Refusal(StatusCode, String);

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        refuse(self.0, &self.1)
    }
}

async fn run(State(app): State<App>, id: Id, body: Body) -> Result<Response, Refusal> {
    let (view, said, document) = known(&app, id, body)?;
    let asked = match line::read(&said.line) {
        Ok(Typed::Operation(asked)) => asked,
        Ok(Typed::Help(operation)) => return Ok(only(help::help(operation), true)),
        Err(complaint) => return Ok(only(help::complaint(&complaint), false)),
    };
    let ask = Ask::Send { operation: asked.operation.name.to_owned(), body: asked.body.clone() };
    let Reply { answer, content, fresh } = carry_out(&app, &view, &document, Some(ask)).await?;
    let answer = answer.expect("an operation was asked for");
    let Shown { summary, html } = answer::shown(&document.tables, &asked, &answer);
    let changes = answer.effect.map(|effect| effect.changes).unwrap_or_default();
    let content = items::content(&document.tables, &content, &changes);
    let told = json!({
        "ok": true, "summary": summary, "html": html, "understood": true, "content": content, "fresh": fresh,
    });
    Ok(Json(told).into_response())
}

async fn reset(State(app): State<App>, id: Id, body: Body) -> Result<Response, Refusal> {
    let (view, _, document) = known(&app, id, body)?;
    let Reply { content, .. } = carry_out(&app, &view, &document, None).await?;
    let content = items::content(&document.tables, &content, &[]);
    Ok(Json(json!({ "ok": true, "content": content })).into_response())
}

/// The page is left, or loaded anew: its lab is of no use any more.
async fn end(State(app): State<App>, id: Id, body: Body) -> Result<Response, Refusal> {
    let (view, ..) = known(&app, id, body)?;
    app.labs.end(&view);
    Ok(Json(json!({ "ok": true })).into_response())
}

/// What is said without a lab. A line that was not understood is to be mended, and stays where it was typed.
fn only(Shown { summary, html }: Shown, understood: bool) -> Response {
    Json(json!({ "ok": true, "summary": summary, "html": html, "understood": understood })).into_response()
}

/// Who asks, what, and of which console.
fn known(app: &App, id: Id, body: Body) -> Result<(View, Said, Arc<Document>), Refusal> {
    let no_such = || Refusal(StatusCode::NOT_FOUND, "there is no such console in this book".into());
    let Ok(Path(console)) = id else { return Err(no_such()) };
    let document =
        app.registered(|registered| registered.consoles.get(&console).cloned()).ok_or_else(no_such)?;
    let Json(said) = body.map_err(|rejection| {
        Refusal(rejection.status(), "a console is told a view and a line, in JSON".into())
    })?;
    if said.view.len() != KEY_LETTERS || !said.view.bytes().all(|letter| letter.is_ascii_hexdigit()) {
        let message = "a view's key is made of 32 hexadecimal digits";
        return Err(Refusal(StatusCode::BAD_REQUEST, message.into()));
    }
    Ok((View { console, key: said.view.clone() }, said, document))
}

async fn carry_out(
    app: &App,
    view: &View,
    document: &Arc<Document>,
    ask: Option<Ask>,
) -> Result<Reply, Refusal> {
    let queue = app.queue.clone().ok_or_else(|| Refusal(StatusCode::CONFLICT, READ_ONLY.into()))?;
    let (labs, view, document) = (app.labs.clone(), view.clone(), Arc::clone(document));
    // In a task of its own: a page that goes away in between must not leave a lab with an answer that nobody has taken.
    let work = async move { labs.ask(&view, &document.tables, ask, built(&queue)).await };
    let stopped = |_| Refusal(StatusCode::SERVICE_UNAVAILABLE, "the course is being stopped".into());
    tokio::spawn(work).await.map_err(stopped)?.map_err(|trouble| {
        let status = match trouble {
            Trouble::TooFast | Trouble::Busy | Trouble::Full => StatusCode::TOO_MANY_REQUESTS,
            Trouble::NotBuilt(_) | Trouble::Broken(_) => StatusCode::SERVICE_UNAVAILABLE,
        };
        Refusal(status, trouble.to_string())
    })
}

async fn built(queue: &Queue) -> Result<Program, String> {
    let waiting = queue.build_console().ok_or("other runs are waiting; try again in a moment")?;
    waiting.await.map_err(|_| "the course is being stopped".to_owned())?
}
