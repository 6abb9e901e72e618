//! What is told while a page is open: `state`, `page`, `theme`, as server-sent events.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::response::sse::{Event, KeepAlive, Sse};
use futures_core::Stream;
use serde_json::json;
use tokio::sync::{OwnedSemaphorePermit, broadcast, mpsc, watch};

use crate::book::site::Changes;
use crate::session::board::State;

/// Events that may wait for a slow page; it is told less often, never wrongly.
const WAITING: usize = 8;
/// The least time between two states: a build counts up faster than anybody reads.
const STATE_EVERY: Duration = Duration::from_millis(150);
/// A silent connection says so often that it lives.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// The events of one open page.
#[derive(Debug)]
pub struct Events {
    receiver: mpsc::Receiver<Event>,
    /// Its place among the connections that are kept open at once.
    _place: OwnedSemaphorePermit,
}

impl Stream for Events {
    type Item = Result<Event, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.receiver.poll_recv(context).map(|event| event.map(Ok))
    }
}

/// Tells a page how everything stands, now and at every change, and what was built anew.
pub fn open(
    states: watch::Receiver<Arc<State>>,
    changes: broadcast::Receiver<Changes>,
    place: OwnedSemaphorePermit,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let (sender, receiver) = mpsc::channel(WAITING);
    tokio::spawn(tell(sender, states, changes));
    Sse::new(Events { receiver, _place: place }).keep_alive(KeepAlive::new().interval(KEEP_ALIVE))
}

async fn tell(
    page: mpsc::Sender<Event>,
    mut states: watch::Receiver<Arc<State>>,
    mut changes: broadcast::Receiver<Changes>,
) {
    states.mark_changed();
    loop {
        let event = tokio::select! {
            () = page.closed() => return,
            news = states.changed() => match news {
                Ok(()) => Some(state(&states.borrow_and_update())),
                Err(_) => return,
            },
            built = changes.recv() => match built {
                Ok(changes) => of_changes(&changes),
                // It missed some: everything may have changed.
                Err(broadcast::error::RecvError::Lagged(_)) => Some(theme()),
                Err(broadcast::error::RecvError::Closed) => return,
            },
        };
        let Some(event) = event else { continue };
        if page.send(event).await.is_err() {
            return;
        }
        tokio::select! {
            () = page.closed() => return,
            () = tokio::time::sleep(STATE_EVERY) => {}
        }
    }
}

fn state(state: &State) -> Event {
    Event::default().event("state").json_data(state).expect("the state is JSON")
}

fn of_changes(changes: &Changes) -> Option<Event> {
    if changes.theme {
        return Some(theme());
    }
    (!changes.pages.is_empty()).then(|| {
        Event::default().event("page").json_data(json!({ "paths": changes.pages })).expect("paths are JSON")
    })
}

fn theme() -> Event {
    Event::default().event("theme").data("{}")
}
