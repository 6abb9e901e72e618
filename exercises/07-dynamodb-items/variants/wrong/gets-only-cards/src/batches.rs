//! Step 7: many cards with few requests, and what is left over.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::types::{KeysAndAttributes, PutRequest, WriteRequest};

use crate::boards::{Boards, DatabaseError, Item, is_throttled};
use crate::card::{BadItem, Card};
use crate::key::CardKey;
use crate::patience::Patience;

/// So many cards one `BatchWriteItem` takes, and no more.
pub const MOST_PUTS: usize = 25;
/// So many keys one `BatchGetItem` takes, and no more.
pub const MOST_GETS: usize = 100;

/// The longest that the first wait can be, in milliseconds. It doubles with each wait after it.
pub const FIRST_WAIT_MS: u64 = 50;
/// The longest that any wait can be.
pub const LONGEST_WAIT_MS: u64 = 1_000;
/// So often a batch is tried, at most. (An attempt that was refused whole, the client sends up to three times on its
/// own.)
pub const MOST_ATTEMPTS: u32 = 8;

/// A batch was not done.
#[derive(Debug, thiserror::Error)]
pub enum BatchError {
    /// After [`MOST_ATTEMPTS`] attempts so many cards, or keys, of one batch were still unprocessed.
    #[error("{0} of a batch are still unprocessed")]
    Unprocessed(usize),
    /// There is something on a board that is no card.
    #[error(transparent)]
    BadItem(#[from] BadItem),
    /// DynamoDB refused a request, or could not be reached.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

/// How long to wait after the attempt `attempt`, the first of which is 1: any time from nothing to the longest that this
/// wait can be. (Two clients that were refused at the same moment must not come back at the same moment.) There is an
/// answer for every attempt, also for one that no batch reaches.
pub fn wait_ms(attempt: u32, patience: &mut impl Patience) -> u64 {
    let doubled = FIRST_WAIT_MS.saturating_mul(1 << (attempt - 1).min(16));
    patience.random(doubled.min(LONGEST_WAIT_MS))
}

/// The put of one card, as a batch carries it. Given.
pub fn put_request(card: &Card) -> WriteRequest {
    let put = PutRequest::builder().set_item(Some(card.to_item())).build().expect("an item is set");
    WriteRequest::builder().put_request(put).build()
}

/// Puts all `cards`, over what is there.
///
/// - In batches of at most [`MOST_PUTS`], with as few requests as that allows when all goes well. DynamoDB refuses a
///   batch that names a key twice; here the last card with a key counts.
/// - What comes back unprocessed, and nothing else, is sent again, after a wait of [`wait_ms`]. A request that
///   DynamoDB refuses whole because there is too much to do ([`is_throttled`]) is one of which nothing was processed.
/// - Each batch has [`MOST_ATTEMPTS`] attempts of its own. If something of it is left after the last one, that is
///   [`BatchError::Unprocessed`]: there is no further wait, and the batches behind it are not sent.
pub async fn put_all(
    boards: &Boards,
    cards: &[Card],
    patience: &mut impl Patience,
) -> Result<(), BatchError> {
    let last: BTreeMap<&CardKey, &Card> = cards.iter().map(|card| (&card.key, card)).collect();
    let puts: Vec<WriteRequest> = last.into_values().map(put_request).collect();
    for batch in puts.chunks(MOST_PUTS) {
        let mut left = batch.to_vec();
        for attempt in 1.. {
            let request = boards.client.batch_write_item().request_items(&boards.table, left.clone());
            match request.send().await {
                Ok(answer) => {
                    let unprocessed = answer.unprocessed_items.unwrap_or_default().remove(&boards.table);
                    left = unprocessed.unwrap_or_default();
                }
                Err(error) if is_throttled(&error) => {}
                Err(error) => return Err(DatabaseError::from(error).into()),
            }
            if left.is_empty() {
                break;
            }
            again(attempt, left.len(), patience).await?;
        }
    }
    Ok(())
}

/// Waits for the next attempt, unless there is none.
async fn again(attempt: u32, left: usize, patience: &mut impl Patience) -> Result<(), BatchError> {
    if attempt == MOST_ATTEMPTS {
        return Err(BatchError::Unprocessed(left));
    }
    let ms = wait_ms(attempt, patience);
    patience.wait(ms).await;
    Ok(())
}

/// The cards with these keys, in the order of `keys`: `None` where there is none, and the same card twice where a key is
/// there twice.
///
/// Each key is asked for once, however often it is in `keys`; in batches of at most [`MOST_GETS`], eventually consistent.
/// What comes back unprocessed is treated as in [`put_all`].
pub async fn get_all(
    boards: &Boards,
    keys: &[CardKey],
    patience: &mut impl Patience,
) -> Result<Vec<Option<Card>>, BatchError> {
    let mut different = keys.to_vec();
    different.sort();
    different.dedup();
    let mut found: HashMap<CardKey, Card> = HashMap::new();
    for batch in different.chunks(MOST_GETS) {
        let mut left: Vec<Item> = batch.iter().map(CardKey::item).collect();
        for attempt in 1.. {
            let asked = KeysAndAttributes::builder().set_keys(Some(left.clone())).build();
            let asked = asked.expect("keys are set");
            match boards.client.batch_get_item().request_items(&boards.table, asked).send().await {
                Ok(answer) => {
                    let items = answer.responses.unwrap_or_default().remove(&boards.table);
                    for item in items.unwrap_or_default() {
                        if let Ok(card) = Card::from_item(&item) {
                            found.insert(card.key.clone(), card);
                        }
                    }
                    let unprocessed = answer.unprocessed_keys.unwrap_or_default().remove(&boards.table);
                    left = unprocessed.map(|unprocessed| unprocessed.keys).unwrap_or_default();
                }
                Err(error) if is_throttled(&error) => {}
                Err(error) => return Err(DatabaseError::from(error).into()),
            }
            if left.is_empty() {
                break;
            }
            again(attempt, left.len(), patience).await?;
        }
    }
    Ok(keys.iter().map(|key| found.get(key).cloned()).collect())
}
