//! What is answered: the book, how everything stands, runs that were registered, and operations in a console's lab.
//! Nothing else, and nothing that a browser sends reaches a command line: an id is looked up, a number is parsed, what is
//! typed into a console becomes a request of DynamoDB or a complaint.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use axum::Json;
use axum::Router;
use axum::extract::{Path, State, rejection::PathRejection};
use axum::http::{Method, StatusCode, Uri, header};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use lab_manifest::console::Document;
use serde_json::{Value, json};
use tokio::sync::{Semaphore, broadcast};

use super::{consoles, events, guard};
use crate::book::site::{Changes, Site};
use crate::console::labs::{Labs, Limits};
use crate::course::Course;
use crate::session::board::Board;
use crate::session::queue::Queue;
use crate::trace::page;

/// Pages that are told of changes at once.
const OPEN_PAGES: usize = 64;
/// Changes that may wait for a slow page.
const CHANGES_WAITING: usize = 16;

/// What the server serves.
#[derive(Clone, Debug)]
pub struct App {
    site: Arc<Mutex<Arc<Site>>>,
    changes: broadcast::Sender<Changes>,
    open_pages: Arc<Semaphore>,
    /// How everything stands.
    pub board: Board,
    /// Where runs are asked for; `None` where the book is only read.
    pub queue: Option<Queue>,
    /// Ids of the registered tries, and numbers of the exercises.
    pub registered: Arc<Mutex<Registered>>,
    /// The labs of the consoles on open pages.
    pub labs: Labs,
}

/// What may be asked for by name.
#[derive(Clone, Debug, Default)]
pub struct Registered {
    /// Ids of tries.
    pub tries: Vec<String>,
    /// Numbers of exercises.
    pub exercises: Vec<u32>,
    /// The consoles, by id.
    pub consoles: BTreeMap<String, Arc<Document>>,
    /// Where the course is whose runs are drawn.
    pub root: Option<PathBuf>,
}

impl App {
    /// Serves `site`, and tells of `board`.
    pub fn new(site: Site, board: Board, queue: Option<Queue>, registered: Registered) -> Self {
        Self {
            site: Arc::new(Mutex::new(Arc::new(site))),
            changes: broadcast::Sender::new(CHANGES_WAITING),
            open_pages: Arc::new(Semaphore::new(OPEN_PAGES)),
            board,
            queue,
            registered: Arc::new(Mutex::new(registered)),
            labs: Labs::new(Limits::default()),
        }
    }

    /// Serves another build from now on, and tells open pages what to load anew.
    pub fn replace(&self, site: Site) {
        let mut held = self.site.lock().unwrap_or_else(PoisonError::into_inner);
        let changes = site.changes_since(&held);
        *held = Arc::new(site);
        drop(held);
        if changes != Changes::default() {
            // Nobody may be listening.
            let _ = self.changes.send(changes);
        }
    }

    fn site(&self) -> Arc<Site> {
        Arc::clone(&self.site.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// What is registered now.
    pub(super) fn registered<T>(&self, look: impl FnOnce(&Registered) -> T) -> T {
        look(&self.registered.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The server's answers, on `port`.
pub fn router(app: App, port: u16) -> Router {
    Router::new()
        .route("/api/state", get(state))
        .route("/api/events", get(open_events))
        .route("/api/try/{id}", post(run_try))
        .route("/api/run/{number}", post(run_exercise))
        .route("/api/trace/{number}", get(traces))
        .merge(consoles::routes())
        .route("/api/{*rest}", get(unknown).post(unknown))
        .fallback(file)
        .with_state(app)
        .layer(middleware::from_fn_with_state(guard::Port(port), guard::check))
}

async fn state(State(app): State<App>) -> Response {
    ([(header::CACHE_CONTROL, "no-store")], Json(&*app.board.state())).into_response()
}

async fn open_events(State(app): State<App>) -> Response {
    match Arc::clone(&app.open_pages).try_acquire_owned() {
        Ok(place) => events::open(app.board.subscribe(), app.changes.subscribe(), place).into_response(),
        Err(_) => refuse(StatusCode::SERVICE_UNAVAILABLE, "too many pages are open: close some"),
    }
}

async fn run_try(State(app): State<App>, id: Result<Path<String>, PathRejection>) -> Response {
    let Ok(Path(id)) = id else { return refuse(StatusCode::NOT_FOUND, "there is no such run") };
    if !app.registered(|registered| registered.tries.contains(&id)) {
        return refuse(StatusCode::NOT_FOUND, "there is no such run in this book");
    }
    let Some(queue) = &app.queue else { return refuse(StatusCode::CONFLICT, READ_ONLY) };
    let started = Instant::now();
    let Some(answer) = queue.run_try(&id) else {
        return refuse(StatusCode::TOO_MANY_REQUESTS, "other runs are waiting: try again in a moment");
    };
    match answer.await {
        Ok(Ok(output)) => {
            let milliseconds = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
            Json(json!({ "ok": true, "output": output, "milliseconds": milliseconds })).into_response()
        }
        Ok(Err(message)) => Json(json!({ "ok": false, "message": message })).into_response(),
        Err(_) => refuse(StatusCode::SERVICE_UNAVAILABLE, "the course is being stopped"),
    }
}

async fn run_exercise(State(app): State<App>, number: Result<Path<u32>, PathRejection>) -> Response {
    let Ok(Path(number)) = number else { return refuse(StatusCode::NOT_FOUND, "an exercise has a number") };
    if !app.registered(|registered| registered.exercises.contains(&number)) {
        return refuse(StatusCode::NOT_FOUND, "there is no such exercise");
    }
    let Some(queue) = &app.queue else { return refuse(StatusCode::CONFLICT, READ_ONLY) };
    queue.run(number);
    (StatusCode::ACCEPTED, Json(json!({ "ok": true }))).into_response()
}

/// The runs of an exercise that `cargo course trace` has kept, drawn.
async fn traces(State(app): State<App>, number: Result<Path<u32>, PathRejection>) -> Response {
    let Ok(Path(number)) = number else { return refuse(StatusCode::NOT_FOUND, "an exercise has a number") };
    let root = app.registered(|registered| registered.root.clone());
    let drawn = tokio::task::spawn_blocking(move || {
        let course = Course::read(&root?);
        let exercise = course.exercise(number).ok()?;
        Some(page::of(&course, exercise))
    });
    match drawn.await {
        Ok(Some(tests)) => {
            ([(header::CACHE_CONTROL, "no-store")], Json(json!({ "ok": true, "tests": tests })))
                .into_response()
        }
        _ => refuse(StatusCode::NOT_FOUND, "there is no such exercise"),
    }
}

/// What `cargo course read` says to a page that wants to run something.
pub(super) const READ_ONLY: &str = "this server only shows the book: start `cargo course` to run things";

async fn unknown() -> Response {
    refuse(StatusCode::NOT_FOUND, "there is nothing here")
}

async fn file(State(app): State<App>, method: Method, uri: Uri) -> Response {
    if !matches!(method, Method::GET | Method::HEAD) {
        return refuse(StatusCode::METHOD_NOT_ALLOWED, "the book can only be read");
    }
    let site = app.site();
    let (status, file) = match site.get(uri.path()) {
        Some(file) => (StatusCode::OK, file),
        None => match site.get("/404.html") {
            Some(file) => (StatusCode::NOT_FOUND, file),
            None => return not_found(uri.path()),
        },
    };
    // The book changes under the reader: a page is asked for each time, and it comes from this machine.
    let headers = [
        (header::CONTENT_TYPE, file.media_type),
        (header::CACHE_CONTROL, "no-cache"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    (status, headers, file.content.clone()).into_response()
}

fn not_found(path: &str) -> Response {
    let text = format!("404: the book has no page {path}\n\nIts first page is at /\n");
    (StatusCode::NOT_FOUND, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response()
}

pub(super) fn refuse(status: StatusCode, message: &str) -> Response {
    let body: Value = json!({ "ok": false, "message": message });
    (status, Json(body)).into_response()
}
