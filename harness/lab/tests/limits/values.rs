//! Items and values: how large, how deep, how many digits, what may be empty.

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue::{self, B, Bs, L, M, N, Ns, Ss};

use super::stage::{Attributes, Stage, Tried, key, text};

const ITEM_BYTES: usize = 400 * 1024;

/// An item of exactly so many bytes: names and values, the key's too.
fn item(bytes: usize) -> Attributes {
    let mut item = key("size");
    let there = "p".len() + "one".len() + "s".len() + "size".len() + "filling".len();
    item.insert("filling".to_owned(), text(&"x".repeat(bytes - there)));
    item
}

fn with_key(p: usize, s: usize) -> Attributes {
    let text = |bytes| text(&"k".repeat(bytes));
    Attributes::from([("p".to_owned(), text(p)), ("s".to_owned(), text(s))])
}

/// A text in so many lists.
fn nested(levels: usize) -> AttributeValue {
    (0..levels).fold(text("in"), |inner, _| L(vec![inner]))
}

/// What is stored where this is sent.
async fn stored(stage: &Stage, value: AttributeValue) -> AttributeValue {
    stage.put_value(value).await;
    let get = stage.client.get_item().table_name(&stage.table).set_key(Some(key("value")));
    let got = get.consistent_read(true).send().await.expect("the table can be read");
    got.item.and_then(|mut item| item.remove("a")).expect("the value is there")
}

fn shown(number: &AttributeValue) -> String {
    number.as_n().cloned().unwrap_or_else(|other| format!("{other:?}"))
}

pub async fn tried(stage: &Stage) -> Vec<Tried> {
    let mut all = Vec::new();
    for (what, item) in [
        ("an item of 409,600 bytes", item(ITEM_BYTES)),
        ("an item of 409,601 bytes", item(ITEM_BYTES + 1)),
        ("a partition key of 2,048 bytes", with_key(2_048, 1)),
        ("a partition key of 2,049 bytes", with_key(2_049, 1)),
        ("a sort key of 1,024 bytes", with_key(1, 1_024)),
        ("a sort key of 1,025 bytes", with_key(1, 1_025)),
        ("an empty text as a sort key", with_key(1, 0)),
    ] {
        all.push(Tried { what, did: stage.put(item).await });
    }
    let number = |number: &str| N(number.to_owned());
    for (what, value) in [
        ("an empty text", text("")),
        ("empty bytes", B(Blob::new([]))),
        ("an empty list", L(Vec::new())),
        ("an empty map", M(Attributes::new())),
        ("an empty set of texts", Ss(Vec::new())),
        ("an empty set of numbers", Ns(Vec::new())),
        ("an empty set of bytes", Bs(Vec::new())),
        ("an empty text in a set", Ss(vec![String::new()])),
        ("a set with an element twice", Ss(vec!["a".to_owned(), "a".to_owned()])),
        ("a set with a number twice, as 1 and 1.0", Ns(vec!["1".to_owned(), "1.0".to_owned()])),
        ("a number of 38 digits", number(&"9".repeat(38))),
        ("a number of 39 digits", number(&"9".repeat(39))),
        ("a number of 38 digits and two zeros behind them", number(&format!("{}00", "9".repeat(38)))),
        ("the number 9.9E+125", number("9.9E+125")),
        ("the number 1E+126", number("1E+126")),
        ("the number 1E-130", number("1E-130")),
        ("the number 1E-131", number("1E-131")),
        ("a value 31 lists deep", nested(31)),
        ("a value 32 lists deep", nested(32)),
        ("a value 33 lists deep", nested(33)),
    ] {
        all.push(Tried { what, did: stage.put_value(value).await });
    }
    let numbers = ["1E+3", "0012", "-0", "1.50", "+7"];
    let mut came_back = Vec::new();
    for n in numbers {
        came_back.push(shown(&stored(stage, number(n)).await));
    }
    all.push(Tried { what: "1E+3, 0012, -0, 1.50, +7 come back as", did: came_back.join(", ") });
    let list = stored(stage, L(numbers.map(number).into())).await;
    let came_back: Vec<String> = list.as_l().map(|list| list.iter().map(shown).collect()).unwrap_or_default();
    all.push(Tried { what: "1E+3, 0012, -0, 1.50, +7 in a list come back as", did: came_back.join(", ") });
    all
}
