//! Step 6: count cards with a tag, and know what it costs.

use crate::boards::{Boards, DatabaseError, text};
use crate::reading::cards_of;

/// How many cards have a tag, and what it took to know.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Survey {
    /// How many have it.
    pub found: usize,
    /// How many were looked at.
    pub looked_at: usize,
    /// What DynamoDB says that it cost, in read units.
    pub units: f64,
}

/// Counts the cards with `tag` among those of `board` that were posted from `from_ms` on and before `until_ms`, which is
/// later.
///
/// - One `Query`, eventually consistent, which returns no cards: only how many.
/// - It ends with that query: so much that it would be cut off at 1 MB is not counted here.
/// - It looks at no cards of other times. Among those of this time it has to look at all: the tags are not in the key.
pub async fn survey(
    boards: &Boards,
    board: &str,
    tag: &str,
    from_ms: u64,
    until_ms: u64,
) -> Result<Survey, DatabaseError> {
    todo!("step 6: count without reading more than has to be looked at")
}
