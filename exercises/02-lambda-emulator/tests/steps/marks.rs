//! What functions leave behind for the test to see, and what they wait for: items of a table of their own.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType, ReturnValue,
    ScalarAttributeType,
};
use lab::{Item, Lab};

/// The variable by which a function knows the table.
pub const VARIABLE: &str = "MARKS";

/// How soon something is looked for again that has not come yet, and how late. Between them it is a tenth of the wait so
/// far: each look costs others of the processor that the thing itself may need.
const SOONEST: Duration = Duration::from_millis(10);
const LATEST: Duration = Duration::from_millis(250);
/// How long a test waits for something that does not come.
const LIMIT: Duration = Duration::from_secs(10);

/// The table of marks.
pub struct Marks {
    client: Client,
    table: String,
}

impl Marks {
    /// In a test: makes the table.
    pub async fn create(lab: &Lab) -> Self {
        let marks = Self { client: lab.client(), table: lab.table_name("marks") };
        let attribute = AttributeDefinition::builder()
            .attribute_name("id")
            .attribute_type(ScalarAttributeType::S)
            .build()
            .expect("it is complete");
        let key = KeySchemaElement::builder()
            .attribute_name("id")
            .key_type(KeyType::Hash)
            .build()
            .expect("it is complete");
        marks
            .client
            .create_table()
            .table_name(&marks.table)
            .attribute_definitions(attribute)
            .key_schema(key)
            .billing_mode(BillingMode::PayPerRequest)
            .send()
            .await
            .expect("the lab's DynamoDB makes tables");
        marks
    }

    /// In a function.
    pub fn open() -> Self {
        Self { client: lab::inside::dynamodb_client(), table: lab::inside::variable(VARIABLE) }
    }

    /// The table's real name.
    pub fn table(&self) -> &str {
        &self.table
    }

    /// Leaves a mark.
    pub async fn put(&self, id: &str, text: &str) {
        self.client
            .put_item()
            .table_name(&self.table)
            .item("id", AttributeValue::S(id.to_owned()))
            .item("text", AttributeValue::S(text.to_owned()))
            .send()
            .await
            .expect("the lab's DynamoDB takes marks");
    }

    /// In a function's Init: marks `init:N` for its N-th environment, and waits for `open-init:N`. Comes back with N.
    pub async fn init(&self) -> u64 {
        let number = self.count("inits").await;
        self.put(&format!("init:{number}"), &lab::inside::identity()).await;
        self.wait(&format!("open-init:{number}")).await;
        number
    }

    /// Counts one more, and says how many that makes.
    pub async fn count(&self, id: &str) -> u64 {
        let counted = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("id", AttributeValue::S(id.to_owned()))
            .update_expression("ADD times :one")
            .expression_attribute_values(":one", AttributeValue::N("1".into()))
            .return_values(ReturnValue::UpdatedNew)
            .send()
            .await
            .expect("the lab's DynamoDB takes marks");
        let times =
            counted.attributes().and_then(|attributes| attributes.get("times")?.as_n().ok()?.parse().ok());
        times.expect("the count was asked for")
    }

    /// Waits until a mark is there, for ever.
    pub async fn wait(&self, id: &str) {
        let begun = Instant::now();
        while !self.is_there(id).await {
            pause(begun).await;
        }
    }

    /// In a test: waits until as many marks begin with `prefix`, but not for ever. Comes back with how many do.
    pub async fn wait_for(&self, lab: &Lab, prefix: &str, many: usize) -> usize {
        until(async || {
            let marks = marked(lab, prefix).await.len();
            (marks >= many).then_some(marks).ok_or(marks)
        })
        .await
        .unwrap_or_else(|fewer| fewer)
    }

    async fn is_there(&self, id: &str) -> bool {
        let key = HashMap::from([("id".to_owned(), AttributeValue::S(id.to_owned()))]);
        let found = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(key))
            .consistent_read(true)
            .send()
            .await
            .expect("the lab's DynamoDB gives marks back");
        found.item.is_some()
    }
}

/// The marks that begin with `prefix`: what comes after it, and their texts.
pub async fn marked(lab: &Lab, prefix: &str) -> Vec<(String, String)> {
    let items = lab.items("marks").await;
    let mark = |item: &Item| {
        let id = item.string("id")?.strip_prefix(prefix)?.to_owned();
        let text = item.string("text").map(str::to_owned);
        Some((id, text.or_else(|| item.number("times").map(|times| times.to_string())).unwrap_or_default()))
    };
    items.iter().filter_map(mark).collect()
}

/// Asks until there is an answer, but not for ever: then the last state is the error.
pub async fn until<T, E>(mut ask: impl AsyncFnMut() -> Result<T, E>) -> Result<T, E> {
    let begun = Instant::now();
    loop {
        match ask().await {
            Err(_) if begun.elapsed() < LIMIT => pause(begun).await,
            last => return last,
        }
    }
}

/// Passes the time until the next look.
async fn pause(begun: Instant) {
    tokio::time::sleep((begun.elapsed() / 10).clamp(SOONEST, LATEST)).await;
}

/// In a function: the text of a mark that the test has left.
pub async fn only(id: &str) -> String {
    let marks = Marks::open();
    let found = marks
        .client
        .get_item()
        .table_name(&marks.table)
        .key("id", AttributeValue::S(id.to_owned()))
        .consistent_read(true)
        .send()
        .await
        .expect("the lab's DynamoDB gives marks back");
    found.item().and_then(|item| item.get("text")?.as_s().ok().cloned()).unwrap_or_default()
}
