//! The boards of Postcards, kept in DynamoDB: keys and items.
//!
//! People post cards to boards that others follow. Every step is a few functions over one table; the tests call them
//! with a client of a database of their own.
//!
//! | step | modules | what they do |
//! |---|---|---|
//! | 1 | [`table`], [`card`] | create the table; a card becomes an item and a card again |
//! | 2 | [`posting`] | a card is posted once, however often it is sent |
//! | 3 | [`changes`] | counters, lists, sets and nested parts are changed where they are |
//! | 4 | [`reading`] | cards of a board by time, from both ends |
//! | 5 | [`cursor`], [`pages`] | a board page by page, with a cursor that nobody can make up |
//! | 6 | [`cost`], [`survey`] | what a request costs, computed and observed |
//! | 7 | [`batches`] | many cards with few requests, and what is left over |
//!
//! Given, complete, and explained where they stand:
//!
//! - [`boards`]: the client, the table, what goes wrong with them
//! - [`key`]: the key of a card
//! - [`patience`]: chance and time, for the waits of step 7

pub mod batches;
pub mod boards;
pub mod card;
pub mod changes;
pub mod cost;
pub mod cursor;
pub mod key;
pub mod pages;
pub mod patience;
pub mod posting;
pub mod reading;
pub mod survey;
pub mod table;
