//! Step 5: stop before the deadline, and say where to go on.
//!
//! `printing` prints the cards of a board. A board may have more cards than an invocation has time, and an invocation
//! that overruns its deadline is ended where it stands: its caller gets an error, and nobody knows what was printed.

use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde::{Deserialize, Serialize};

use crate::database::DatabaseError;
use crate::press::Press;

/// What must be left of the time when a card is begun: the longest that a card takes, and a little for the reply.
pub const SPARE_MS: u64 = 1_000;

/// The event: print this board.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Which board.
    pub board: String,
    /// The cursor: the place of the last card that was printed. Absent or null: from the start.
    #[serde(default)]
    pub after: Option<u32>,
}

/// The reply: what was done, and the cursor to go on from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// The cards that this invocation printed, in their order.
    pub printed: Vec<String>,
    /// The cursor for the next order: the place of the last card that was printed, by this invocation or before it.
    pub after: Option<u32>,
    /// Whether no card of the board is left.
    pub done: bool,
}

/// Prints the cards of the order's board, from its cursor on, as far as the time goes.
///
/// - A card is begun as long as [`SPARE_MS`] are left until `deadline_ms`, and not with less.
/// - Where there is no time for any card, or the deadline is past already, nothing is printed, the cursor stays what it
///   was, and the board is not done.
/// - A board without a card after the cursor is done, however little time there is.
///
/// `deadline_ms` is in milliseconds since 1970, on the clock of [`Press::now_ms`].
pub async fn print_board(press: &Press, order: &Order, deadline_ms: u64) -> Result<Progress, DatabaseError> {
    todo!("step 5: print card after card while there is time, and reply with the place to go on from")
}

/// The process's main. Given: the runtime has read the deadline from the header `Lambda-Runtime-Deadline-Ms`.
pub async fn run() -> Result<(), Error> {
    let press = &Press::open()?;
    lambda_runtime::run(service_fn(|event: LambdaEvent<Order>| async move {
        print_board(press, &event.payload, event.context.deadline).await
    }))
    .await
}
