//! Step 2: work done once, in Init.
//!
//! What a process does before it asks for its first event is Init. It happens once in an environment, and every
//! invocation after it finds what Init has left in memory. Another environment has an Init and a memory of its own.

use super::subject::tables::RATES;
use lab::{Lab, Observation, Seed};
use serde_json::{Value, json};
use solution_2::config::Function;

use super::cloud::Cloud;
use super::shown::{attribute, error_type};
use super::stocked::{self, number, text};

const ZONES: [&str; 3] = ["abroad", "home", "town"];

async fn function(lab: &Lab) -> Function {
    stocked::table(lab, Function::new("postage"), RATES).await
}

async fn set_rates(lab: &Lab, seed: &Seed) {
    for zone in ZONES {
        let cents = number(seed.number(40..=220));
        stocked::put(lab, RATES, [("zone", text(zone)), ("cents", cents)]).await;
    }
}

fn letter(seed: &Seed) -> Value {
    json!({ "zone": seed.pick(&ZONES), "grams": seed.number(1..=90) })
}

/// Requests that read the table of rates.
fn reads(lab: &Lab) -> usize {
    lab.requests().iter().filter(|request| request.table == "rates" && is_read(&request.operation)).count()
}

fn is_read(operation: &str) -> bool {
    ["Scan", "Query", "GetItem", "BatchGetItem"].contains(&operation)
}

#[test]
fn every_quote_comes_from_what_init_has_read() {
    lab::step(async |lab: &Lab| {
        let seed = lab.seed();
        let function = function(lab).await.reserved_concurrency(1);
        set_rates(lab, &seed).await;
        let cloud = Cloud::deploy(lab, function).await;
        let zone = *seed.pick(&ZONES);
        let nowhere = seed.word();
        let grams = seed.number(22..=90);
        let letters =
            [(zone, grams), (zone, 0), (nowhere.as_str(), 20), (zone, 20), (zone, 21), ("", 1), (zone, 40)];
        let mut rows = Vec::new();
        for (zone, grams) in letters {
            let reply = cloud.invoke(&json!({ "zone": zone, "grams": grams })).await;
            let answer = match reply.function_error() {
                None => {
                    format!("{} cents, served {}", attribute(&reply, "cents"), attribute(&reply, "served"))
                }
                Some(_) => error_type(&reply),
            };
            rows.push([format!("{zone:?}"), grams.to_string(), answer]);
        }
        let observation = Observation::new()
            .table("answers", &["zone", "grams", "answer"], rows)
            .fact("environments started", cloud.environments())
            .fact("requests that read the rates", reads(lab));
        lab.observe(observation)
    });
}

#[test]
fn every_environment_has_an_init_of_its_own() {
    lab::step(async |lab: &Lab| {
        let seed = lab.seed();
        let function = function(lab).await;
        set_rates(lab, &seed).await;
        let cloud = Cloud::deploy(lab, function).await;
        let (first, second) = (letter(&seed), letter(&seed));
        let (one, two) = tokio::join!(cloud.invoke(&first), cloud.invoke(&second));
        let mut observation = Observation::new()
            .fact(
                "two letters at the same moment, cents",
                format!("{} {}", attribute(&one, "cents"), attribute(&two, "cents")),
            )
            .fact(
                "served, as each was told",
                format!("{} {}", attribute(&one, "served"), attribute(&two, "served")),
            );
        let more = [letter(&seed), letter(&seed), letter(&seed)];
        for letter in &more {
            let reply = cloud.invoke(letter).await;
            observation = observation.fact("one letter more, cents", attribute(&reply, "cents"));
        }
        observation = observation
            .fact("environments started", cloud.environments())
            .fact("requests that read the rates", reads(lab));
        lab.observe(observation)
    });
}

#[test]
fn an_environment_without_rates_takes_no_event() {
    lab::step(async |lab: &Lab| {
        let seed = lab.seed();
        let function = function(lab).await.reserved_concurrency(1);
        let cloud = Cloud::deploy(lab, function).await;
        let letter = letter(&seed);
        let without = cloud.invoke(&letter).await;
        set_rates(lab, &seed).await;
        let with = cloud.invoke(&letter).await;
        let observation = Observation::new()
            .json("letter", &letter)
            .fact("error type while there are no rates", error_type(&without))
            .fact("cents when there are rates", attribute(&with, "cents"))
            .fact("served", attribute(&with, "served"));
        lab.observe(observation)
    });
}
