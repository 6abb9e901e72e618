//! Step 3: no state in the function.
//!
//! Environments share nothing, run at the same time and end without notice. What must be counted is counted where all
//! of them can reach it, and in one request: between reading a number and writing it back there is room for others.

use super::subject::tables::CARDS;
use lab::{Lab, Observation, Reply};
use serde_json::json;
use solution_2::config::Function;

use super::cloud::Cloud;
use super::shown::{attribute, error_type};
use super::stocked::{self, number, text};

/// Each of two callers has this many views, one after the other.
const VIEWS_A_CALLER: usize = 10;

async fn function(lab: &Lab) -> Function {
    stocked::table(lab, Function::new("views"), CARDS).await
}

#[test]
fn twenty_views_in_two_environments_are_all_counted() {
    lab::step(async |lab: &Lab| {
        let seed = lab.seed();
        let function = function(lab).await;
        let card = seed.id("card");
        let before = seed.number(1..=500);
        stocked::put(lab, CARDS, [("card", text(&card)), ("view_count", number(before))]).await;
        let cloud = Cloud::deploy(lab, function).await;
        let view = json!({ "card": card });
        let caller = async || {
            let mut replies = Vec::new();
            for _ in 0..VIEWS_A_CALLER {
                replies.push(cloud.invoke(&view).await);
            }
            replies
        };
        let (one, two) = tokio::join!(caller(), caller());
        let replies: Vec<Reply> = [one, two].concat();
        let mut told: Vec<u64> = replies.iter().filter_map(|reply| reply.json()["views"].as_u64()).collect();
        told.sort_unstable();
        let answered = told.len();
        told.dedup();
        let span = told
            .first()
            .zip(told.last())
            .map_or("none".to_owned(), |(first, last)| format!("{first} to {last}"));
        let observation = Observation::new()
            .fact("views before", before)
            .fact("views that were told a number", answered)
            .fact("different numbers", told.len())
            .fact("numbers", span)
            .items("cards", &lab.items("cards").await)
            .fact("environments started", cloud.environments());
        lab.observe(observation)
    });
}

#[test]
fn a_count_outlives_its_environment() {
    lab::step(async |lab: &Lab| {
        let seed = lab.seed();
        let function = function(lab).await;
        let card = seed.id("card");
        let view = json!({ "card": card });
        let mut rows = Vec::new();
        for environment in ["first", "second", "third"] {
            let cloud = Cloud::deploy(lab, function.clone()).await;
            for _ in 0..seed.number(1..=3) {
                rows.push([environment.to_owned(), attribute(&cloud.invoke(&view).await, "views")]);
            }
        }
        let observation = Observation::new().fact("card", card);
        lab.observe(observation.table("views", &["environment", "told"], rows))
    });
}

#[test]
fn a_view_changes_its_cards_count_and_nothing_else() {
    lab::step(async |lab: &Lab| {
        let seed = lab.seed();
        let function = function(lab).await;
        let (titled, other, new) = (seed.id("card"), seed.id("card"), seed.id("card"));
        let title = text(format!("{} by the {}", seed.word(), seed.word()));
        stocked::put(lab, CARDS, [("card", text(&titled)), ("title", title.clone())]).await;
        let count = number(seed.number(10..=90));
        stocked::put(lab, CARDS, [("card", text(&other)), ("title", title), ("view_count", count)]).await;
        let cloud = Cloud::deploy(lab, function).await;
        let mut rows = Vec::new();
        for card in [&titled, &new, &other, &new, &titled] {
            let reply = cloud.invoke(&json!({ "card": card })).await;
            rows.push([attribute(&reply, "card"), attribute(&reply, "views")]);
        }
        lab.forget_requests();
        let nothing = cloud.invoke(&json!({ "card": "" })).await;
        let asked = lab.requests().iter().filter(|request| request.table == "cards").count();
        let observation = Observation::new()
            .table("views", &["card", "told"], rows)
            .items("cards", &lab.items("cards").await)
            .fact("error type of a view without a card", error_type(&nothing))
            .fact("requests to the table for it", asked);
        lab.observe(observation)
    });
}
