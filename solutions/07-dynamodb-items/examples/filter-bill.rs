//! Two questions with ten entries as the answer each, and two bills.

use aws_sdk_dynamodb::types::AttributeValue::N;

use log::{create, s};

mod log;

lab::main! { async |lab: &lab::Lab| {
    let (client, table) = create(lab).await;
    for hour in 0..100 {
        let put = client.put_item().table_name(&table).item("lighthouse", s("Eddystone"));
        let put = put.item("at", s(&format!("{hour:03}"))).item("wind", N((hour % 10).to_string()));
        put.item("remarks", s(&"~".repeat(970))).send().await.expect("the entry is written");
    }
    lab.measure_costs();
    // ANCHOR: book
    let by_wind = client
        .query()
        .table_name(&table)
        .key_condition_expression("lighthouse = :l")
        .filter_expression("wind = :nine")
        .expression_attribute_values(":l", s("Eddystone"))
        .expression_attribute_values(":nine", N("9".to_owned()));
    let by_key = client
        .query()
        .table_name(&table)
        .key_condition_expression("lighthouse = :l AND #at >= :from")
        .expression_attribute_names("#at", "at")
        .expression_attribute_values(":l", s("Eddystone"))
        .expression_attribute_values(":from", s("090"));
    // ANCHOR_END: book
    for (what, query) in [("filter, wind = 9", by_wind), ("key condition, at >= 090", by_key)] {
        let answer = query.send().await.expect("the logbook is read");
        let cost = lab.requests().pop().and_then(|request| request.cost).expect("the lab measures");
        println!("{what}: {} entries of {}, {} read units", answer.count(), answer.scanned_count(), cost.read);
    }
}}
