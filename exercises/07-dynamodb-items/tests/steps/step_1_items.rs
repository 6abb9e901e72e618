//! Step 1: the table, and a card that goes there and back.
//!
//! A table declares its key and nothing else. An item brings its attributes along, each with its type, and what a program
//! reads back is what it wrote only if it uses the types as they are: numbers as text, sets that are never empty.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_dynamodb::types::AttributeValue;
use lab::{Lab, Observation};

use super::shown::{fields, kind, requests, yes};
use super::stocked::{CARDS, NOON_MS, attributes, boards, card, get, put, put_one};
use super::subject::boards::{Boards, Item, number, text};
use super::subject::card::{Address, BadItem, Card};
use super::subject::key::CardKey;

/// The table's key, as role, attribute and type, and how many attributes are declared.
async fn described(boards: &Boards) -> (Vec<[String; 3]>, usize) {
    let described = boards.client.describe_table().table_name(&boards.table).send().await;
    let described = described.ok().and_then(|answer| answer.table).expect("the table is there");
    let keys = described.key_schema().iter().map(|element| {
        let name = element.attribute_name().to_owned();
        let of = described.attribute_definitions().iter().find(|of| of.attribute_name() == name);
        let of = of.map(|of| of.attribute_type().to_string()).unwrap_or_default();
        [element.key_type().to_string(), name, of]
    });
    (keys.collect(), described.attribute_definitions().len())
}

/// What the library makes of an item: the fields of a card, or the attribute that is wrong.
fn read(item: &Item) -> Result<String, String> {
    match Card::from_item(item) {
        Ok(card) => Ok(fields(&card)),
        Err(BadItem(name)) => Err(format!("bad {name}")),
    }
}

/// What was made of an item that `card` was.
fn told(read: Result<String, String>, card: &Card) -> String {
    match read {
        Ok(read) if read == fields(card) => "the card".to_owned(),
        Ok(_) => "another card".to_owned(),
        Err(bad) => bad,
    }
}

#[test]
fn the_table_knows_its_key_and_nothing_else() {
    lab::step(async |lab: &Lab| {
        let boards = boards(lab).await;
        let created = lab.requests().into_iter().find(|request| request.operation == "CreateTable");
        let billing = created.map(|request| request.body["BillingMode"].to_string());
        let (keys, declared) = lab.aside(async || described(&boards).await).await;
        let seed = lab.seed();
        let cards = [card(&seed, &seed.word(), NOON_MS), card(&seed, &seed.word(), NOON_MS)];
        put(lab, &boards, &cards).await;
        let items: Vec<lab::Item> = lab.items(CARDS).await;
        let kept = items
            .iter()
            .map(|item| ["board", "card"].map(|name| item.string(name).unwrap_or("none").to_owned()));
        let observation = Observation::new()
            .table("key of the table", &["role", "attribute", "type"], keys)
            .fact("attributes declared", declared)
            .fact("billing mode asked for", billing.unwrap_or_default())
            .table("cards in it", &["board", "card"], kept);
        lab.observe(observation)
    });
}

#[test]
fn every_attribute_goes_there_and_back() {
    lab::step(async |lab: &Lab| {
        let boards = boards(lab).await;
        let seed = lab.seed();
        let mut card = card(&seed, "harbor", NOON_MS);
        // 38 digits: more than a `u64` or an `f64` holds.
        card.serial = format!(
            "{}{:019}",
            seed.number(1..=9) * 1_000_000_000_000_000_000 + seed.number(0..=9_999),
            seed.number(1..=9)
        );
        put_one(lab, &boards, &card).await;
        let stored = get(lab, &card.key).await.expect("it was put");
        let plain = stored.json();
        let rows: Vec<[String; 3]> = stored
            .attributes()
            .map(|(name, value)| [name.clone(), kind(value).to_owned(), plain[name].to_string()])
            .collect();
        let back = lab.call(async || read(&attributes(&stored))).await;
        let same = back == Ok(fields(&card));
        let observation = Observation::new()
            .table("the item", &["attribute", "type", "value"], rows)
            .fact("comes back as the same card", yes(same))
            .fact("otherwise as", if same { "-".to_owned() } else { back.unwrap_or_else(|bad| bad) });
        lab.observe(observation)
    });
}

#[test]
fn a_card_with_next_to_nothing_on_it_goes_there_and_back() {
    lab::step(async |lab: &Lab| {
        let boards = boards(lab).await;
        let seed = lab.seed();
        let bare = Card {
            key: CardKey { board: seed.word(), posted_ms: 0, id: seed.id("card") },
            posting: seed.id("posting"),
            title: String::new(),
            views: 0,
            serial: "0".to_owned(),
            sealed: false,
            signature: None,
            picture: Vec::new(),
            tags: [].into(),
            stamps: [].into(),
            seals: [].into(),
            notes: Vec::new(),
            address: Address { street: String::new(), city: seed.word(), state: String::new() },
        };
        let (mut rows, mut kinds) = (Vec::new(), BTreeMap::<String, [&str; 2]>::new());
        let mut one_tag = bare.clone();
        one_tag.key.id = seed.id("card");
        one_tag.tags = [seed.word()].into();
        one_tag.views = u64::MAX;
        for (place, (what, card)) in
            [("bare", bare), ("one tag, most views", one_tag)].into_iter().enumerate()
        {
            put_one(lab, &boards, &card).await;
            let stored = get(lab, &card.key).await.expect("it was put");
            for (name, value) in stored.attributes() {
                kinds.entry(name.clone()).or_insert(["-"; 2])[place] = kind(value);
            }
            let back = lab.call(async || read(&attributes(&stored))).await;
            rows.push([what.to_owned(), card.key.id.clone(), yes(back == Ok(fields(&card))).to_owned()]);
        }
        let kinds =
            kinds.into_iter().map(|(name, [bare, tagged])| [name, bare.to_owned(), tagged.to_owned()]);
        let observation = Observation::new().table("cards", &["card", "id", "comes back"], rows).table(
            "types in them",
            &["attribute", "bare", "one tag"],
            kinds,
        );
        lab.observe(observation)
    });
}

#[test]
fn an_item_that_is_no_card_is_told_by_what_is_wrong() {
    lab::step(async |lab: &Lab| {
        let seed = lab.seed();
        let card = card(&seed, &seed.word(), NOON_MS);
        let names = lab.call(async || card.to_item().into_keys().collect::<BTreeSet<String>>()).await;
        let rows = lab.call(async || {
            let rows = names.iter().map(|name| {
                let (mut without, mut other) = (card.to_item(), card.to_item());
                without.remove(name);
                let wrong =
                    if kind(&other[name]) == "BOOL" { text("yes") } else { AttributeValue::Bool(true) };
                other.insert(name.clone(), wrong);
                (name.clone(), read(&without), read(&other))
            });
            rows.collect::<Vec<_>>()
        });
        let rows = rows.await.into_iter();
        let rows = rows.map(|(name, without, other)| [name, told(without, &card), told(other, &card)]);
        let map = |parts: &[(&str, &str)]| {
            AttributeValue::M(parts.iter().map(|(name, part)| ((*name).to_owned(), text(*part))).collect())
        };
        let changes = [
            ("views of -1", "views", number(-1)),
            ("views of 2.5", "views", number("2.5")),
            ("views of 2^64", "views", number("18446744073709551616")),
            ("a stamp of 2^32", "stamps", AttributeValue::Ns(vec!["45".into(), "4294967296".into()])),
            ("a sort key without a time", "card", text(&card.key.id)),
            ("a note without words", "notes", AttributeValue::L(vec![map(&[("by", "Ada")])])),
            ("an address without a state", "address", map(&[("street", "a"), ("city", "b")])),
            ("an attribute more", "color", text("red")),
        ];
        let mut observation = Observation::new().fact("card", &card.key.id).table(
            "attributes",
            &["attribute", "missing", "of another type"],
            rows,
        );
        for (what, name, value) in changes {
            let read = lab.call(async || {
                let mut item = card.to_item();
                item.insert(name.to_owned(), value);
                read(&item)
            });
            observation = observation.fact(what, told(read.await, &card));
        }
        lab.observe(observation.fact("requests", requests(lab)))
    });
}
