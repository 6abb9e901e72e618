//! Step 1: a typed event in, a typed reply out.
//!
//! A function gets JSON from outside and hands JSON back. What it can't read is an answer too: a *function error*, with
//! an error type that the caller can act on. The process lives on and takes the next event.

use lab::{Lab, Observation, Seed};
use serde_json::{Value, json};
use solution_2::config::Function;

use super::cloud::Cloud;
use super::shown::{attribute, error_type, shown};

fn card(seed: &Seed) -> Value {
    let words: Vec<String> = (0..seed.number(2..=6)).map(|_| seed.word()).collect();
    json!({ "from": seed.name(), "to": seed.name(), "words": words.join(" é ") })
}

#[test]
fn a_card_is_answered_with_its_postmark() {
    lab::step(async |lab: &Lab| {
        let seed = lab.seed();
        let cloud = Cloud::deploy(lab, Function::new("postmark").reserved_concurrency(1)).await;
        let mut cards = [card(&seed), card(&seed), card(&seed)];
        cards[1]["picture"] = json!({ "key": seed.id("picture") });
        let mut rows = Vec::new();
        for card in cards {
            let reply = cloud.invoke(&card).await;
            let fields = ["address", "characters", "left"].map(|name| attribute(&reply, name));
            let picture = if card["picture"].is_null() { "" } else { " and a picture" };
            rows.push([vec![format!("{}{picture}", card["words"])], fields.to_vec()].concat());
        }
        lab.observe(Observation::new().table("postmarks", &["card", "address", "characters", "left"], rows))
    });
}

#[test]
fn a_bad_event_is_an_error_with_a_type_and_the_next_is_answered() {
    lab::step(async |lab: &Lab| {
        let seed = lab.seed();
        let cloud = Cloud::deploy(lab, Function::new("postmark").reserved_concurrency(1)).await;
        let (from, to) = (seed.name(), seed.name());
        let mut events = vec![
            json!({ "from": from, "words": seed.word() }),
            json!({ "from": from, "to": null, "words": seed.word() }),
            json!({ "from": from, "to": to, "words": seed.number(1..=9) }),
            json!({ "to": to }),
            json!([from, to]),
            json!(seed.word()),
            json!({}),
            Value::Null,
        ];
        seed.shuffle(&mut events);
        let mut rows = Vec::new();
        for event in events {
            let reply = cloud.invoke(&event).await;
            let message = reply.json()["errorMessage"].as_str().unwrap_or("(none)").to_owned();
            let begins = message.split(':').next().unwrap_or_default().to_owned();
            rows.push([event.to_string(), error_type(&reply), begins]);
        }
        let next = cloud.invoke(&card(&seed)).await;
        let observation = Observation::new()
            .table("errors", &["event", "error type", "message begins with"], rows)
            .fact("the next event", shown(&next))
            .fact("environments started", cloud.environments());
        lab.observe(observation)
    });
}

#[test]
fn words_are_counted_in_characters_and_280_fit() {
    lab::step(async |lab: &Lab| {
        let seed = lab.seed();
        let cloud = Cloud::deploy(lab, Function::new("postmark").reserved_concurrency(1)).await;
        let (from, to) = (seed.name(), seed.name());
        let some = usize::try_from(seed.number(20..=250)).expect("it is at most 250");
        let too_many = usize::try_from(seed.number(282..=400)).expect("it is at most 400");
        let words = [
            ("no character", String::new()),
            ("white space", " \n\t ".to_owned()),
            ("1 character", "é".to_owned()),
            ("a letter in white space", "  a ".to_owned()),
            ("some characters", "é".repeat(some)),
            ("280 characters", "é".repeat(280)),
            ("281 characters", "é".repeat(281)),
            ("too many", "a".repeat(too_many)),
        ];
        let mut rows = Vec::new();
        for (name, words) in words {
            let reply = cloud.invoke(&json!({ "from": from, "to": to, "words": words })).await;
            let message = reply.json()["errorMessage"].as_str().unwrap_or_default().to_owned();
            let outcome = match reply.function_error() {
                None => format!("{} and {} left", attribute(&reply, "characters"), attribute(&reply, "left")),
                Some(_) => error_type(&reply),
            };
            rows.push([name.to_owned(), outcome, message]);
        }
        lab.observe(Observation::new().table("answers", &["words", "answer", "message"], rows))
    });
}
