//! Functions of Postcards: people send cards to boards that others follow.
//!
//! Every step is a function: a module with a `run` that is its process's main, and a handler that is asked once an
//! invocation. The tests start each as a process that polls a Runtime API, as on Lambda.
//!
//! | step | module | what it does |
//! |---|---|---|
//! | 1 | [`postmark`] | a typed event in, a typed reply out; what can't be read is a typed error |
//! | 2 | [`postage`] | reads the rates once, in Init, and quotes from them as long as the environment lives |
//! | 3 | [`views`] | counts the views of a card; no environment keeps the count |
//! | 4 | [`sending`] | takes stamps from an account, once for each event, however often it is delivered |
//! | 5 | [`printing`] | prints a board, stops before the deadline, says where to go on |
//! | 6 | [`likes`] | takes a batch of likes and names those to deliver again |
//! | 7 | [`site`] | steps 1 and 3 behind a function URL |
//!
//! Given, complete, and explained where they stand:
//!
//! - [`database`]: a DynamoDB client out of the environment, and what goes wrong with it
//! - [`tables`]: the tables, their keys, and what else is in their items
//! - [`clock`]: what time it is
//! - [`rates`], [`ledger`], [`press`], [`album`]: what steps 2, 4, 5 and 6 work with

pub mod album;
pub mod clock;
pub mod database;
pub mod ledger;
pub mod likes;
pub mod postage;
pub mod postmark;
pub mod press;
pub mod printing;
pub mod rates;
pub mod sending;
pub mod site;
pub mod tables;
pub mod views;
