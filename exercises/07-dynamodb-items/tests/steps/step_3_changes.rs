//! Step 3: a card is changed where it is.
//!
//! A program that reads an item, changes it and writes it back overwrites what others did in between. An update
//! expression travels to the item instead; it reaches into maps, grows lists and sets, and can say what it found or
//! what it left.

use std::collections::BTreeSet;

use lab::{Lab, Observation};

use super::at_once::join_all;
use super::shown::{listed, requests, result, trouble, yes};
use super::stocked::{NOON_MS, boards, card, get, put};
use super::subject::boards::Boards;
use super::subject::card::{Card, Note};
use super::subject::changes::{ChangeError, Part, Views, add_note, correct, tag, untag, view};
use super::subject::key::CardKey;

fn told(error: &ChangeError) -> String {
    match error {
        ChangeError::NoCard => "no card".to_owned(),
        ChangeError::BadItem(bad) => format!("bad {}", bad.0),
        ChangeError::Database(error) => trouble(error),
    }
}

fn tags(told_tags: &Result<BTreeSet<String>, ChangeError>) -> String {
    match told_tags {
        Ok(tags) => listed(tags),
        Err(error) => told(error),
    }
}

/// The card as it is now; the test ends where it can't be read.
async fn now(boards: &Boards, key: &CardKey) -> Card {
    let item = get(boards, key).await.expect("the card is there");
    Card::from_item(&item).expect("the card can be read (step 1)")
}

#[test]
fn no_view_is_lost_and_the_first_one_is_remembered() {
    lab::step(async |lab: &Lab| {
        let seed = lab.seed();
        let boards = boards(lab).await;
        let card = card(&seed, &seed.word(), NOON_MS);
        put(&boards, card.to_item()).await;
        lab.forget_requests();
        let first_ms = NOON_MS + seed.number(1..=1_000_000);
        let first = view(&boards, &card.key, first_ms).await;
        let later = join_all((1..=20).map(|n| {
            let (boards, key) = (boards.clone(), card.key.clone());
            async move { view(&boards, &key, first_ms + n).await }
        }))
        .await;
        let counts: BTreeSet<u64> =
            later.iter().filter_map(|views| Some(views.as_ref().ok()?.views)).collect();
        let remember = later
            .iter()
            .all(|views| matches!(views, Ok(Views { first_view_ms, .. }) if *first_view_ms == first_ms));
        let all = requests(lab);
        let stored = get(&boards, &card.key).await.expect("the card is there");
        let number =
            |name: &str| stored.get(name).and_then(|value| value.as_n().ok().cloned()).unwrap_or_default();
        let others = Card { views: card.views, ..now(&boards, &card.key).await } == card;
        let first =
            first.map(|Views { views, first_view_ms }| format!("{views}, first {}", first_view_ms - NOON_MS));
        let observation = Observation::new()
            .fact("views before", card.views)
            .fact("the first view is told", result(&first, told))
            .fact("twenty more at once are told different numbers", counts.len())
            .fact("from", counts.first().copied().unwrap_or_default())
            .fact("to", counts.last().copied().unwrap_or_default())
            .fact("all are told the time of the first view", yes(remember))
            .fact("views in the table", number("views"))
            .fact("time of the first view in the table", number("first_view_ms"))
            .fact("the card's other attributes are as they were", yes(others))
            .fact("requests", all);
        lab.observe(observation)
    });
}

#[test]
fn notes_of_two_writers_are_all_there_in_the_order_of_each() {
    lab::step(async |lab: &Lab| {
        let seed = lab.seed();
        let boards = boards(lab).await;
        let bare = Card { notes: Vec::new(), ..card(&seed, &seed.word(), NOON_MS) };
        put(&boards, bare.to_item()).await;
        lab.forget_requests();
        let opening = Note { by: seed.name(), words: String::new() };
        let first = result(&add_note(&boards, &bare.key, &opening).await, told);
        let writers = ["one", "two"].map(|by| {
            let (boards, key) = (boards.clone(), bare.key.clone());
            let words: Vec<String> = (0..5).map(|_| seed.word()).collect();
            let notes: Vec<Note> = words.into_iter().map(|words| Note { by: by.to_owned(), words }).collect();
            async move {
                let mut counts = Vec::new();
                for note in &notes {
                    counts.push(result(&add_note(&boards, &key, note).await, told));
                }
                (notes, counts)
            }
        });
        let written = join_all(writers).await;
        let all = requests(lab);
        let kept = now(&boards, &bare.key).await.notes;
        let mut counts: Vec<String> = written.iter().flat_map(|(_, counts)| counts.clone()).collect();
        counts.sort_by_key(|count| (count.len(), count.clone()));
        let in_order = written.iter().all(|(notes, _)| {
            let of: Vec<&Note> = kept.iter().filter(|note| note.by == notes[0].by).collect();
            of == notes.iter().collect::<Vec<_>>()
        });
        let mut words: Vec<String> = kept.iter().map(|note| format!("{}: {}", note.by, note.words)).collect();
        words.sort();
        let observation = Observation::new()
            .fact("the first note is told", first)
            .fact("the others are told", listed(counts))
            .fact("the first note is still the first", yes(kept.first() == Some(&opening)))
            .fact("each writer's notes are in their order", yes(in_order))
            .fact("notes in the table", listed(words))
            .fact("requests", all);
        lab.observe(observation)
    });
}

#[test]
fn tags_come_once_and_go_down_to_none() {
    lab::step(async |lab: &Lab| {
        let seed = lab.seed();
        let boards = boards(lab).await;
        let bare = Card { tags: [].into(), ..card(&seed, &seed.word(), NOON_MS) };
        put(&boards, bare.to_item()).await;
        let (sea, sun) = (format!("sea-{}", seed.word()), format!("sun-{}", seed.word()));
        lab.forget_requests();
        let mut rows = Vec::new();
        for (add, word) in [
            (true, &sea),
            (true, &sun),
            (true, &sea),
            (false, &sea),
            (false, &sea),
            (false, &sun),
            (false, &sun),
            (true, &sun),
        ] {
            let told =
                if add { tag(&boards, &bare.key, word).await } else { untag(&boards, &bare.key, word).await };
            let item = lab.items("cards").await.remove(0);
            let stored =
                item.get("tags").map_or("no attribute".to_owned(), |_| item.json()["tags"].to_string());
            rows.push([if add { "add" } else { "take" }.to_owned(), word.clone(), tags(&told), stored]);
        }
        let all = requests(lab);
        let others = Card { tags: [].into(), ..now(&boards, &bare.key).await } == bare;
        let observation = Observation::new()
            .table("tags", &["change", "tag", "told", "in the table"], rows)
            .fact("the card's other attributes are as they were", yes(others))
            .fact("requests", all);
        lab.observe(observation)
    });
}

#[test]
fn one_part_of_an_address_is_corrected_and_the_others_stay() {
    lab::step(async |lab: &Lab| {
        let seed = lab.seed();
        let boards = boards(lab).await;
        let card = card(&seed, &seed.word(), NOON_MS);
        put(&boards, card.to_item()).await;
        lab.forget_requests();
        let mut rows = Vec::new();
        for part in [Part::State, Part::Street, Part::City, Part::State] {
            let value = format!("new {}", seed.word());
            let before = result(&correct(&boards, &card.key, part, &value).await, told);
            rows.push([part.name().to_owned(), value, before]);
        }
        let all = requests(lab);
        let corrected = now(&boards, &card.key).await;
        let others = Card { address: card.address.clone(), ..corrected.clone() } == card;
        let address =
            |card: &Card| format!("{} / {} / {}", card.address.street, card.address.city, card.address.state);
        let observation = Observation::new()
            .fact("address before", address(&card))
            .table("corrections", &["part", "to", "told"], rows)
            .fact("address after", address(&corrected))
            .fact("the card's other attributes are as they were", yes(others))
            .fact("requests", all);
        lab.observe(observation)
    });
}

#[test]
fn what_is_not_there_is_not_made_by_changing_it() {
    lab::step(async |lab: &Lab| {
        let seed = lab.seed();
        let boards = boards(lab).await;
        let there = card(&seed, &seed.word(), NOON_MS);
        put(&boards, there.to_item()).await;
        let key = CardKey { posted_ms: NOON_MS + 1, ..there.key.clone() };
        lab.forget_requests();
        let note = Note { by: seed.name(), words: seed.word() };
        let viewed = view(&boards, &key, NOON_MS).await.map(|views| views.views);
        let observation = Observation::new()
            .fact("no card at", key.sort_key())
            .fact("view", result(&viewed, told))
            .fact("note", result(&add_note(&boards, &key, &note).await, told))
            .fact("tag", tags(&tag(&boards, &key, "sea").await))
            .fact("untag", tags(&untag(&boards, &key, "sea").await))
            .fact("correction", result(&correct(&boards, &key, Part::City, "Sète").await, told))
            .fact("requests", requests(lab));
        let elsewhere = Boards { table: lab.table_name("nowhere"), ..boards.clone() };
        let trouble = view(&elsewhere, &there.key, NOON_MS).await.map(|views| views.views);
        let items = lab.items("cards").await;
        let kept: Vec<&str> = items.iter().filter_map(|item| item.string("card")).collect();
        let observation =
            observation.fact("no such table", result(&trouble, told)).fact("in the table", listed(kept));
        lab.observe(observation)
    });
}
