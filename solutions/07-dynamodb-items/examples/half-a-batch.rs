//! A batch of which a part is not done.

use aws_sdk_dynamodb::types::{PutRequest, WriteRequest};
use lab::Fault;

use log::{create, s};

mod log;

lab::main! { async |lab: &lab::Lab| {
    let (client, table) = create(lab).await;
    lab.inject([Fault::unprocessed("BatchWriteItem").percent(40, &lab.seed())]);
    // ANCHOR: book
    let entry = |hour: u32| {
        let put = PutRequest::builder().item("lighthouse", s("Eddystone")).item("at", s(&format!("{hour:02}")));
        WriteRequest::builder().put_request(put.build().expect("an item is set")).build()
    };
    let entries: Vec<WriteRequest> = (0..24).map(entry).collect();
    match client.batch_write_item().request_items(&table, entries).send().await {
        Ok(_) => println!("the batch is written: Ok"),
        Err(_) => println!("the batch is not written: Err"),
    }
    // ANCHOR_END: book
    println!("entries sent: 24, entries in the table: {}", lab.items("logbook").await.len());
}}
