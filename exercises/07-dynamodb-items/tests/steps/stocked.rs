//! A table with cards in it.

use std::collections::BTreeSet;

use lab::{Lab, Seed};

use super::shown::trouble;
use super::subject::boards::{Boards, Item};
use super::subject::card::{Address, Card, Note};
use super::subject::key::{BOARD, CARD, CardKey};
use super::subject::table;

/// When the first card of a board was posted: 2026-03-09T12:00:00Z.
pub const NOON_MS: u64 = 1_773_057_600_000;

/// What the table is called in a test.
pub const CARDS: &str = "cards";

/// The table of the boards, with nothing in it.
pub async fn boards(lab: &Lab) -> Boards {
    let boards = Boards { client: lab.client(), table: lab.table_name(CARDS) };
    lab.call(async || {
        if let Err(error) = table::create(&boards).await {
            panic!("a fresh table can be created: {}", trouble(&error));
        }
    })
    .await;
    boards
}

/// A card with something in every attribute.
pub fn card(seed: &Seed, board: &str, posted_ms: u64) -> Card {
    let key = CardKey { board: board.to_owned(), posted_ms, id: seed.id("card") };
    let word = || seed.word();
    Card {
        key,
        posting: seed.id("posting"),
        title: format!("{} by the {}", word(), word()),
        views: seed.number(0..=5_000),
        serial: format!("{}", seed.number(1..=1_000_000_000)),
        sealed: seed.number(0..=1) == 1,
        signature: Some(seed.name()),
        picture: (0..8).map(|_| byte(seed)).collect(),
        tags: BTreeSet::from([word(), word()]),
        stamps: BTreeSet::from([45, 60 + 5 * u32::from(byte(seed))]),
        seals: BTreeSet::from([vec![byte(seed)], vec![byte(seed), 0]]),
        notes: vec![Note { by: seed.name(), words: format!("{}!", word()) }],
        address: Address { street: format!("{} 7", word()), city: word(), state: word() },
    }
}

fn byte(seed: &Seed) -> u8 {
    u8::try_from(seed.number(0..=255)).expect("it is a byte")
}

/// Puts cards into the table, as the library makes items of them, and answers these items.
pub async fn put(lab: &Lab, boards: &Boards, cards: &[Card]) -> Vec<lab::Item> {
    lab.call(async || {
        let mut items = Vec::new();
        for card in cards {
            put_item(boards, card.to_item()).await;
            items.push(card.to_item().into());
        }
        items
    })
    .await
}

/// Puts one card into the table, and answers its item.
pub async fn put_one(lab: &Lab, boards: &Boards, card: &Card) -> lab::Item {
    put(lab, boards, std::slice::from_ref(card)).await.remove(0)
}

/// Puts an item into the table, whatever it is.
async fn put_item(boards: &Boards, item: Item) {
    let put = boards.client.put_item().table_name(&boards.table).set_item(Some(item));
    if let Err(error) = put.send().await {
        panic!("an item can be put into a fresh table: {}", trouble(&error.into()));
    }
}

/// Puts an item that is no card, and would be this one if it had the attribute.
pub async fn put_without(lab: &Lab, boards: &Boards, card: &Card, attribute: &str) {
    lab.call(async || {
        let mut item = card.to_item();
        item.remove(attribute);
        put_item(boards, item).await;
    })
    .await;
}

/// The item at `key`, as it is in the table now.
pub async fn get(lab: &Lab, key: &CardKey) -> Option<lab::Item> {
    let is_there = |item: &lab::Item| {
        item.string(BOARD) == Some(&key.board) && item.string(CARD) == Some(&key.sort_key())
    };
    lab.items(CARDS).await.into_iter().find(is_there)
}

/// An item as the client has it.
pub fn attributes(item: &lab::Item) -> Item {
    item.attributes().map(|(name, value)| (name.clone(), value.clone())).collect()
}
