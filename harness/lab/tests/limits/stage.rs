//! A table to try things on, and what is told of it.

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
};
use lab::Lab;

/// An item, or a key.
pub type Attributes = HashMap<String, AttributeValue>;

/// One thing that was tried.
pub struct Tried {
    /// As the first column of the table has it.
    pub what: &'static str,
    /// As the backend's column has it.
    pub did: String,
}

/// A table with the partition key `p` and the sort key `s`.
pub struct Stage {
    pub client: Client,
    pub table: String,
}

/// The stage with texts as keys.
pub async fn set(lab: &Lab) -> Stage {
    with_sort_key(lab, "texts", ScalarAttributeType::S).await
}

/// The stage whose sort key has this type.
pub async fn with_sort_key(lab: &Lab, name: &str, sort_key: ScalarAttributeType) -> Stage {
    let (client, table) = (lab.client(), lab.table_name(name));
    let mut request = client.create_table().table_name(&table).billing_mode(BillingMode::PayPerRequest);
    for (name, kind, role) in [("p", ScalarAttributeType::S, KeyType::Hash), ("s", sort_key, KeyType::Range)]
    {
        let definition = AttributeDefinition::builder().attribute_name(name).attribute_type(kind);
        let element = KeySchemaElement::builder().attribute_name(name).key_type(role);
        request = request
            .attribute_definitions(definition.build().expect("complete"))
            .key_schema(element.build().expect("complete"));
    }
    request.send().await.expect("a fresh table can be created");
    Stage { client, table }
}

/// A request was taken, or refused for what is in it, or something else went wrong.
pub fn verdict<T, E: ProvideErrorMetadata, R>(result: &Result<T, SdkError<E, R>>) -> String {
    match result {
        Ok(_) => "taken".to_owned(),
        Err(error) => match error.code() {
            Some("ValidationException") => "refused".to_owned(),
            Some(other) => other.to_owned(),
            None => "no answer".to_owned(),
        },
    }
}

pub fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

/// The key `s` in the partition `one`.
pub fn key(s: &str) -> Attributes {
    HashMap::from([("p".to_owned(), text("one")), ("s".to_owned(), text(s))])
}

impl Stage {
    /// Puts an item.
    pub async fn put(&self, item: Attributes) -> String {
        verdict(&self.client.put_item().table_name(&self.table).set_item(Some(item)).send().await)
    }

    /// Puts an item with this value in the attribute `a`.
    pub async fn put_value(&self, value: AttributeValue) -> String {
        let mut item = key("value");
        item.insert("a".to_owned(), value);
        self.put(item).await
    }
}
