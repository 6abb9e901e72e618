//! Step 5: a board, page by page.

use std::num::NonZeroU16;

use aws_sdk_dynamodb::types::AttributeValue;

use crate::boards::{Boards, DatabaseError, Item, text};
use crate::card::{BadItem, Card, read};
use crate::cursor::{BadCursor, Sealer};
use crate::key::{BOARD, CARD};
use crate::reading::cards_of;

/// A page of a board.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The cards, oldest first.
    pub cards: Vec<Card>,
    /// Where the next page begins, which may be an empty one; `None` only where DynamoDB says that it has read to the
    /// end.
    pub next: Option<String>,
}

/// A page could not be read.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// The cursor is not one that we gave out for this board.
    #[error(transparent)]
    BadCursor(#[from] BadCursor),
    /// There is something on the board that is no card.
    #[error(transparent)]
    BadItem(#[from] BadItem),
    /// DynamoDB refused the request, or could not be reached.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

/// One page of `board`, oldest cards first: from the beginning, or from behind `cursor`.
///
/// - At most `size` cards, read by one `Query`. DynamoDB stops at 1 MB, too: a page of large cards has fewer, and even
///   so there may be more behind it. Whether something follows is DynamoDB's to say, not the number of cards.
/// - A cursor that is not ours, or another board's, is [`PageError::BadCursor`], and DynamoDB is not asked.
/// - A board may change between two pages. A card that is there all the time is on exactly one.
pub async fn page(
    boards: &Boards,
    sealer: &Sealer,
    board: &str,
    size: NonZeroU16,
    cursor: Option<&str>,
) -> Result<Page, PageError> {
    let mut query = cards_of(boards, board, None, None).limit(size.get().into());
    if let Some(cursor) = cursor {
        let behind = sealer.open(board, cursor)?;
        query = query.exclusive_start_key(BOARD, text(board)).exclusive_start_key(CARD, text(behind));
    }
    let mut items = Vec::new();
    let last = loop {
        let left = i32::from(size.get()) - i32::try_from(items.len()).unwrap_or_default();
        let answer = query.clone().limit(left).send().await.map_err(DatabaseError::from)?;
        items.extend(answer.items.unwrap_or_default());
        match answer.last_evaluated_key {
            Some(last) if items.len() < usize::from(size.get()) => {
                query = query.set_exclusive_start_key(Some(last));
            }
            last => break last,
        }
    };
    let place = |key: &Item| Ok::<_, BadItem>(sealer.seal(board, read(key, CARD, AttributeValue::as_s)?));
    Ok(Page {
        cards: items.iter().map(Card::from_item).collect::<Result<_, _>>()?,
        next: last.as_ref().map(place).transpose()?,
    })
}
