//! A page with nothing on it, and more behind it.

use aws_sdk_dynamodb::types::AttributeValue::N;

use log::{create, s};

mod log;

lab::main! { async |lab: &lab::Lab| {
    let (client, table) = create(lab).await;
    for hour in 0..8 {
        let put = client.put_item().table_name(&table).item("lighthouse", s("Eddystone"));
        let put = put.item("at", s(&format!("{hour:02}"))).item("wind", N(hour.to_string()));
        put.send().await.expect("the entry is written");
    }
    // ANCHOR: book
    let mut next = None;
    for page in 1.. {
        let answer = client
            .query()
            .table_name(&table)
            .key_condition_expression("lighthouse = :l")
            .filter_expression("wind >= :storm")
            .expression_attribute_values(":l", s("Eddystone"))
            .expression_attribute_values(":storm", N("6".to_owned()))
            .limit(3)
            .set_exclusive_start_key(next)
            .send()
            .await
            .expect("the logbook is read");
        next = answer.last_evaluated_key;
        let more = if next.is_some() { "more" } else { "the end" };
        println!("page {page}: {} entries, then {more}", answer.count);
        if next.is_none() {
            break;
        }
    }
    // ANCHOR_END: book
}}
