//! Futures behind a pointer: what an async function does is compiled where it is polled first, so a test would compile
//! the whole lab, containers and all, and link it at each save. A plain function that boxes its future leaves that here.

use std::pin::Pin;

/// What the lab does for a test, to be awaited.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
