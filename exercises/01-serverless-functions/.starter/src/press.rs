//! The printing press. Given.
//!
//! The cards of a board are an item collection: items with the same partition key, in the order of their sort key.
//! [`Press::waiting`] reads a part of it with a *Query*, the request that reads one item collection, or a range of it,
//! and nothing else.

use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;

use crate::clock::Clock;
use crate::database::{self, DatabaseError};
use crate::ledger::Item;
use crate::tables;

/// The longest that the press needs for a card.
pub const LONGEST_MS: u64 = 900;

/// The press, the boards it prints and the count of its copies.
#[derive(Clone, Debug)]
pub struct Press {
    client: Client,
    boards: String,
    prints: String,
    clock: Clock,
}

/// A card that waits to be printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Where it is on its board.
    pub place: u32,
    /// The card's key.
    pub card: String,
    /// How long the press needs for it, at most [`LONGEST_MS`].
    pub press_ms: u64,
}

impl Press {
    /// The press over the tables that `TABLE_BOARDS` and `TABLE_PRINTS` name.
    pub fn open() -> Result<Self, DatabaseError> {
        Ok(Self {
            client: database::client()?,
            boards: database::variable(tables::BOARDS.variable)?,
            prints: database::variable(tables::PRINTS.variable)?,
            clock: Clock::from_environment(),
        })
    }

    /// Milliseconds since 1970, on the clock that deadlines are on.
    pub async fn now_ms(&self) -> u64 {
        self.clock.now_ms().await
    }

    /// The cards of `board` whose place comes after `after`, or all of them, in the order of their places.
    pub async fn waiting(&self, board: &str, after: Option<u32>) -> Result<Vec<Waiting>, DatabaseError> {
        let mut query = self
            .client
            .query()
            .table_name(&self.boards)
            .expression_attribute_values(":board", AttributeValue::S(board.to_owned()));
        query = match after {
            None => query.key_condition_expression("board = :board"),
            Some(place) => query
                .key_condition_expression("board = :board AND place > :place")
                .expression_attribute_values(":place", AttributeValue::N(place.to_string())),
        };
        // One answer holds a megabyte at most. Where there is more, the client's paginator asks on.
        let cards: Vec<_> = query.into_paginator().items().send().collect::<Result<_, _>>().await?;
        cards.iter().map(Waiting::read).collect()
    }

    /// Prints `card`. It takes as long as the card says, and can't be interrupted or taken back.
    pub async fn print(&self, card: &Waiting) -> Result<(), DatabaseError> {
        self.clock.pass(Duration::from_millis(card.press_ms)).await;
        self.client
            .update_item()
            .table_name(&self.prints)
            .key("card", AttributeValue::S(card.card.clone()))
            .update_expression("ADD copies :one")
            .expression_attribute_values(":one", AttributeValue::N("1".to_owned()))
            .send()
            .await?;
        Ok(())
    }
}

impl Waiting {
    fn read(item: &Item) -> Result<Self, DatabaseError> {
        Ok(Self {
            place: number(item, "place")?,
            card: item
                .get("card")
                .and_then(|value| value.as_s().ok())
                .ok_or(DatabaseError::Attribute("card"))?
                .clone(),
            press_ms: number(item, "press_ms")?,
        })
    }
}

fn number<T: std::str::FromStr>(item: &Item, attribute: &'static str) -> Result<T, DatabaseError> {
    item.get(attribute)
        .and_then(|value| value.as_n().ok()?.parse().ok())
        .ok_or(DatabaseError::Attribute(attribute))
}
