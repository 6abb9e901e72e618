//! The processes of the sample exercise, and what its tests share.

use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
};
use axum::Router;
use axum::routing::{any, post};
use lab::{Lab, inside};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};

/// Answers what it is sent, with a greeting.
pub(crate) async fn echo() {
    let greeting = std::env::var("GREETING").unwrap_or_default();
    println!("the process says {greeting}");
    let router = Router::new().fallback(move |body: String| async move { format!("{greeting} {body}") });
    axum::serve(inside::listener().await, router).await.unwrap();
}

/// Listens, and panics in its answers.
pub(crate) async fn unwritten() {
    let router = Router::new().fallback(any(answer));
    axum::serve(inside::listener().await, router).await.unwrap();
}

async fn answer() -> String {
    todo!("step 2: answer")
}

/// Writes to both streams and ends with an error.
pub(crate) fn early() -> Result<(), String> {
    println!("one");
    eprintln!("two");
    Err("no table".into())
}

/// Ends before it listens, with one line.
pub(crate) fn refuses() -> Result<(), String> {
    Err("no table".into())
}

/// Says its process id.
pub(crate) async fn lives() {
    let router = Router::new().fallback(|| async { std::process::id().to_string() });
    axum::serve(inside::listener().await, router).await.unwrap();
}

/// Counts views in DynamoDB.
pub(crate) async fn count() {
    let table = inside::variable("TABLE");
    let client = inside::dynamodb_client();
    let count = move |card: String| async move {
        add(&client, &table, &card).await;
        "counted"
    };
    axum::serve(inside::listener().await, Router::new().route("/", post(count))).await.unwrap();
}

pub(crate) async fn table(lab: &Lab, name: &str) -> String {
    let table = lab.table_name(name);
    lab.client()
        .create_table()
        .table_name(&table)
        .attribute_definitions(
            AttributeDefinition::builder()
                .attribute_name("card")
                .attribute_type(ScalarAttributeType::S)
                .build()
                .unwrap(),
        )
        .key_schema(
            KeySchemaElement::builder().attribute_name("card").key_type(KeyType::Hash).build().unwrap(),
        )
        .billing_mode(BillingMode::PayPerRequest)
        .send()
        .await
        .unwrap();
    table
}

pub(crate) async fn add(client: &Client, table: &str, card: &str) {
    client
        .update_item()
        .table_name(table)
        .key("card", AttributeValue::S(card.into()))
        .update_expression("ADD seen :one")
        .expression_attribute_values(":one", AttributeValue::N("1".into()))
        .send()
        .await
        .unwrap();
}

/// Starts an environment over a connection of its own, closes that, and says which process it was.
pub(crate) async fn open_environment(lab: &Lab, function: &str) -> u32 {
    let address = lab.control_url().replace("http://", "");
    let mut stream = tokio::net::TcpStream::connect(&address).await.unwrap();
    let body = format!(r#"{{"function":"{function}"}}"#);
    let length = body.len();
    let head = "POST /environments HTTP/1.1\r\nhost: lab\r\ncontent-type: application/json\r\n";
    stream.write_all(format!("{head}content-length: {length}\r\n\r\n{body}").as_bytes()).await.unwrap();
    let mut lines = BufReader::new(stream).lines();
    loop {
        let line = lines.next_line().await.unwrap().unwrap();
        if let Some(pid) = line.strip_prefix(r#"{"event":"started","pid":"#) {
            return pid.trim_end_matches('}').parse().unwrap();
        }
    }
}

/// Whether the process is gone, given a moment.
pub(crate) async fn gone(pid: u32) -> bool {
    for _ in 0..100 {
        let lives = std::process::Command::new("kill").args(["-0", &pid.to_string()]).output().unwrap();
        if !lives.status.success() {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    false
}
