//! Step 6: what a request costs, computed and observed.
//!
//! DynamoDB bills by size, rounded up: for an item that is read or written, for the sum of what a query has looked at. A
//! filter makes an answer smaller and the bill no different. The lab measures every request by the same rules.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};
use lab::{Lab, Observation};

use super::shown::{requests, trouble, yes};
use super::stocked::{NOON_MS, boards, card, put, put_one};
use super::subject::boards::{Boards, Item, number, text};
use super::subject::card::Card;
use super::subject::cost::{
    Consistency, batch_units, item_bytes, query_units, read_units, value_bytes, write_units,
};
use super::subject::survey::survey;

const KB: usize = 1024;

/// A value nested `depth` deep, with something of every type in it.
fn nested(lab: &Lab, depth: usize) -> AttributeValue {
    let seed = lab.seed();
    let mut value = AttributeValue::L(vec![
        text(seed.word()),
        number(seed.number(0..=1_000_000)),
        AttributeValue::Bool(true),
        AttributeValue::Null(true),
        AttributeValue::Ns(vec!["100".into(), seed.number(1..=99_999).to_string()]),
        AttributeValue::Ss(vec![seed.word(), "é".into()]),
        AttributeValue::Bs(vec![Blob::new([1]), Blob::new([2; 30])]),
    ]);
    for level in 0..depth {
        value = if level % 2 == 0 {
            AttributeValue::M(Item::from([
                (seed.word(), value),
                ("ü".to_owned(), AttributeValue::L(Vec::new())),
            ]))
        } else {
            AttributeValue::L(vec![value, AttributeValue::M(Item::new()), text("")])
        };
    }
    value
}

#[test]
fn a_value_has_its_size_whatever_its_type() {
    lab::step(async |lab: &Lab| {
        let seed = lab.seed();
        let word = format!("{} née {}", seed.word(), seed.name());
        let numbers = [
            "0",
            "7",
            "12",
            "123",
            "1200",
            "0012",
            "-12",
            "0.005",
            "1000000",
            "10203",
            "1E+20",
            "7.0E-3",
            "12345678901234567890123456789012345678",
        ];
        let mut values: Vec<(String, AttributeValue)> =
            numbers.iter().map(|n| (format!("N {n}"), number(n))).collect();
        values.extend([
            (format!("S {word}"), text(&word)),
            ("S, empty".into(), text("")),
            ("B of 5 bytes".into(), AttributeValue::B(Blob::new([9; 5]))),
            ("BOOL".into(), AttributeValue::Bool(false)),
            ("NULL".into(), AttributeValue::Null(true)),
            ("SS of a, bc".into(), AttributeValue::Ss(vec!["a".into(), "bc".into()])),
            ("NS of 1, 234".into(), AttributeValue::Ns(vec!["1".into(), "234".into()])),
            ("BS of 1 and 3 bytes".into(), AttributeValue::Bs(vec![Blob::new([1]), Blob::new([1; 3])])),
            ("L, empty".into(), AttributeValue::L(Vec::new())),
            ("M, empty".into(), AttributeValue::M(Item::new())),
            ("L of a, 12".into(), AttributeValue::L(vec![text("a"), number(12)])),
            ("M of name: a".into(), AttributeValue::M(Item::from([("name".into(), text("a"))]))),
        ]);
        let deep = [1, 2, 5, 28].map(|depth| (format!("nested {depth} deep"), nested(lab, depth)));
        let item = Item::from([("name".into(), text("a")), ("née".into(), number(12))]);
        let rows = lab.call(async || {
            let row =
                |(what, value): &(String, AttributeValue)| [what.clone(), value_bytes(value).to_string()];
            let mut rows: Vec<[String; 2]> = values.iter().map(row).collect();
            rows.push(["item of name: a, née: 12".to_owned(), item_bytes(&item).to_string()]);
            rows.extend(deep.iter().map(row));
            rows
        });
        let rows = rows.await;
        lab.observe(Observation::new().table("sizes", &["value", "bytes"], rows))
    });
}

#[test]
fn units_are_rounded_where_the_documentation_rounds_them() {
    lab::step(async |lab: &Lab| {
        let seed = lab.seed();
        let drawn = usize::try_from(seed.number(9_000..=300_000)).expect("it is small");
        let sizes = [0, 1, 1_023, KB, KB + 1, 3_500, 4 * KB, 4 * KB + 1, 8 * KB, 10 * KB, 400 * KB, drawn];
        let rows = lab.call(async || {
            let rows = sizes.iter().map(|&bytes| {
                let read = |consistency| read_units(bytes, consistency).to_string();
                let written = write_units(None, Some(bytes)).to_string();
                [bytes.to_string(), read(Consistency::Eventual), read(Consistency::Strong), written]
            });
            rows.collect::<Vec<_>>()
        });
        let rows = rows.await;
        let many = vec![64; 1_500];
        let mixed = [3 * KB / 2, 13 * KB / 2];
        let both = |units: fn(&[usize], Consistency) -> f64, sizes: &[usize]| {
            format!("{} or {}", units(sizes, Consistency::Eventual), units(sizes, Consistency::Strong))
        };
        let facts = lab.call(async || {
            [
                ("a query over 1,500 items of 64 bytes", both(query_units, &many)),
                ("a query over 1.5 KB and 6.5 KB", both(query_units, &mixed)),
                ("a query that finds nothing", both(query_units, &[])),
                ("a batch of 1.5 KB and 6.5 KB", both(batch_units, &mixed)),
                ("a batch of three small items and one that is not there", both(batch_units, &[9, 9, 9, 0])),
                ("a write from 300 KB to 310 KB", write_units(Some(300 * KB), Some(310 * KB)).to_string()),
                ("a write from 310 KB to 300 KB", write_units(Some(310 * KB), Some(300 * KB)).to_string()),
                ("a removal of 310 KB", write_units(Some(310 * KB), None).to_string()),
                ("a removal of nothing", write_units(None, None).to_string()),
            ]
            .map(|(what, units)| (what.to_owned(), units))
        });
        let observation = Observation::new().table(
            "one item",
            &["bytes", "read, eventual", "read, strong", "written"],
            rows,
        );
        let facts = facts.await.into_iter();
        lab.observe(facts.fold(observation, |observation, (what, units)| observation.fact(&what, units)))
    });
}

/// What the lab measured of the last request: read or write units.
fn measured(lab: &Lab) -> String {
    let last = lab.requests().pop().and_then(|request| request.cost);
    last.map_or("nothing".to_owned(), |cost| (cost.read + cost.write).to_string())
}

#[test]
fn what_you_compute_is_what_the_request_costs() {
    lab::step(async |lab: &Lab| {
        let seed = lab.seed();
        let boards = boards(lab).await;
        lab.measure_costs();
        let board = seed.word();
        let picture = |bytes: u64| vec![7; usize::try_from(bytes).expect("it is small")];
        let small = Card { picture: picture(seed.number(10..=500)), ..card(&seed, &board, NOON_MS) };
        let large =
            Card { picture: picture(seed.number(5_000..=30_000)), ..card(&seed, &board, NOON_MS + 1) };
        let grown = Card { picture: picture(seed.number(5_000..=30_000)), ..small.clone() };
        let bytes = |card: &Card| item_bytes(&card.to_item());
        let mut rows = Vec::new();
        let mut note = |what: &str, computed: String| rows.push([what.to_owned(), computed, measured(lab)]);
        for (what, before, card) in [
            ("put a small card", None, &small),
            ("put a larger one in its place", Some(&small), &grown),
            ("and the small one again", Some(&grown), &small),
            ("put a large card", None, &large),
        ] {
            put_one(lab, &boards, card).await;
            let computed =
                lab.call(async || write_units(before.map(bytes), Some(bytes(card))).to_string()).await;
            note(what, computed);
        }
        let read =
            async |consistency| lab.call(async || read_units(bytes(&large), consistency).to_string()).await;
        let get = || boards.client.get_item().table_name(&boards.table).set_key(Some(large.key.item()));
        let strong = get().consistent_read(true);
        lab.aside(async || drop(strong.send().await.expect("a card can be read"))).await;
        note("get it, strong", read(Consistency::Strong).await);
        let title = get().projection_expression("title");
        lab.aside(async || drop(title.send().await.expect("a card can be read"))).await;
        note("get its title, eventual", read(Consistency::Eventual).await);
        let both = async |units: fn(&[usize], Consistency) -> f64| {
            let sizes = || [bytes(&small), bytes(&large)];
            lab.call(async || units(&sizes(), Consistency::Eventual).to_string()).await
        };
        let query = boards.client.query().table_name(&boards.table).key_condition_expression("board = :b");
        let query = query.expression_attribute_values(":b", text(&board));
        lab.aside(async || drop(query.send().await.expect("a board can be read"))).await;
        note("query the board", both(query_units).await);
        let keys = KeysAndAttributes::builder().keys(small.key.item()).keys(large.key.item());
        let batch =
            boards.client.batch_get_item().request_items(&boards.table, keys.build().expect("complete"));
        lab.aside(async || drop(batch.send().await.expect("cards can be read"))).await;
        note("get both in a batch", both(batch_units).await);
        lab.observe(Observation::new().table(
            "requests",
            &["request", "computed", "measured by the lab"],
            rows,
        ))
    });
}

#[test]
fn a_survey_pays_for_what_it_looks_at() {
    lab::step(async |lab: &Lab| {
        let seed = lab.seed();
        let boards = boards(lab).await;
        let board = seed.word();
        let (mut tagged, mut cards) = (Vec::new(), Vec::new());
        for n in 0..24 {
            let has = seed.number(0..=3) == 0;
            let tags: BTreeSet<String> =
                if has { ["sea".into(), "sun".into()].into() } else { ["seaside".into()].into() };
            let picture = vec![7; 700];
            cards.push(Card { picture, tags, ..card(&seed, &board, NOON_MS + n) });
            tagged.push(has);
        }
        cards.push(Card { tags: [].into(), ..card(&seed, &board, NOON_MS + 24) });
        put(lab, &boards, &cards).await;
        lab.measure_costs();
        let from = seed.number(1..=6);
        let (mut rows, mut strongly) = (Vec::new(), false);
        for (from, until) in [(0, 25), (from, from + 8), (from, from + 1), (24, 25)] {
            lab.forget_requests();
            let told = lab.call(async || {
                match survey(&boards, &board, "sea", NOON_MS + from, NOON_MS + until).await {
                    Ok(survey) => format!("{} of {}, {} units", survey.found, survey.looked_at, survey.units),
                    Err(error) => trouble(&error),
                }
            });
            let told = told.await;
            let asked = lab.requests();
            strongly |= asked.iter().any(|request| request.body["ConsistentRead"] == true);
            let items: usize =
                asked.iter().filter_map(|request| request.response["Items"].as_array()).map(Vec::len).sum();
            let cost = asked.into_iter().next().and_then(|request| request.cost).unwrap_or_default();
            let thrown = format!("{} of {}", cost.discarded, cost.read_bytes.len());
            rows.push([
                format!("{from} until {until}"),
                told,
                requests(lab),
                items.to_string(),
                cost.read.to_string(),
                thrown,
            ]);
        }
        let nowhere = Boards { table: lab.table_name("nowhere"), ..boards.clone() };
        let nowhere =
            lab.call(async || survey(&nowhere, &board, "sea", NOON_MS, NOON_MS + 1).await.is_err()).await;
        let columns = ["cards", "told", "requests", "cards sent", "measured by the lab", "thrown away"];
        let observation = Observation::new()
            .fact("cards with the tag", tagged.iter().filter(|has| **has).count())
            .table("surveys", &columns, rows)
            .fact("strongly consistent", yes(strongly))
            .fact("no such table is an error", yes(nowhere));
        lab.observe(observation)
    });
}
