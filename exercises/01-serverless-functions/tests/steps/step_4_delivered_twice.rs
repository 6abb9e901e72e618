//! Step 4: an event that is delivered twice takes effect once.
//!
//! Whoever invokes a function and hears nothing can't know whether it worked, and tries again. So the function must
//! recognize an event that it has seen, by what its sender says and not by what this delivery is called; and as its
//! process may end at any point, the effect and the proof of it have to come about together.

use std::time::Duration;

use super::subject::tables::{ACCOUNTS, EXPIRES_AT, RECEIPTS};
use lab::{Lab, Observation, Reply};
use serde_json::{Value, json};
use solution_2::config::Function;

use super::cloud::Cloud;
use super::shown::{attribute, error_type};
use super::stocked::{self, number, text};

use super::time::Time;
use super::wire::Wire;

/// How long an invocation may take.
const TIMEOUT: Duration = Duration::from_secs(3);

/// Lost answers: to the function's first request, or to its second where it sends one.
const LOST_ANSWERS: [&str; 2] = ["first", "second"];

async fn function(lab: &Lab) -> Function {
    let function = Function::new("sending").timeout(TIMEOUT);
    let function = Time::start(lab).await.told(function);
    let function = stocked::table(lab, function, ACCOUNTS).await;
    stocked::table(lab, function, RECEIPTS).await
}

async fn set_account(lab: &Lab, account: &str, stamps: u64) {
    stocked::put(lab, ACCOUNTS, [("account", text(account)), ("stamps_left", number(stamps))]).await;
}

async fn stamps_left(lab: &Lab, account: &str) -> String {
    let items = lab.items("accounts").await;
    let left = items.iter().find(|item| item.string("account") == Some(account));
    left.and_then(|item| item.number("stamps_left")).map_or("no account".to_owned(), |left| left.to_string())
}

fn sending(event_id: &str, account: &str, stamps: u64) -> Value {
    json!({ "event_id": event_id, "account": account, "stamps": stamps })
}

/// Whether `later` says what `first` said: `the same`, or what it says instead.
fn compared(first: &Reply, later: &Reply) -> String {
    match (first.function_error(), later.function_error()) {
        (None, None) if first.json() == later.json() => "the same".to_owned(),
        (None, None) => "something else".to_owned(),
        _ => format!("error type {}", error_type(later)),
    }
}

/// How many stamps were taken, against those of each event once.
fn against(taken: Option<u64>, due: u64) -> &'static str {
    match taken {
        Some(0) => "none",
        Some(taken) if taken == due => "once for each event",
        Some(taken) if taken < due => "too few",
        Some(_) => "too many",
        // There is no account, or more in it than before.
        None => "can't be told",
    }
}

#[test]
fn a_second_delivery_takes_nothing_and_is_told_the_same() {
    lab::step(async |lab: &Lab| {
        let seed = lab.seed();
        let cloud = Cloud::deploy(lab, function(lab).await).await;
        let account = seed.name();
        let before = seed.number(60..=99);
        set_account(lab, &account, before).await;
        let events = [seed.id("event"), seed.id("event"), seed.id("event")];
        let sendings = events.each_ref().map(|event| sending(event, &account, seed.number(1..=9)));
        let mut first = Vec::new();
        for sending in &sendings {
            first.push(cloud.invoke(sending).await);
        }
        let left = stamps_left(lab, &account).await;
        let mut rows = Vec::new();
        for (sending, first) in sendings.iter().zip(&first) {
            let later = cloud.invoke(sending).await;
            let own = first.header("x-amzn-requestid").is_some_and(|id| first.json()["request_id"] == id);
            let request_id = if own { "its own" } else { "another" };
            rows.push([
                attribute(first, "event_id"),
                attribute(first, "stamps"),
                request_id.to_owned(),
                compared(first, &later),
            ]);
        }
        let now_s = i64::try_from(lab.clock().now_ms() / 1_000).expect("seconds since 1970 fit");
        let receipts = lab.items("receipts").await;
        let mut expiry: Vec<[String; 2]> = receipts
            .iter()
            .map(|receipt| {
                let expires = receipt.number(EXPIRES_AT).map(|at| format!("{} s from now", at - now_s));
                let event = receipt.string("event_id").unwrap_or("without event_id").to_owned();
                [event, expires.unwrap_or_else(|| "never".to_owned())]
            })
            .collect();
        expiry.sort();
        let observation = Observation::new()
            .fact("stamps before", before)
            .table("deliveries", &["event", "stamps", "first reply's request id", "second reply"], rows)
            .fact("stamps left after the first deliveries", left)
            .fact("stamps left after the second deliveries", stamps_left(lab, &account).await)
            .table("receipts", &["event", "expires"], expiry);
        lab.observe(observation)
    });
}

#[test]
fn two_deliveries_at_the_same_moment_take_effect_once() {
    lab::step(async |lab: &Lab| {
        let seed = lab.seed();
        let cloud = Cloud::deploy(lab, function(lab).await).await;
        let account = seed.name();
        let before = seed.number(200..=299);
        set_account(lab, &account, before).await;
        let mut due = 0;
        let mut rows = Vec::new();
        for _ in 0..8 {
            let event = seed.id("event");
            let stamps = seed.number(1..=9);
            due += stamps;
            let sending = sending(&event, &account, stamps);
            let (one, two) = tokio::join!(cloud.invoke(&sending), cloud.invoke(&sending));
            rows.push([event, attribute(&one, "stamps"), compared(&one, &two)]);
        }
        let left = stamps_left(lab, &account).await;
        let taken = left.parse().ok().and_then(|left| before.checked_sub(left));
        let observation = Observation::new()
            .fact("stamps before", before)
            .table("deliveries in pairs", &["event", "one is told to take", "the other is told"], rows)
            .fact("stamps left", left)
            .fact("stamps taken", against(taken, due))
            .fact("receipts", lab.items("receipts").await.len());
        lab.observe(observation)
    });
}

#[test]
fn a_refused_event_may_be_sent_again() {
    lab::step(async |lab: &Lab| {
        let seed = lab.seed();
        let cloud = Cloud::deploy(lab, function(lab).await.reserved_concurrency(1)).await;
        let account = seed.name();
        let stamps = seed.number(5..=9);
        let sending = sending(&seed.id("event"), &account, stamps);
        let without_account = error_type(&cloud.invoke(&sending).await);
        set_account(lab, &account, stamps - 1).await;
        let one_short = error_type(&cloud.invoke(&sending).await);
        let receipts = lab.items("receipts").await.len();
        let short = stamps_left(lab, &account).await;
        set_account(lab, &account, stamps).await;
        let enough = cloud.invoke(&sending).await;
        let left = stamps_left(lab, &account).await;
        let again = cloud.invoke(&sending).await;
        let observation = Observation::new()
            .json("event", &sending)
            .fact("error type without an account", without_account)
            .fact("error type with one stamp too few", one_short)
            .fact("receipts of refused events", receipts)
            .fact("stamps left by refused events", short)
            .fact("error type with the last stamps", error_type(&enough))
            .fact("stamps left then", left)
            .fact("delivered once more to the empty account", compared(&enough, &again));
        lab.observe(observation)
    });
}

#[test]
fn wherever_the_process_ends_the_stamps_are_taken_once() {
    lab::step(async |lab: &Lab| {
        let seed = lab.seed();
        let function = function(lab).await;
        let mut rows = Vec::new();
        for (answers, lost) in (0..).zip(LOST_ANSWERS) {
            let account = format!("{}-{lost}", seed.name());
            let before = seed.number(20..=99);
            set_account(lab, &account, before).await;
            let stamps = seed.number(1..=9);
            let sending = sending(&seed.id("event"), &account, stamps);
            let wire = Wire::with(lab, answers).await;
            let cloud = Cloud::deploy(lab, wire.between(function.clone())).await;
            let end_it_when_an_answer_is_lost = async {
                wire.broken().await;
                lab.clock().advance(TIMEOUT);
                std::future::pending::<()>().await;
            };
            tokio::select! {
                _ = cloud.invoke(&sending) => {}
                () = end_it_when_an_answer_is_lost => {}
            }
            wire.mend();
            let later = cloud.invoke(&sending).await;
            let taken = stamps_left(lab, &account).await;
            rows.push([lost.to_owned(), before.to_string(), attribute(&later, "stamps"), taken]);
        }
        let columns = ["lost answer", "stamps before", "the next delivery is told", "stamps left"];
        lab.observe(Observation::new().table("deliveries", &columns, rows))
    });
}
