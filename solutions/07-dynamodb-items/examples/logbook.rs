//! The worked example: a logbook, one item collection for each lighthouse.

use aws_sdk_dynamodb::types::AttributeValue::{N, Ss};

use log::{create, s};

mod log;

// ANCHOR: book
lab::main! { async |lab: &lab::Lab| {
    let (client, table) = create(lab).await;

    // ANCHOR: put
    // Part 1: an item is a key and whatever belongs to it.
    for (at, wind, seen) in [
        ("2026-03-08T21:00", 4, vec!["brig"]),
        ("2026-03-09T05:30", 7, vec!["trawler", "brig"]),
        ("2026-03-09T21:00", 9, vec![]),
    ] {
        let mut put = client
            .put_item()
            .table_name(&table)
            .item("lighthouse", s("Eddystone"))
            .item("at", s(at))
            .item("wind", N(wind.to_string()));
        if !seen.is_empty() {
            put = put.item("seen", Ss(seen.into_iter().map(str::to_owned).collect()));
        }
        put.send().await.expect("the entry is written");
    }
    // ANCHOR_END: put

    // ANCHOR: query
    // Part 2: a key condition names one collection and a stretch of it.
    let entries = client
        .query()
        .table_name(&table)
        .key_condition_expression("lighthouse = :l AND begins_with(#at, :day)")
        .expression_attribute_names("#at", "at")
        .expression_attribute_values(":l", s("Eddystone"))
        .expression_attribute_values(":day", s("2026-03-09"))
        .send()
        .await
        .expect("the logbook is read");
    // ANCHOR_END: query

    // ANCHOR: attributes
    // Part 3: every attribute says its type, and may be missing.
    for entry in entries.items() {
        let at = entry["at"].as_s().expect("a sort key of this table is a text");
        let wind: u8 = entry["wind"].as_n().expect("wind is a number").parse().expect("and a small one");
        let seen = entry.get("seen").and_then(|seen| seen.as_ss().ok()).map_or(0, Vec::len);
        println!("{at}: wind {wind}, {seen} ships");
    }
    // ANCHOR_END: attributes

    // ANCHOR: update
    // Part 4: an update travels to the item.
    let updated = client
        .update_item()
        .table_name(&table)
        .key("lighthouse", s("Eddystone"))
        .key("at", s("2026-03-09T21:00"))
        .update_expression("ADD seen :ship SET wind = wind + :more")
        .expression_attribute_values(":ship", Ss(vec!["ketch".to_owned()]))
        .expression_attribute_values(":more", N("1".to_owned()))
        .return_values(aws_sdk_dynamodb::types::ReturnValue::UpdatedNew)
        .send()
        .await
        .expect("the entry is there");
    let new = lab::Item::from(updated.attributes.unwrap_or_default());
    println!("then: {new}");
    // ANCHOR_END: update
}}
// ANCHOR_END: book
