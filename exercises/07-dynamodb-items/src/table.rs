//! Step 1: the table.

use crate::boards::{Boards, DatabaseError};
use crate::key::{BOARD, CARD};

/// Creates the table of the boards.
///
/// Its partition key is [`BOARD`], its sort key [`CARD`], both texts. It is paid by request, so that nobody has to say
/// beforehand how much will be read and written. No other attribute is declared: only the key is the table's matter.
pub async fn create(boards: &Boards) -> Result<(), DatabaseError> {
    todo!("step 1: create a table with the key that the documentation says")
}
