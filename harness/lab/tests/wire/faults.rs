//! What a step lets go wrong goes wrong, there and nowhere else.

use std::borrow::Cow;

use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::error::ProvideErrorMetadata as _;
use aws_sdk_dynamodb::types::{KeysAndAttributes, Put, PutRequest, TransactWriteItem, WriteRequest};
use aws_sdk_dynamodb::{Client, Config};
use lab::{Fault, Lab};

use super::tables::{create, key, text, thing};

/// A client that asks once.
fn once(client: &Client) -> Client {
    let config: Config = client.config().to_builder().retry_config(RetryConfig::disabled()).build();
    Client::from_conf(config)
}

/// Operation, status and fault of every request so far.
fn seen(lab: &Lab) -> Vec<(String, u16, Option<String>)> {
    let requests = lab.requests().into_iter();
    requests.map(|request| (request.operation, request.status, request.fault.map(Cow::into_owned))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_are_those_of_the_service() {
    let lab = Lab::open().await;
    let (client, table) = create(&lab).await;
    let client = once(&client);
    for (fault, code) in [
        (Fault::throughput_exceeded("PutItem"), "ProvisionedThroughputExceededException"),
        (Fault::throttling("PutItem"), "ThrottlingException"),
        (Fault::transaction_conflict("PutItem"), "TransactionConflictException"),
        (Fault::internal_server_error("PutItem"), "InternalServerError"),
    ] {
        lab.inject([fault.of("s", "a").times(1..=1)]);
        let put = |s| client.put_item().table_name(&table).set_item(Some(thing(s, 1)));
        put("b").send().await.expect("only a is concerned");
        let refused = put("a").send().await.expect_err("the fault strikes");
        assert_eq!(refused.code(), Some(code));
        put("a").send().await.expect("the second time it does not");
    }
    lab.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_client_tries_again_after_a_throttle() {
    let lab = Lab::open().await;
    let (client, table) = create(&lab).await;
    lab.forget_requests();
    lab.inject([Fault::throttling("PutItem").times(1..=2)]);
    client.put_item().table_name(&table).set_item(Some(thing("a", 1))).send().await.expect("the third time");
    let throttled = || ("PutItem".to_owned(), 400, Some("throttling".to_owned()));
    assert_eq!(seen(&lab), [throttled(), throttled(), ("PutItem".to_owned(), 200, None)]);
    lab.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_spends_all_retries_leaves_another_test_its_own() {
    let (greedy, other) = (Lab::open().await, Lab::open().await);
    for (lab, puts) in [(&greedy, 80), (&other, 1)] {
        let (client, table) = create(lab).await;
        lab.inject([Fault::throttling("PutItem").times(1..=u32::MAX)]);
        for _ in 0..puts {
            let put = client.put_item().table_name(&table).set_item(Some(thing("a", 1)));
            put.send().await.expect_err("the fault strikes each time");
        }
    }
    // The greedy one has no retries left at the end: three attempts each would be 240.
    assert!((80..240).contains(&greedy.request_counts()["PutItem"]));
    assert_eq!(other.request_counts()["PutItem"], 3);
    greedy.close().await;
    other.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_is_lost_after_the_write() {
    let lab = Lab::open().await;
    let (client, table) = create(&lab).await;
    lab.inject([Fault::answer_lost("PutItem").times(1..=1)]);
    let put = |client: &Client| client.put_item().table_name(&table).set_item(Some(thing("a", 1)));
    put(&once(&client)).send().await.expect_err("nobody answers");
    assert_eq!(lab.items("things").await.len(), 1);
    // A client that tries again finds its own item.
    lab.inject([Fault::answer_lost("PutItem").times(1..=1)]);
    let again = put(&client).condition_expression("attribute_not_exists(p)");
    client.delete_item().table_name(&table).set_key(Some(key("a"))).send().await.expect("it is deleted");
    let refused = again.send().await.expect_err("the item is there");
    assert_eq!(refused.code(), Some("ConditionalCheckFailedException"));
    lab.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_of_a_batch_stays_unprocessed() {
    let lab = Lab::open().await;
    let (client, table) = create(&lab).await;
    lab.measure_costs();
    lab.inject([
        Fault::unprocessed("BatchWriteItem").of("s", "b").times(1..=1),
        Fault::unprocessed("BatchGetItem").of("s", "a"),
    ]);
    let put = |s| {
        let put = PutRequest::builder().set_item(Some(thing(s, 1))).build().expect("complete");
        WriteRequest::builder().put_request(put).build()
    };
    let batch = client.batch_write_item().request_items(&table, vec![put("a"), put("b")]);
    let left = batch.send().await.expect("one is written").unprocessed_items.expect("one is left");
    assert_eq!(left[&table], [put("b")]);
    assert_eq!(lab.items("things").await.len(), 1);
    let cost = lab.requests().last().and_then(|request| request.cost.clone()).expect("the lab measures");
    assert_eq!(cost.write, lab::Units::whole(1));
    let batch = client.batch_write_item().set_request_items(Some(left)).send().await.expect("it is written");
    assert!(batch.unprocessed_items.unwrap_or_default().is_empty());
    let keys = |names: &[&str]| {
        let keys = names.iter().map(|s| key(s)).collect();
        KeysAndAttributes::builder().set_keys(Some(keys)).build().expect("complete")
    };
    let got = client.batch_get_item().request_items(&table, keys(&["a", "b"])).send().await.expect("b");
    assert_eq!(got.responses().expect("b")[&table].len(), 1);
    assert_eq!(got.unprocessed_keys().expect("a")[&table].keys(), [key("a")]);
    let none = once(&client).batch_get_item().request_items(&table, keys(&["a"])).send().await;
    let refused = none.expect_err("nothing of it can be done");
    assert_eq!(refused.code(), Some("ProvisionedThroughputExceededException"));
    lab.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_in_conflict_is_canceled_whole() {
    let lab = Lab::open().await;
    let (client, table) = create(&lab).await;
    lab.inject([Fault::transaction_conflict("TransactWriteItems").of("s", "b").times(1..=1)]);
    let put = |s| {
        let put = Put::builder().table_name(&table).set_item(Some(thing(s, 1))).build().expect("complete");
        TransactWriteItem::builder().put(put).build()
    };
    let send = || client.transact_write_items().transact_items(put("a")).transact_items(put("b")).send();
    let refused = send().await.expect_err("it is canceled");
    assert_eq!(refused.code(), Some("TransactionCanceledException"));
    assert_eq!(lab.items("things").await.len(), 0);
    send().await.expect("the second time it is not");
    lab.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_eventually_consistent_read_is_behind_and_a_strong_one_is_not() {
    let lab = Lab::open().await;
    let (client, table) = create(&lab).await;
    lab.inject([Fault::stale("GetItem"), Fault::stale("Query"), Fault::stale("BatchGetItem")]);
    for filling in [1, 2] {
        client
            .put_item()
            .table_name(&table)
            .set_item(Some(thing("a", filling)))
            .send()
            .await
            .expect("it is put");
    }
    client.put_item().table_name(&table).set_item(Some(thing("b", 1))).send().await.expect("it is put");
    let get = async |s, strong| {
        let get = client.get_item().table_name(&table).set_key(Some(key(s))).consistent_read(strong);
        get.send().await.expect("it answers").item.map(|item| item["filling"].clone())
    };
    assert_eq!(get("a", false).await, Some(text("x")));
    assert_eq!(get("a", true).await, Some(text("xx")));
    assert_eq!(get("b", false).await, None);
    assert_eq!(get("b", true).await, Some(text("x")));
    let query = client.query().table_name(&table).key_condition_expression("p = :p");
    let query = query.expression_attribute_values(":p", text("one"));
    let stale = query.clone().send().await.expect("it answers");
    assert_eq!(stale.items(), [thing("a", 1)]);
    assert_eq!(query.consistent_read(true).send().await.expect("it answers").count(), 2);
    for (strong, expected) in [(false, 1), (true, 2)] {
        let keys = KeysAndAttributes::builder().keys(key("a")).keys(key("b")).consistent_read(strong);
        let batch = client.batch_get_item().request_items(&table, keys.build().expect("complete"));
        let got = batch.send().await.expect("it answers").responses.expect("there are items");
        assert_eq!(got[&table].len(), expected);
    }
    lab.close().await;
}
