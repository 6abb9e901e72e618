//! What the lab computes is what the backend reports, wherever the backend reports it.

use aws_sdk_dynamodb::types::{
    AttributeValue, ConsumedCapacity, KeysAndAttributes, Put, PutRequest, ReturnConsumedCapacity,
    TransactWriteItem, WriteRequest,
};
use lab::{Lab, Units};

use super::tables::{Attributes, create, key, text, thing};

const TOTAL: ReturnConsumedCapacity = ReturnConsumedCapacity::Total;

/// The units of the last request: read, and written with the indexes.
fn last(lab: &Lab) -> (Units, Units) {
    let requests = lab.requests();
    let cost = requests.last().expect("one was sent").cost.clone().expect("the lab measures");
    (cost.read, cost.written())
}

#[track_caller]
fn agree(lab: &Lab, reported: Option<&ConsumedCapacity>, expected: Units) {
    let (read, written) = last(lab);
    assert_eq!(read + written, expected);
    let reported = reported.and_then(ConsumedCapacity::capacity_units).expect("it was asked for");
    assert!(
        (reported - expected.as_f64()).abs() < 1e-9,
        "the backend reports {reported}, the lab {expected}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn single_writes_cost_what_the_backend_says() {
    let lab = Lab::open().await;
    let (client, table) = create(&lab).await;
    lab.measure_costs();
    let put = async |item: Attributes| {
        let put = client.put_item().table_name(&table).set_item(Some(item));
        put.return_consumed_capacity(TOTAL).send().await.expect("it is put")
    };
    agree(&lab, put(thing("a", 10)).await.consumed_capacity(), Units::whole(1));
    agree(&lab, put(thing("a", 2_500)).await.consumed_capacity(), Units::whole(3));
    // The larger of before and after.
    agree(&lab, put(thing("a", 10)).await.consumed_capacity(), Units::whole(3));
    // One more for the index.
    let mut kind = thing("b", 10);
    kind.insert("kind".into(), text("x"));
    agree(&lab, put(kind).await.consumed_capacity(), Units::whole(2));
    let change = client.update_item().table_name(&table).set_key(Some(key("b")));
    let change = change.update_expression("SET kind = :y").expression_attribute_values(":y", text("y"));
    let change = change.return_consumed_capacity(TOTAL).send().await.expect("it is changed");
    agree(&lab, change.consumed_capacity(), Units::whole(3));
    let delete = client.delete_item().table_name(&table).set_key(Some(key("b")));
    let delete = delete.return_consumed_capacity(TOTAL).send().await.expect("it is deleted");
    agree(&lab, delete.consumed_capacity(), Units::whole(2));
    let delete = client.delete_item().table_name(&table).set_key(Some(key("none")));
    let delete = delete.return_consumed_capacity(TOTAL).send().await.expect("there is nothing to delete");
    agree(&lab, delete.consumed_capacity(), Units::whole(1));
    lab.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_condition_costs_what_the_write_would_have() {
    let lab = Lab::open().await;
    let (client, table) = create(&lab).await;
    lab.measure_costs();
    let put = |bytes| {
        let put = client.put_item().table_name(&table).set_item(Some(thing("a", bytes)));
        put.condition_expression("attribute_not_exists(p)")
    };
    put(1_500).send().await.expect("nothing is there");
    assert_eq!(last(&lab).1, Units::whole(2));
    put(5_000).send().await.expect_err("something is there");
    assert_eq!(last(&lab).1, Units::whole(5));
    lab.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reads_cost_what_the_backend_says_and_a_filter_saves_nothing() {
    let lab = Lab::open().await;
    let (client, table) = create(&lab).await;
    for (s, bytes) in [("a", 100), ("b", 3_000), ("c", 6_000), ("d", 100)] {
        client.put_item().table_name(&table).set_item(Some(thing(s, bytes))).send().await.expect("it is put");
    }
    lab.measure_costs();
    for (s, strong, expected) in [("c", true, 4), ("c", false, 2), ("a", false, 1), ("none", true, 2)] {
        let get = client.get_item().table_name(&table).set_key(Some(key(s))).consistent_read(strong);
        let got =
            get.projection_expression("p").return_consumed_capacity(TOTAL).send().await.expect("it answers");
        agree(&lab, got.consumed_capacity(), Units::halves(expected));
    }
    let query = client.query().table_name(&table).key_condition_expression("p = :p AND s > :a");
    let query =
        query.expression_attribute_values(":p", text("one")).expression_attribute_values(":a", text("a"));
    let all = query.clone().return_consumed_capacity(TOTAL).send().await.expect("it answers");
    agree(&lab, all.consumed_capacity(), Units::halves(3));
    let one = query
        .filter_expression("#f = :f")
        .expression_attribute_names("#f", "filling")
        .expression_attribute_values(":f", text(&"x".repeat(100)))
        .return_consumed_capacity(TOTAL)
        .send()
        .await
        .expect("it answers");
    agree(&lab, one.consumed_capacity(), Units::halves(3));
    let cost = lab.requests().last().and_then(|request| request.cost.clone()).expect("the lab measures");
    assert_eq!((one.count(), cost.discarded), (1, 2));
    assert_eq!(
        cost.read_bytes,
        [3_000, 6_000, 100].map(|filling| filling + "filling".len() + "pones".len() + 1)
    );
    lab.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn batches_round_each_item_and_transactions_double_it() {
    let lab = Lab::open().await;
    let (client, table) = create(&lab).await;
    lab.measure_costs();
    let items = [thing("a", 500), thing("b", 3_500)];
    let puts = items.clone().map(|item| {
        let put = PutRequest::builder().set_item(Some(item)).build().expect("complete");
        WriteRequest::builder().put_request(put).build()
    });
    let batch = client.batch_write_item().request_items(&table, puts.into());
    let batch = batch.return_consumed_capacity(TOTAL).send().await.expect("it is written");
    agree(&lab, batch.consumed_capacity().first(), Units::whole(5));
    let keys = KeysAndAttributes::builder().keys(key("a")).keys(key("b")).consistent_read(true);
    let batch = client.batch_get_item().request_items(&table, keys.clone().build().expect("complete"));
    let batch = batch.return_consumed_capacity(TOTAL).send().await.expect("it answers");
    agree(&lab, batch.consumed_capacity().first(), Units::whole(2));
    // The service reads what is not there, too (DynamoDB Local does not).
    let keys = keys.keys(key("none")).build().expect("complete");
    client.batch_get_item().request_items(&table, keys).send().await.expect("it answers");
    assert_eq!(last(&lab).0, Units::whole(3));
    let puts = items.map(|item| {
        let put = Put::builder().table_name(&table).set_item(Some(item)).build().expect("complete");
        TransactWriteItem::builder().put(put).build()
    });
    let transaction = client.transact_write_items().set_transact_items(Some(puts.into()));
    let transaction = transaction.return_consumed_capacity(TOTAL).send().await.expect("it is written");
    agree(&lab, transaction.consumed_capacity().first(), Units::whole(10));
    lab.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lab_that_does_not_measure_says_nothing_of_cost() {
    let lab = Lab::open().await;
    let (client, table) = create(&lab).await;
    let item = thing("a", 1);
    client.put_item().table_name(&table).set_item(Some(item)).send().await.expect("it is put");
    assert!(lab.requests().iter().all(|request| request.cost.is_none() && request.fault.is_none()));
    assert_eq!(lab.items("things").await[0].get("s"), Some(&AttributeValue::S("a".into())));
    lab.close().await;
}
