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
    todo!("step 5: read a page from behind the cursor, and seal where it ends")
}
