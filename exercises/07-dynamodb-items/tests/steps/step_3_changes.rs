//! Step 3: a card is changed where it is.
//!
//! A program that reads an item, changes it and writes it back overwrites what others did in between. An update
//! expression travels to the item instead; it reaches into maps, grows lists and sets, and can say what it found or
//! what it left.

use std::collections::BTreeSet;

use lab::{Lab, Observation};

use super::at_once::join_all;
use super::shown::{listed, requests, result, trouble, yes};
use super::stocked::{NOON_MS, boards, card, get, put_one};
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

/// The notes in an item.
fn notes(item: &lab::Item) -> Vec<Note> {
    let values = item.get("notes").and_then(|notes| notes.as_l().ok()).into_iter().flatten();
    values.filter_map(|note| Note::from_value(note).ok()).collect()
}

fn tags(told_tags: &Result<BTreeSet<String>, ChangeError>) -> String {
    match told_tags {
        Ok(tags) => listed(tags),
        Err(error) => told(error),
    }
}

/// Adds a note, and says what is told.
async fn note_told(boards: &Boards, key: &CardKey, note: &Note) -> String {
    result(&add_note(boards, key, note).await, told)
}

/// Whether the item is as it was but for these attributes.
fn only_changed(before: &lab::Item, now: &lab::Item, names: &[&str]) -> bool {
    before.clone().without(names).json() == now.clone().without(names).json()
}

#[test]
fn no_view_is_lost_and_the_first_one_is_remembered() {
    lab::step(async |lab: &Lab| {
        let seed = lab.seed();
        let boards = boards(lab).await;
        let card = card(&seed, &seed.word(), NOON_MS);
        let before = put_one(lab, &boards, &card).await;
        lab.forget_requests();
        let first_ms = NOON_MS + seed.number(1..=1_000_000);
        let first = lab.call(async || {
            let viewed = view(&boards, &card.key, first_ms).await;
            let viewed = viewed.map(|Views { views, first_view_ms }| {
                format!("{views}, first {}", i128::from(first_view_ms) - i128::from(NOON_MS))
            });
            result(&viewed, told)
        });
        let first = first.await;
        let later = lab.call(async || {
            let views = (1..=20).map(|n| {
                let (boards, key) = (boards.clone(), card.key.clone());
                async move { view(&boards, &key, first_ms + n).await }
            });
            let told = join_all(views).await.into_iter();
            told.map(|views| Some((views.as_ref().ok()?.views, views.ok()?.first_view_ms)))
                .collect::<Vec<_>>()
        });
        let later: Vec<Option<(u64, u64)>> = later.await;
        let counts: BTreeSet<u64> = later.iter().flatten().map(|(views, _)| *views).collect();
        let remember = later.iter().all(|told| told.is_some_and(|(_, first)| first == first_ms));
        let all = requests(lab);
        let stored = get(lab, &card.key).await.expect("the card is there");
        let number =
            |name: &str| stored.get(name).and_then(|value| value.as_n().ok().cloned()).unwrap_or_default();
        let others = only_changed(&before, &stored, &["views", "first_view_ms"]);
        let observation = Observation::new()
            .fact("views before", card.views)
            .fact("the first view is told", first)
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
        put_one(lab, &boards, &bare).await;
        lab.forget_requests();
        let opening = Note { by: seed.name(), words: String::new() };
        let first = lab.call(async || note_told(&boards, &bare.key, &opening).await).await;
        let writers = ["one", "two"].map(|by| {
            let words: Vec<String> = (0..5).map(|_| seed.word()).collect();
            words.into_iter().map(|words| Note { by: by.to_owned(), words }).collect::<Vec<_>>()
        });
        let counts = lab.call(async || {
            let writing = writers.clone().map(|notes| {
                let (boards, key) = (boards.clone(), bare.key.clone());
                async move {
                    let mut counts = Vec::new();
                    for note in &notes {
                        counts.push(note_told(&boards, &key, note).await);
                    }
                    counts
                }
            });
            join_all(writing).await.concat()
        });
        let mut counts: Vec<String> = counts.await;
        counts.sort_by_key(|count| (count.len(), count.clone()));
        let all = requests(lab);
        let kept = notes(&get(lab, &bare.key).await.expect("the card is there"));
        let in_order = writers.iter().all(|notes| {
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
        let before = put_one(lab, &boards, &bare).await;
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
            let told = lab.call(async || {
                let key = &bare.key;
                tags(&if add { tag(&boards, key, word).await } else { untag(&boards, key, word).await })
            });
            let told = told.await;
            let item = get(lab, &bare.key).await.expect("the card is there");
            let stored =
                item.get("tags").map_or("no attribute".to_owned(), |_| item.json()["tags"].to_string());
            rows.push([if add { "add" } else { "take" }.to_owned(), word.clone(), told, stored]);
        }
        let all = requests(lab);
        let now = get(lab, &bare.key).await.expect("the card is there");
        let others = only_changed(&before, &now, &["tags"]);
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
        let before = put_one(lab, &boards, &card).await;
        lab.forget_requests();
        let mut rows = Vec::new();
        for part in [Part::State, Part::Street, Part::City, Part::State] {
            let value = format!("new {}", seed.word());
            let old = lab.call(async || result(&correct(&boards, &card.key, part, &value).await, told)).await;
            rows.push([part.name().to_owned(), value, old]);
        }
        let all = requests(lab);
        let after = get(lab, &card.key).await.expect("the card is there");
        let others = only_changed(&before, &after, &["address"]);
        let address = |item: &lab::Item| {
            let parts = ["street", "city", "state"]
                .map(|part| item.json()["address"][part].as_str().unwrap_or("nothing").to_owned());
            parts.join(" / ")
        };
        let observation = Observation::new()
            .fact("address before", address(&before))
            .table("corrections", &["part", "to", "told"], rows)
            .fact("address after", address(&after))
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
        put_one(lab, &boards, &there).await;
        let key = CardKey { posted_ms: NOON_MS + 1, ..there.key.clone() };
        lab.forget_requests();
        let note = Note { by: seed.name(), words: seed.word() };
        let views = async |boards: &Boards, key: &CardKey| {
            result(&view(boards, key, NOON_MS).await.map(|views| views.views), told)
        };
        let corrected = async || result(&correct(&boards, &key, Part::City, "Sète").await, told);
        let observation = Observation::new()
            .fact("no card at", key.sort_key())
            .fact("view", lab.call(async || views(&boards, &key).await).await)
            .fact("note", lab.call(async || note_told(&boards, &key, &note).await).await)
            .fact("tag", lab.call(async || tags(&tag(&boards, &key, "sea").await)).await)
            .fact("untag", lab.call(async || tags(&untag(&boards, &key, "sea").await)).await)
            .fact("correction", lab.call(corrected).await)
            .fact("requests", requests(lab));
        let elsewhere = Boards { table: lab.table_name("nowhere"), ..boards.clone() };
        let trouble = lab.call(async || views(&elsewhere, &there.key).await).await;
        let items = lab.items("cards").await;
        let kept: Vec<&str> = items.iter().filter_map(|item| item.string("card")).collect();
        let observation = observation.fact("no such table", trouble).fact("in the table", listed(kept));
        lab.observe(observation)
    });
}
