//! Step 5: stop before the deadline.
//!
//! An invocation has a deadline, and whoever works past it is ended without a word. A function that looks at the clock
//! stops while there is time to say what it has done, and hands back a cursor from which another invocation goes on.

use std::time::Duration;

use super::subject::tables::{BOARDS, PRINTS};
use lab::{Lab, Observation, Reply, Seed};
use serde_json::{Value, json};
use solution_2::config::Function;

use super::cloud::Cloud;
use super::shown::{error_type, shown};
use super::stocked::{self, number, text};

use super::time::Time;

/// A board that needs more orders than this is not being printed.
const MOST_ORDERS: usize = 12;

struct PrintShop {
    cloud: Cloud,
    time: Time,
    timeout: Duration,
}

impl PrintShop {
    /// Printing, with this much time for an order.
    async fn open(lab: &Lab, timeout_ms: u64) -> Self {
        let timeout = Duration::from_millis(timeout_ms);
        let time = Time::start(lab).await;
        let function = time.told(Function::new("printing").timeout(timeout));
        let function = stocked::table(lab, function, BOARDS).await;
        let function = stocked::table(lab, function, PRINTS).await;
        Self { cloud: Cloud::deploy(lab, function).await, time, timeout }
    }

    async fn order(&self, board: &str, after: &Value) -> Reply {
        self.time.invocation_begins(self.timeout);
        self.cloud.invoke(&json!({ "board": board, "after": after })).await
    }
}

/// Puts cards on a board, at places with gaps between them. How long each takes is given.
async fn fill(lab: &Lab, seed: &Seed, board: &str, press_ms: &[u64]) -> Vec<u64> {
    let mut place = 0;
    let mut places = Vec::new();
    for ms in press_ms {
        place += seed.number(1..=40);
        let card = text(seed.id("card"));
        let item =
            [("board", text(board)), ("place", number(place)), ("card", card), ("press_ms", number(*ms))];
        stocked::put(lab, BOARDS, item).await;
        places.push(place);
    }
    places
}

/// Printed cards, cursor and whether it is done; or what came in their place.
fn progress(reply: &Reply) -> [String; 3] {
    let document = reply.json();
    match document["printed"].as_array() {
        Some(printed) if reply.function_error().is_none() => {
            let printed: Vec<&str> = printed.iter().filter_map(Value::as_str).collect();
            let printed = if printed.is_empty() { "nothing".to_owned() } else { printed.join(" ") };
            [printed, document["after"].to_string(), document["done"].to_string()]
        }
        _ if reply.function_error().is_some() => {
            [format!("function error {}", error_type(reply)), "-".into(), "-".into()]
        }
        _ => [shown(reply), "-".into(), "-".into()],
    }
}

const PROGRESS: [&str; 4] = ["order", "printed", "after", "done"];

#[test]
fn a_board_is_printed_in_as_many_orders_as_it_takes() {
    lab::step(async |lab: &Lab| {
        let seed = lab.seed();
        let shop = PrintShop::open(lab, 3_000).await;
        let board = seed.id("board");
        let press: Vec<u64> = (0..seed.number(8..=10)).map(|_| seed.number(300..=900)).collect();
        fill(lab, &seed, &board, &press).await;
        fill(lab, &seed, &seed.id("board"), &[100, 100]).await;
        let mut after = Value::Null;
        let mut rows = Vec::new();
        for order in 1..=MOST_ORDERS {
            let reply = shop.order(&board, &after).await;
            let [printed, cursor, done] = progress(&reply);
            let over = done != "false";
            rows.push([order.to_string(), printed, cursor, done]);
            after = reply.json()["after"].clone();
            if over {
                break;
            }
        }
        let observation = Observation::new()
            .fact("cards on the board", press.len())
            .table("orders", &PROGRESS, rows)
            .items("prints", &lab.items("prints").await);
        lab.observe(observation)
    });
}

#[test]
fn a_card_is_begun_with_exactly_enough_time_and_not_with_less() {
    lab::step(async |lab: &Lab| {
        let seed = lab.seed();
        let shop = PrintShop::open(lab, 2_600).await;
        let mut rows = Vec::new();
        // What is left before the last card is 2,600 ms without what the others take.
        let boards: [(&str, &[u64]); 3] = [
            ("1,000 ms before the last card", &[800, 500, 300, 600]),
            ("999 ms before the last card", &[800, 500, 301, 600]),
            ("800 ms after the last card", &[900, 900]),
        ];
        for (left, press) in boards {
            let board = seed.id("board");
            let places = fill(lab, &seed, &board, press).await;
            let [printed, after, done] = progress(&shop.order(&board, &Value::Null).await);
            rows.push([left.to_owned(), printed, after, done]);
            if left.contains("after") {
                let last = json!(places.last());
                let [printed, after, done] = progress(&shop.order(&board, &last).await);
                rows.push(["after the last card, with time".to_owned(), printed, after, done]);
            }
        }
        lab.observe(Observation::new().table("orders", &PROGRESS, rows))
    });
}

#[test]
fn without_time_a_board_is_left_as_it_was_and_done_if_it_was_done() {
    lab::step(async |lab: &Lab| {
        let seed = lab.seed();
        let shop = PrintShop::open(lab, 900).await;
        let (board, empty) = (seed.id("board"), seed.id("board"));
        let places = fill(lab, &seed, &board, &[200, 300, 400]).await;
        let (second, last) = (places[1], places[2]);
        let orders = [
            ("from the start", &board, Value::Null),
            ("after the second card", &board, json!(second)),
            ("after the last card", &board, json!(last)),
            ("after a later place", &board, json!(last + seed.number(1..=9))),
            ("a board without cards", &empty, Value::Null),
        ];
        let mut rows = Vec::new();
        for (order, board, after) in orders {
            let [printed, after, done] = progress(&shop.order(board, &after).await);
            rows.push([order.to_owned(), printed, after, done]);
        }
        shop.time.is_ahead(shop.timeout + Duration::from_millis(1));
        for (order, after) in [("after the second card", second), ("after the last card", last)] {
            let [printed, after, done] = progress(&shop.order(&board, &json!(after)).await);
            rows.push([format!("past the deadline, {order}"), printed, after, done]);
        }
        let observation = Observation::new()
            .fact("places of the cards", format!("{places:?}"))
            .table("orders", &PROGRESS, rows)
            .items("prints", &lab.items("prints").await);
        lab.observe(observation)
    });
}
