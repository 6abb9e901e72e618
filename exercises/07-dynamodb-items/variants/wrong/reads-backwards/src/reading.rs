//! Step 4: cards of a board, by time, in both directions.

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;

use crate::boards::{Boards, DatabaseError, text};
use crate::card::{BadItem, Card};
use crate::key::sort_time;

/// Which cards of a board.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    /// The board.
    pub board: String,
    /// Not those that were posted before this time, in milliseconds since 1970.
    pub from_ms: Option<u64>,
    /// Not those that were posted at this time or later.
    pub until_ms: Option<u64>,
    /// Which end to begin with.
    pub order: Order,
    /// No more than so many; not 0.
    pub at_most: Option<i32>,
}

/// Which end of a board to begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// In the order in which they were posted.
    OldestFirst,
    /// The other way around.
    NewestFirst,
}

/// Cards could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// There is something on the board that is no card.
    #[error(transparent)]
    BadItem(#[from] BadItem),
    /// DynamoDB refused the request, or could not be reached.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

/// A query for the cards of `board` from `from_ms` on and before `until_ms`, as far as these are given. No cards of
/// other times are read. `from_ms` is before `until_ms`.
pub fn cards_of(
    boards: &Boards,
    board: &str,
    from_ms: Option<u64>,
    until_ms: Option<u64>,
) -> QueryFluentBuilder {
    let times = match (from_ms, until_ms) {
        (None, None) => "",
        (Some(_), None) => " AND card >= :from",
        (None, Some(_)) => " AND card < :until",
        (Some(_), Some(_)) => " AND card BETWEEN :from AND :until",
    };
    let time = |ms: Option<u64>| ms.map(|ms| text(sort_time(ms)));
    let values = [(":board", Some(text(board))), (":from", time(from_ms)), (":until", time(until_ms))];
    let values = values.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    boards
        .client
        .query()
        .table_name(&boards.table)
        .key_condition_expression(format!("board = :board{times}"))
        .set_expression_attribute_values(Some(values.collect()))
}

/// The cards that `selection` asks for, in its order.
///
/// - One `Query`, which looks at no other cards than those it returns. (A query ends after 1 MB, too; that is the next
///   step's matter, and nothing here is so large.)
/// - Where no time lies between `from_ms` and `until_ms` there are no cards, and DynamoDB is not asked: it refuses a
///   range whose end is before its beginning.
pub async fn select(boards: &Boards, selection: &Selection) -> Result<Vec<Card>, ReadError> {
    let Selection { board, from_ms, until_ms, order, at_most } = selection;
    if from_ms.zip(*until_ms).is_some_and(|(from, until)| from >= until) {
        return Ok(Vec::new());
    }
    let query = cards_of(boards, board, *from_ms, *until_ms)
        .scan_index_forward(*order == Order::NewestFirst)
        .set_limit(*at_most);
    let answer = query.send().await.map_err(DatabaseError::from)?;
    Ok(answer.items().iter().map(Card::from_item).collect::<Result<_, _>>()?)
}
