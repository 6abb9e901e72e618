//! Step 6: a batch with bad records.
//!
//! `likes` takes likes from a queue, in batches. A reply that names the records that failed has those delivered again,
//! and the others removed from the queue. An error has all of them delivered again.

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use lambda_runtime::{Diagnostic, Error, LambdaEvent, service_fn};

use crate::album::{Album, AlbumError, Like};

/// Why a record failed.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// It has no body.
    #[error("the record has no body")]
    NoBody,
    /// Its body is not a [`Like`] in JSON.
    #[error("the record is not a like: {0}")]
    Malformed(#[from] serde_json::Error),
    /// The like could not be kept.
    #[error(transparent)]
    Album(#[from] AlbumError),
}

/// Why a batch failed as a whole.
#[derive(Debug, thiserror::Error)]
pub enum BatchError {
    /// A record failed that has no message id, or an empty one; of several, the first. Error type `Batch.Unnamed`.
    #[error("a record without a message id failed: {0}")]
    Unnamed(RecordError),
}

impl From<BatchError> for Diagnostic {
    fn from(error: BatchError) -> Self {
        Self { error_type: "Batch.Unnamed".to_owned(), error_message: error.to_string() }
    }
}

/// Keeps the like in the body of `record`.
pub async fn keep(album: &Album, record: &SqsMessage) -> Result<(), RecordError> {
    todo!("step 6: read the like in the record's body, and keep it in the album")
}

/// Keeps the likes of a batch, and names the records to be delivered again.
///
/// - Every record is tried, whatever became of those before it.
/// - A record whose like could not be kept is named in `batchItemFailures` by its message id, once. The others are not.
/// - A record that failed and can't be named fails the batch as a whole, [`BatchError::Unnamed`]. To name it by an empty
///   text would do the same, without saying so; to leave it out would have it removed from the queue.
/// - A batch without a record has no failures.
///
/// An [`SqsBatchResponse`] can't be built with a literal. Start from its `default()`; `add_failure` and `set_failures`
/// fill it. Don't copy the example in the documentation of `add_failure`: it names a record without an id by an empty
/// text.
pub async fn keep_batch(album: &Album, batch: SqsEvent) -> Result<SqsBatchResponse, BatchError> {
    todo!("step 6: try every record of the batch, and name those that failed")
}

/// The process's main. Given.
pub async fn run() -> Result<(), Error> {
    let album = &Album::open()?;
    lambda_runtime::run(service_fn(|event: LambdaEvent<SqsEvent>| async move {
        keep_batch(album, event.payload).await
    }))
    .await
}
