//! What one lab has to itself.

use lab::Lab;

use super::servers::{add, table};

#[tokio::test(flavor = "multi_thread")]
async fn two_labs_at_once_do_not_meet() {
    let (one, two) = tokio::join!(Lab::open(), Lab::open());
    let (first, second) = tokio::join!(table(&one, "views"), table(&two, "views"));
    assert_ne!(first, second);
    add(&one.client(), &first, "sunset").await;
    assert_eq!(one.items("views").await.len(), 1);
    assert_eq!(two.items("views").await.len(), 0);
    assert_eq!(one.request_counts()["UpdateItem"], 1);
    assert!(!two.request_counts().contains_key("UpdateItem"));
    tokio::join!(one.close(), two.close());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_lab_leaves_no_table() {
    let lab = Lab::open().await;
    let name = table(&lab, "views").await;
    lab.close().await;
    let later = Lab::open().await;
    let tables = later.client().list_tables().send().await.unwrap();
    assert!(!tables.table_names().contains(&name));
    later.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_writers_are_all_recorded() {
    let lab = Lab::open().await;
    let views = table(&lab, "views").await;
    lab.forget_requests();
    let writers = (0..20).map(|writer| {
        let (client, views) = (lab.client(), views.clone());
        tokio::spawn(async move { add(&client, &views, &format!("card-{}", writer % 3)).await })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    assert_eq!(lab.request_counts()["UpdateItem"], 20);
    let items = lab.items("views").await;
    assert_eq!(items.iter().filter_map(|item| item.number("seen")).sum::<i64>(), 20);
    lab.close().await;
}

#[tokio::test]
async fn an_error_is_recorded_with_its_type() {
    let lab = Lab::open().await;
    let missing = lab.table_name("missing");
    lab.client().delete_table().table_name(&missing).send().await.unwrap_err();
    let requests = lab.requests();
    assert_eq!(requests[0].error.as_deref(), Some("ResourceNotFoundException"));
    assert_eq!((requests[0].table.as_str(), requests[0].status), ("missing", 400));
    lab.close().await;
}
