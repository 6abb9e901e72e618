//! Step 2: a card is posted once, however often it is sent.

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure;

use crate::boards::{Boards, DatabaseError};
use crate::card::{BadItem, Card};

/// The card is on its board.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Posted {
    /// This request put it there.
    Now,
    /// An earlier request of the same posting did.
    Before,
}

/// The card is not on its board, as far as we know.
#[derive(Debug, thiserror::Error)]
pub enum PostError {
    /// Another posting put this card there before.
    #[error("the place is taken by the posting {}", .0.posting)]
    Taken(Box<Card>),
    /// What is in the place is no card, whatever its `posting` says.
    #[error(transparent)]
    BadItem(#[from] BadItem),
    /// DynamoDB refused the request, or could not be reached.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

/// Posts `card`, unless there is an item with its key already.
///
/// - What is there stays as it is, card or not.
/// - It may be there because this very posting was sent before: the answer was lost, and the sender, or the client on
///   its own, tried again. That is [`Posted::Before`], and good news. It is the same posting where `posting` is the
///   same. The rest of the card may have changed since: people look at it.
/// - Any other card in the place is [`PostError::Taken`], with the card.
/// - One request, whatever comes of it. (What the client sends again on its own is its affair.)
pub async fn post(boards: &Boards, card: &Card) -> Result<Posted, PostError> {
    let put = boards
        .client
        .put_item()
        .table_name(&boards.table)
        .set_item(Some(card.to_item()))
        .condition_expression("attribute_not_exists(card)")
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
    let Err(error) = put.send().await else { return Ok(Posted::Now) };
    let Some(there) = there(&error) else { return Err(DatabaseError::from(error).into()) };
    let there = there?;
    if there.posting == card.posting { Ok(Posted::Before) } else { Err(PostError::Taken(Box::new(there))) }
}

/// The card that stood in the way.
fn there<R>(error: &SdkError<PutItemError, R>) -> Option<Result<Card, BadItem>> {
    match error.as_service_error()? {
        PutItemError::ConditionalCheckFailedException(failed) => failed.item().map(Card::from_item),
        _ => None,
    }
}
