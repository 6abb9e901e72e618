//! What holds for any item, any value and any change to a cursor.
//!
//! `DYNAMODB` chooses the backend, as for every test.

use std::collections::{BTreeSet, HashMap};

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use lab::Lab;
use proptest::collection::{btree_set, hash_map, vec};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use solution_7::boards::{Boards, Item};
use solution_7::card::{Address, Card, Note};
use solution_7::cost::{item_bytes, value_bytes, write_units};
use solution_7::cursor::{BadCursor, Sealer};
use solution_7::key::CardKey;
use solution_7::table;

/// Each case is a request or two to a database.
const DATABASE_CASES: u32 = 64;

/// A number as DynamoDB returns it: whole, without zeros in front.
fn number() -> impl Strategy<Value = String> {
    prop_oneof!["0", "-?[1-9][0-9]{0,37}"]
}

fn name() -> impl Strategy<Value = String> {
    "[a-zé][a-zA-Z0-9 ü]{0,11}"
}

/// Any value that can be stored, nested at most four deep.
fn value() -> impl Strategy<Value = AttributeValue> {
    let leaf = prop_oneof![
        any::<String>().prop_map(AttributeValue::S),
        number().prop_map(AttributeValue::N),
        vec(any::<u8>(), 0..40).prop_map(|bytes| AttributeValue::B(Blob::new(bytes))),
        any::<bool>().prop_map(AttributeValue::Bool),
        Just(AttributeValue::Null(true)),
        btree_set(".{1,8}", 1..5).prop_map(|texts| AttributeValue::Ss(texts.into_iter().collect())),
        btree_set(number(), 1..5).prop_map(|numbers| AttributeValue::Ns(numbers.into_iter().collect())),
        btree_set(vec(any::<u8>(), 1..9), 1..5)
            .prop_map(|blobs| AttributeValue::Bs(blobs.into_iter().map(Blob::new).collect())),
    ];
    leaf.prop_recursive(4, 24, 5, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(AttributeValue::L),
            hash_map(name(), inner, 0..5).prop_map(AttributeValue::M),
        ]
    })
}

/// Sets have no order: a value with its sets sorted.
fn sorted(value: AttributeValue) -> AttributeValue {
    match value {
        AttributeValue::Ss(mut texts) => {
            texts.sort();
            AttributeValue::Ss(texts)
        }
        AttributeValue::Ns(mut numbers) => {
            numbers.sort();
            AttributeValue::Ns(numbers)
        }
        AttributeValue::Bs(mut blobs) => {
            blobs.sort_by(|one, other| one.as_ref().cmp(other.as_ref()));
            AttributeValue::Bs(blobs)
        }
        AttributeValue::L(values) => AttributeValue::L(values.into_iter().map(sorted).collect()),
        AttributeValue::M(values) => AttributeValue::M(all_sorted(values)),
        other => other,
    }
}

fn all_sorted(item: Item) -> Item {
    item.into_iter().map(|(name, value)| (name, sorted(value))).collect()
}

fn card() -> impl Strategy<Value = Card> {
    let key = ("[a-zé]{1,9}", 0..9_999_999_999_999_u64, "[a-z0-9#-]{1,9}")
        .prop_map(|(board, posted_ms, id)| CardKey { board, posted_ms, id });
    let sets =
        (btree_set(".{1,6}", 0..4), btree_set(any::<u32>(), 0..4), btree_set(vec(any::<u8>(), 1..6), 0..4));
    let note = (any::<String>(), any::<String>()).prop_map(|(by, words)| Note { by, words });
    let address = any::<[String; 3]>().prop_map(|[street, city, state]| Address { street, city, state });
    let plain = (any::<String>(), any::<String>(), any::<u64>(), "[1-9][0-9]{0,37}", any::<bool>());
    let rest = (proptest::option::of(any::<String>()), vec(any::<u8>(), 0..30), vec(note, 0..4));
    (key, plain, rest, sets, address).prop_map(|(key, plain, rest, sets, address)| Card {
        key,
        posting: plain.0,
        title: plain.1,
        views: plain.2,
        serial: plain.3,
        sealed: plain.4,
        signature: rest.0,
        picture: rest.1,
        notes: rest.2,
        tags: sets.0,
        stamps: sets.1,
        seals: sets.2,
        address,
    })
}

/// Runs a property whose cases ask a database.
#[expect(clippy::needless_pass_by_value, reason = "the property is written where it is handed over")]
fn with_boards<S: Strategy>(
    strategy: &S,
    property: impl AsyncFn(&Boards, S::Value) -> Result<(), TestCaseError>,
) {
    let runtime = tokio::runtime::Runtime::new().expect("a process may start threads");
    let (lab, boards) = runtime.block_on(async {
        let lab = Lab::open().await;
        let boards = Boards { client: lab.client(), table: lab.table_name("cards") };
        table::create(&boards).await.expect("a fresh table can be created");
        (lab, boards)
    });
    let mut runner = TestRunner::new(Config { cases: DATABASE_CASES, ..Config::default() });
    let ran = runner.run(strategy, |value| runtime.block_on(property(&boards, value)));
    runtime.block_on(lab.close());
    ran.expect("the property holds");
}

async fn put_and_get(boards: &Boards, item: &Item) -> (f64, Item) {
    let put = boards.client.put_item().table_name(&boards.table).set_item(Some(item.clone()));
    let put =
        put.return_consumed_capacity(ReturnConsumedCapacity::Total).send().await.expect("it can be stored");
    let units = put.consumed_capacity.and_then(|consumed| consumed.capacity_units).expect("it was asked for");
    let key = ["board", "card"].map(|name| (name.to_owned(), item[name].clone())).into();
    let get = boards.client.get_item().table_name(&boards.table).set_key(Some(key)).consistent_read(true);
    (units, get.send().await.expect("it can be read").item.expect("it is there"))
}

#[test]
fn any_item_comes_back_as_it_was_and_costs_what_was_computed() {
    let item = (hash_map(name(), value(), 0..6), any::<u64>());
    with_boards(&item, async |boards, (mut item, n)| {
        // A key of its own: nothing is there before.
        item.extend(CardKey { board: "any".into(), posted_ms: n, id: "item".into() }.item());
        let (units, stored) = put_and_get(boards, &item).await;
        prop_assert_eq!(all_sorted(stored), all_sorted(item.clone()));
        prop_assert!((units - write_units(None, Some(item_bytes(&item)))).abs() < 1e-9);
        Ok(())
    });
}

#[test]
fn any_card_comes_back_as_it_was() {
    with_boards(&card(), async |boards, card| {
        let (_, stored) = put_and_get(boards, &card.to_item()).await;
        prop_assert_eq!(Card::from_item(&stored), Ok(card));
        Ok(())
    });
}

proptest! {
    #[test]
    fn a_size_is_what_the_lab_measures_for_any_nested_value(value in value()) {
        prop_assert_eq!(value_bytes(&value), lab::cost::value_bytes(&value));
        let item = HashMap::from([("name".to_owned(), value.clone())]);
        prop_assert_eq!(item_bytes(&item), 4 + value_bytes(&value));
    }

    #[test]
    fn a_number_takes_half_a_byte_a_digit_and_one(digits in "[1-9][0-9]{0,36}[1-9]", zeros in 0..9_usize) {
        let bytes = 1 + digits.len().div_ceil(2);
        let long = format!("{}{digits}{}", "0".repeat(zeros), "0".repeat(zeros));
        prop_assert_eq!(value_bytes(&AttributeValue::N(long)), bytes);
        prop_assert_eq!(value_bytes(&AttributeValue::N(format!("-{digits}E-7"))), bytes);
    }

    #[test]
    fn a_cursor_opens_for_its_board_and_secret_alone(
        board in ".{0,12}", other in ".{0,12}", key in ".{0,40}", secrets in any::<[u64; 2]>(),
    ) {
        let [sealer, stranger] = secrets.map(|secret| Sealer::new(secret.to_be_bytes()));
        let cursor = sealer.seal(&board, &key);
        prop_assert_eq!(sealer.open(&board, &cursor), Ok(key));
        if other != board {
            prop_assert_eq!(sealer.open(&other, &cursor), Err(BadCursor));
        }
        if secrets[0] != secrets[1] {
            prop_assert_eq!(stranger.open(&board, &cursor), Err(BadCursor));
        }
    }

    #[test]
    fn a_cursor_that_was_changed_is_refused_whatever_the_change(
        key in ".{0,40}", place in any::<prop::sample::Index>(), letter in any::<char>(), length in 0..3_usize, more in ".{0,2}",
    ) {
        let sealer = Sealer::new("secret");
        let cursor: Vec<char> = sealer.seal("board", &key).chars().collect();
        let place = place.index(cursor.len());
        let mut changed = cursor.clone();
        changed.splice(place..(place + length).min(cursor.len()), std::iter::once(letter).chain(more.chars()));
        if changed != cursor {
            let changed: String = changed.into_iter().collect();
            prop_assert_eq!(sealer.open("board", &changed), Err(BadCursor));
        }
    }

    #[test]
    fn any_text_at_all_is_answered(text in any::<String>()) {
        prop_assert_eq!(Sealer::new("secret").open("board", &text), Err(BadCursor));
    }
}

#[test]
fn cursors_are_all_different() {
    let sealer = Sealer::new("secret");
    let cursors: BTreeSet<String> = (0..1_000).map(|n| sealer.seal("board", &n.to_string())).collect();
    assert_eq!(cursors.len(), 1_000);
}
