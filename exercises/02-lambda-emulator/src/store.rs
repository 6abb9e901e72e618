//! The asynchronous queue, in DynamoDB.
//!
//! - [`queue`]: events are put, found, put back, taken out
//! - [`claim`]: an event is claimed, so that nobody else runs it meanwhile (step 5)
//! - [`event`]: an event as an item
//! - [`table`]: the table
//!
//! Invariant: an event leaves the table in the one transaction that writes what follows from it. Whoever dies before
//! that loses nothing: the claim ends, and the event is found again.

pub mod claim;
pub mod event;
pub mod queue;
pub mod table;

pub use event::Event;
pub use queue::Queue;

/// Why the queue could not be used.
#[derive(Debug, thiserror::Error)]
#[error("{operation} on {table}: {message}")]
pub struct StoreError {
    /// What was asked of DynamoDB.
    pub operation: &'static str,
    /// Of which table.
    pub table: String,
    /// What it said.
    pub message: String,
}
