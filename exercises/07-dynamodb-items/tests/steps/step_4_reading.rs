//! Step 4: cards of a board, by time, in both directions.
//!
//! A query reads one item collection, from one place in the order of its sort keys to another. Both ends are in the key
//! condition: what is sorted out afterwards has been read, and paid, before.

use lab::{Lab, Observation};

use super::shown::{listed, requests, trouble};
use super::stocked::{NOON_MS, boards, card, put, put_without};
use super::subject::boards::Boards;
use super::subject::card::Card;
use super::subject::reading::{Order, ReadError, Selection, select};

/// Cards are so far apart, in milliseconds.
const STEP_MS: u64 = 60_000;

/// Puts `count` cards on `board`, a minute apart; their titles say which they are.
async fn stock(lab: &Lab, boards: &Boards, board: &str, count: u64, word: &str) {
    let card = |n| Card { title: format!("{word}{n}"), ..card(&lab.seed(), board, NOON_MS + n * STEP_MS) };
    put(lab, boards, &(0..count).map(card).collect::<Vec<_>>()).await;
}

fn titles(cards: &Result<Vec<Card>, ReadError>) -> String {
    match cards {
        Ok(cards) => listed(cards.iter().map(|card| &card.title)),
        Err(ReadError::BadItem(bad)) => format!("bad {}", bad.0),
        Err(ReadError::Database(error)) => trouble(error),
    }
}

/// Selects, and says what came, which requests that took, and how many cards were looked at.
async fn row(lab: &Lab, boards: &Boards, what: &str, selection: Selection) -> [String; 4] {
    lab.forget_requests();
    let cards = lab.call(async || titles(&select(boards, &selection).await)).await;
    let looked_at: u64 =
        lab.requests().iter().filter_map(|request| request.response["ScannedCount"].as_u64()).sum();
    [what.to_owned(), cards, requests(lab), looked_at.to_string()]
}

fn all(board: &str) -> Selection {
    Selection {
        board: board.to_owned(),
        from_ms: None,
        until_ms: None,
        order: Order::OldestFirst,
        at_most: None,
    }
}

const COLUMNS: [&str; 4] = ["selection", "cards", "requests", "looked at"];

#[test]
fn a_selection_is_read_from_either_end() {
    lab::step(async |lab: &Lab| {
        let seed = lab.seed();
        let boards = boards(lab).await;
        let (board, word) = (seed.word(), seed.word());
        stock(lab, &boards, &board, 9, &word).await;
        stock(lab, &boards, &format!("{board}s"), 3, "other").await;
        let newest = Selection { order: Order::NewestFirst, ..all(&board) };
        let at = |n: u64| Some(NOON_MS + n * STEP_MS);
        let first = seed.number(1..=3);
        let last = first + seed.number(2..=4);
        let middle = Selection { from_ms: at(first), until_ms: at(last), ..all(&board) };
        let mut rows = Vec::new();
        for (what, selection) in [
            ("all".to_owned(), all(&board)),
            ("newest first".to_owned(), newest.clone()),
            ("the newest two".to_owned(), Selection { at_most: Some(2), ..newest.clone() }),
            ("the oldest".to_owned(), Selection { at_most: Some(1), ..all(&board) }),
            (format!("from {first} until {last}"), middle.clone()),
            ("the same, newest first".to_owned(), Selection { order: Order::NewestFirst, ..middle.clone() }),
            (
                "the newest of them".to_owned(),
                Selection { order: Order::NewestFirst, at_most: Some(1), ..middle },
            ),
            ("from 7".to_owned(), Selection { from_ms: at(7), ..all(&board) }),
            ("until 2, newest first".to_owned(), Selection { until_ms: at(2), ..newest }),
            ("a board without cards".to_owned(), all("nothing")),
        ] {
            rows.push(row(lab, &boards, &what, selection).await);
        }
        lab.observe(Observation::new().table("selections", &COLUMNS, rows))
    });
}

#[test]
fn both_ends_of_a_selection_are_where_they_are_said_to_be() {
    lab::step(async |lab: &Lab| {
        let seed = lab.seed();
        let boards = boards(lab).await;
        let (board, word) = (seed.word(), seed.word());
        // Two in one millisecond, one in the next, and one when times had twelve digits.
        let times = [NOON_MS, NOON_MS, NOON_MS + 1, 999_999_999_999, 0].into_iter().enumerate();
        let cards = times.map(|(n, ms)| {
            let mut card = Card { title: format!("{word}{n}"), ..card(&seed, &board, ms) };
            card.key.id = format!("{n}");
            card
        });
        put(lab, &boards, &cards.collect::<Vec<_>>()).await;
        let of = |from_ms: Option<u64>, until_ms: Option<u64>| Selection { from_ms, until_ms, ..all(&board) };
        let mut rows = Vec::new();
        for (what, selection) in [
            ("all", all(&board)),
            ("from noon", of(Some(NOON_MS), None)),
            ("until noon", of(None, Some(NOON_MS))),
            ("from noon, 1 ms", of(Some(NOON_MS), Some(NOON_MS + 1))),
            ("1 ms before noon, 1 ms", of(Some(NOON_MS - 1), Some(NOON_MS))),
            ("from noon, 2 ms", of(Some(NOON_MS), Some(NOON_MS + 2))),
            ("from 0 until 1,000,000,000,000", of(Some(0), Some(1_000_000_000_000))),
            ("until 1,000,000,000", of(None, Some(1_000_000_000))),
            ("from 1,000,000,000 until noon", of(Some(1_000_000_000), Some(NOON_MS))),
            ("from noon until noon", of(Some(NOON_MS), Some(NOON_MS))),
            ("from noon until before", of(Some(NOON_MS), Some(NOON_MS - 1))),
        ] {
            rows.push(row(lab, &boards, what, selection).await);
        }
        let odd = format!("{board}-odd");
        stock(lab, &boards, &odd, 1, &word).await;
        let no_card = card(&seed, &odd, NOON_MS + 1);
        put_without(lab, &boards, &no_card, "title").await;
        rows.push(row(lab, &boards, "something that is no card among them", all(&odd)).await);
        let elsewhere = Boards { table: lab.table_name("nowhere"), ..boards.clone() };
        rows.push(row(lab, &elsewhere, "no such table", all(&board)).await);
        lab.observe(Observation::new().table("selections", &COLUMNS, rows))
    });
}
