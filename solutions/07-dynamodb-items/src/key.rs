//! The key of a card. Given.

use crate::boards::{Item, text};

/// The partition key's attribute.
pub const BOARD: &str = "board";

/// The sort key's attribute.
pub const CARD: &str = "card";

/// Which card: on which board, posted when, and which of those that were posted in that millisecond.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CardKey {
    /// The partition key, `board`.
    pub board: String,
    /// Milliseconds since 1970.
    pub posted_ms: u64,
    /// What tells cards of the same millisecond apart.
    pub id: String,
}

impl CardKey {
    /// The sort key, `card`: the time and the id, such as `1893456000000#card-7f3a09c2`.
    ///
    /// DynamoDB orders texts byte by byte. So the time has always thirteen digits, with zeros in front: without them
    /// August 2001 would come after the year 2002, because `"9"` is more than `"1"`, however many digits follow.
    pub fn sort_key(&self) -> String {
        format!("{}#{}", sort_time(self.posted_ms), self.id)
    }

    /// The key as a request carries it.
    pub fn item(&self) -> Item {
        Item::from([(BOARD.to_owned(), text(&self.board)), (CARD.to_owned(), text(self.sort_key()))])
    }

    /// The key whose partition key and sort key these are; `None` where the sort key is not one that [`Self::sort_key`]
    /// makes.
    pub fn parse(board: &str, sort_key: &str) -> Option<Self> {
        let (time, id) = sort_key.split_once('#')?;
        let key = Self { board: board.to_owned(), posted_ms: time.parse().ok()?, id: id.to_owned() };
        (key.sort_key() == sort_key).then_some(key)
    }
}

/// How every sort key of a card that was posted at `ms` begins. A sort key is longer than this and begins with it, so
/// it is *more* than this.
pub fn sort_time(ms: u64) -> String {
    format!("{ms:013}")
}
