//! In which order sort keys are, by their type.

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue::{self, B, N};
use aws_sdk_dynamodb::types::ScalarAttributeType;
use lab::Lab;

use super::stage::{Attributes, Tried, text, with_sort_key};

/// Puts these sort keys last to first, and says whether a query returns them first to last.
async fn order(lab: &Lab, name: &str, kind: ScalarAttributeType, expected: Vec<AttributeValue>) -> String {
    let stage = with_sort_key(lab, name, kind).await;
    for s in expected.iter().rev() {
        let item = Attributes::from([("p".to_owned(), text("one")), ("s".to_owned(), s.clone())]);
        stage.put(item).await;
    }
    let query = stage.client.query().table_name(&stage.table).key_condition_expression("p = :p");
    let answer = query.expression_attribute_values(":p", text("one")).send().await.expect("it answers");
    let got: Vec<AttributeValue> = answer.items().iter().map(|item| item["s"].clone()).collect();
    if got == expected { "yes".to_owned() } else { format!("no: {got:?}") }
}

pub async fn tried(lab: &Lab) -> Vec<Tried> {
    let texts = ["A", "B", "a", "aa", "b", "é", "\u{ffff}", "😀"].map(text).into();
    let blobs = [vec![0], vec![0, 0], vec![0, 1], vec![1], vec![0x7f], vec![0x80], vec![0xff], vec![0xff, 0]];
    let numbers = [
        "-100000000000000000000",
        "-10",
        "-9",
        "-0.5",
        "0",
        "0.0001",
        "0.5",
        "2",
        "10",
        "12345678901234567890",
    ];
    let blobs = blobs.map(|bytes| B(Blob::new(bytes))).into();
    let numbers = numbers.map(|number| N(number.to_owned())).into();
    vec![
        Tried {
            what: "texts are ordered by their bytes in UTF-8",
            did: order(lab, "by-text", ScalarAttributeType::S, texts).await,
        },
        Tried {
            what: "bytes are ordered as unsigned",
            did: order(lab, "by-bytes", ScalarAttributeType::B, blobs).await,
        },
        Tried {
            what: "numbers are ordered by value",
            did: order(lab, "by-number", ScalarAttributeType::N, numbers).await,
        },
    ]
}
