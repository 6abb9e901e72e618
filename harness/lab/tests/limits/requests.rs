//! Requests: expressions, batches, pages.

use aws_sdk_dynamodb::types::{KeysAndAttributes, Put, PutRequest, TransactWriteItem, WriteRequest};

use super::stage::{Attributes, Stage, Tried, key, text, verdict};

/// Puts on a condition of which nothing else is of interest, and with the placeholders that it uses.
async fn condition(stage: &Stage, condition: &str, values: &[&str], names: &[(&str, &str)]) -> String {
    let mut put = stage.client.put_item().table_name(&stage.table).set_item(Some(key("condition")));
    for value in values {
        put = put.expression_attribute_values(*value, text("one"));
    }
    for (placeholder, name) in names {
        put = put.expression_attribute_names(*placeholder, *name);
    }
    let told = verdict(&put.condition_expression(condition).send().await);
    // The condition was evaluated: so it was taken.
    if told == "ConditionalCheckFailedException" { "taken".to_owned() } else { told }
}

/// A condition of so many bytes, most of them spaces.
fn padded(bytes: usize) -> String {
    format!("{:bytes$}", "attribute_not_exists(p)")
}

/// A condition with so many comparisons, and one `OR` fewer.
fn compared(times: usize) -> String {
    vec!["p = :p"; times].join(" OR ")
}

fn keys(count: usize) -> Vec<Attributes> {
    (0..count).map(|n| key(&format!("batch {n}"))).collect()
}

fn put_request(item: Attributes) -> WriteRequest {
    let put = PutRequest::builder().set_item(Some(item)).build().expect("complete");
    WriteRequest::builder().put_request(put).build()
}

async fn put_batch(stage: &Stage, items: Vec<Attributes>) -> String {
    let puts = items.into_iter().map(put_request).collect();
    verdict(&stage.client.batch_write_item().request_items(&stage.table, puts).send().await)
}

async fn get_batch(stage: &Stage, keys: Vec<Attributes>) -> String {
    let keys = KeysAndAttributes::builder().set_keys(Some(keys)).build().expect("complete");
    verdict(&stage.client.batch_get_item().request_items(&stage.table, keys).send().await)
}

async fn transaction(stage: &Stage, count: usize) -> String {
    let puts = keys(count).into_iter().map(|item| {
        let put = Put::builder().table_name(&stage.table).set_item(Some(item)).build().expect("complete");
        TransactWriteItem::builder().put(put).build()
    });
    verdict(&stage.client.transact_write_items().set_transact_items(Some(puts.collect())).send().await)
}

/// A query of the partition `one`, with what is said of it besides.
async fn query(
    stage: &Stage,
    more: &str,
    values: &[(&str, &str)],
    filter: Option<&str>,
    limit: Option<i32>,
) -> String {
    let mut query = stage.client.query().table_name(&stage.table);
    query = query
        .key_condition_expression(format!("p = :p{more}"))
        .expression_attribute_values(":p", text("one"));
    for (placeholder, value) in values {
        query = query.expression_attribute_values(*placeholder, text(value));
    }
    verdict(&query.set_filter_expression(filter.map(str::to_owned)).set_limit(limit).send().await)
}

/// How many items of 300,000 bytes the first page of a query has.
async fn first_page(stage: &Stage) -> String {
    for n in 0..5 {
        let mut item = key(&format!("large {n}"));
        item.insert("filling".to_owned(), text(&"x".repeat(300_000)));
        stage.put(item).await;
    }
    let query = stage.client.query().table_name(&stage.table);
    let query = query.key_condition_expression("p = :p AND begins_with(s, :s)");
    let query =
        query.expression_attribute_values(":p", text("one")).expression_attribute_values(":s", text("large"));
    query.send().await.map_or("refused".to_owned(), |answer| answer.count.to_string())
}

/// Whether some of a batch of 18 MB comes back as keys that were not processed.
async fn large_batch(stage: &Stage) -> String {
    let keys: Vec<Attributes> = (0..45).map(|n| key(&format!("huge {n}"))).collect();
    for key in &keys {
        let mut item = key.clone();
        item.insert("filling".to_owned(), text(&"x".repeat(400_000)));
        stage.put(item).await;
    }
    let keys = KeysAndAttributes::builder().set_keys(Some(keys)).build().expect("complete");
    let answer = stage.client.batch_get_item().request_items(&stage.table, keys).send().await;
    match &answer {
        Ok(answer) if answer.unprocessed_keys().is_some_and(|keys| !keys.is_empty()) => "some".to_owned(),
        Ok(_) => "none".to_owned(),
        Err(_) => verdict(&answer),
    }
}

pub async fn tried(stage: &Stage) -> Vec<Tried> {
    let mut all = Vec::new();
    let mut note = |what, did| all.push(Tried { what, did });
    note("an expression of 4,096 bytes", condition(stage, &padded(4_096), &[], &[]).await);
    note("an expression of 4,097 bytes", condition(stage, &padded(4_097), &[], &[]).await);
    note("an expression of 299 operators", condition(stage, &compared(150), &[":p"], &[]).await);
    note("an expression of 301 operators", condition(stage, &compared(151), &[":p"], &[]).await);
    note(
        "the reserved word `state` in an expression",
        condition(stage, "attribute_exists(state)", &[], &[]).await,
    );
    note(
        "a placeholder for `state`",
        condition(stage, "attribute_exists(#s)", &[], &[("#s", "state")]).await,
    );
    note(
        "a placeholder that is not used",
        condition(stage, "attribute_exists(p)", &[], &[("#s", "state")]).await,
    );
    note("a value that is not used", condition(stage, "attribute_exists(p)", &[":p"], &[]).await);
    note("a batch of 25 puts", put_batch(stage, keys(25)).await);
    note("a batch of 26 puts", put_batch(stage, keys(26)).await);
    note("a batch of no puts", put_batch(stage, Vec::new()).await);
    note("a batch that puts a key twice", put_batch(stage, [keys(1), keys(1)].concat()).await);
    note("a batch of 100 gets", get_batch(stage, keys(100)).await);
    note("a batch of 101 gets", get_batch(stage, keys(101)).await);
    note("keys left unprocessed of a batch that gets 18 MB", large_batch(stage).await);
    note("a batch that gets a key twice", get_batch(stage, [keys(1), keys(1)].concat()).await);
    note("a transaction of 100 puts", transaction(stage, 100).await);
    note("a transaction of 101 puts", transaction(stage, 101).await);
    note("a query with `Limit` 0", query(stage, "", &[], None, Some(0)).await);
    note(
        "a stretch that ends before it begins",
        query(stage, " AND s BETWEEN :b AND :a", &[(":a", "a"), (":b", "b")], None, None).await,
    );
    note("a filter on the sort key", query(stage, "", &[(":a", "a")], Some("s = :a"), None).await);
    note("items of 300,000 bytes on a page of 1 MB", first_page(stage).await);
    all
}
