//! The bills that the book's simulator of capacity shows are those that the lab measures on the wire.

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, WriteRequest};
use lab::{Lab, Units};
use serde_json::Value;

use super::tables::{Attributes, create, key, text, thing};

const CASES: &str = include_str!("../../../../book/simulators/capacity.cases.json");

/// What a thing with a name of four letters takes beside its filling.
const FRAME: usize = "pone".len() + "s0000".len() + "filling".len();

/// Where a page of more ends is each backend's own affair.
const PAGE_BYTES: usize = 1_000_000;

fn number(case: &Value, field: &str) -> usize {
    usize::try_from(case[field].as_u64().expect("a number")).expect("a small one")
}

/// Things of the case's size, those that its filter keeps with another filling.
fn things(case: &Value) -> Vec<Attributes> {
    let (items, bytes) = (number(case, "items"), number(case, "bytes"));
    let kept = items * number(case, "kept") / 1000;
    let one = |place: usize| {
        let mut item = thing(&format!("{place:04}"), bytes - FRAME);
        if place < kept {
            item.insert("filling".to_owned(), text(&"k".repeat(bytes - FRAME)));
        }
        item
    };
    (0..items).map(one).collect()
}

async fn write(client: &Client, table: &str, items: Vec<Attributes>) {
    for batch in items.chunks(25) {
        let put = |item: &Attributes| {
            let put = PutRequest::builder().set_item(Some(item.clone())).build().expect("complete");
            WriteRequest::builder().put_request(put).build()
        };
        let batch = client.batch_write_item().request_items(table, batch.iter().map(put).collect());
        let answer = batch.send().await.expect("it is written");
        assert!(answer.unprocessed_items().is_none_or(HashMap::is_empty));
    }
}

/// Asks as the case says, and counts requests, items that were looked at, and items that came back.
async fn query(client: &Client, table: &str, case: &Value) -> [usize; 3] {
    let mut counted = [0; 3];
    let mut start: Option<HashMap<String, AttributeValue>> = None;
    loop {
        let mut query = client.query().table_name(table).key_condition_expression("p = :p");
        query = query.expression_attribute_values(":p", text("one"));
        query = query.consistent_read(case["strong"] == true).set_exclusive_start_key(start);
        if number(case, "limit") > 0 {
            query = query.limit(i32::try_from(number(case, "limit")).expect("a small one"));
        }
        if number(case, "kept") < 1000 {
            query = query.filter_expression("begins_with(filling, :k)");
            query = query.expression_attribute_values(":k", text("k"));
        }
        let page = query.send().await.expect("it answers");
        let sizes = [1, page.scanned_count(), page.count()]
            .map(|count| usize::try_from(count).expect("not negative"));
        counted = [counted[0] + sizes[0], counted[1] + sizes[1], counted[2] + sizes[2]];
        start = page.last_evaluated_key().cloned();
        if start.is_none() || case["pages"] == "first" {
            return counted;
        }
    }
}

fn measured(lab: &Lab) -> (Units, Units) {
    let costs = || lab.requests().into_iter().filter_map(|request| request.cost);
    (costs().map(|cost| cost.read).sum(), costs().map(|cost| cost.write).sum())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bill_of_the_simulator_is_the_one_that_the_lab_measures() {
    let cases: Vec<Value> = serde_json::from_str(CASES).expect("the cases are JSON");
    let mut tried = 0;
    for case in &cases {
        let operation = case["operation"].as_str().expect("a name");
        let (bytes, items) = (number(case, "bytes"), number(case, "items"));
        // One by one is what it costs, however many there are.
        let most = if operation == "Query" { usize::MAX } else { 30 };
        let ways = ["Query", "GetItem", "PutItem"];
        if bytes <= FRAME || bytes * items > PAGE_BYTES || items > most || !ways.contains(&operation) {
            continue;
        }
        tried += 1;
        let lab = Lab::open().await;
        let (client, table) = create(&lab).await;
        let items = things(case);
        if operation != "PutItem" {
            write(&client, &table, items.clone()).await;
        }
        lab.forget_requests();
        lab.measure_costs();
        let (why, expect) = (&case["why"], &case["expect"]);
        match operation {
            "Query" => {
                let counted = query(&client, &table, case).await;
                let told = ["requests", "examined", "returned"].map(|field| number(expect, field));
                assert_eq!(counted, told, "{why}");
            }
            "GetItem" => {
                for place in 0..items.len() {
                    let get = client.get_item().table_name(&table).set_key(Some(key(&format!("{place:04}"))));
                    get.consistent_read(case["strong"] == true).send().await.expect("it answers");
                }
            }
            _ => {
                for item in items {
                    client
                        .put_item()
                        .table_name(&table)
                        .set_item(Some(item))
                        .send()
                        .await
                        .expect("it is put");
                }
            }
        }
        let (read, written) = measured(&lab);
        assert_eq!(expect["read"], read.to_string(), "{why}");
        assert_eq!(expect["write"], written.to_string(), "{why}");
        lab.close().await;
    }
    assert!(tried > 15, "{tried} cases are small enough to be tried");
}
