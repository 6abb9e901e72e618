//! A table with an index, and what goes into it.

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType,
    Projection, ProjectionType, ScalarAttributeType,
};
use lab::Lab;

pub type Attributes = HashMap<String, AttributeValue>;

/// Creates `things`: partition key `p`, sort key `s`, and the index `by-kind` on `kind`, with the keys alone.
pub async fn create(lab: &Lab) -> (Client, String) {
    let (client, name) = (lab.client(), lab.table_name("things"));
    let attribute = |name: &str| {
        let definition = AttributeDefinition::builder().attribute_name(name);
        definition.attribute_type(ScalarAttributeType::S).build().expect("complete")
    };
    let element = |name: &str, role: KeyType| {
        KeySchemaElement::builder().attribute_name(name).key_type(role).build().expect("complete")
    };
    let index = GlobalSecondaryIndex::builder()
        .index_name("by-kind")
        .key_schema(element("kind", KeyType::Hash))
        .projection(Projection::builder().projection_type(ProjectionType::KeysOnly).build())
        .build()
        .expect("complete");
    client
        .create_table()
        .table_name(&name)
        .billing_mode(BillingMode::PayPerRequest)
        .set_attribute_definitions(Some(vec![attribute("p"), attribute("s"), attribute("kind")]))
        .set_key_schema(Some(vec![element("p", KeyType::Hash), element("s", KeyType::Range)]))
        .global_secondary_indexes(index)
        .send()
        .await
        .expect("a fresh table can be created");
    (client, name)
}

pub fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

/// The key of the thing `s`.
pub fn key(s: &str) -> Attributes {
    HashMap::from([("p".to_owned(), text("one")), ("s".to_owned(), text(s))])
}

/// The thing `s` with `bytes` of filling.
pub fn thing(s: &str, bytes: usize) -> Attributes {
    let mut item = key(s);
    item.insert("filling".to_owned(), text(&"x".repeat(bytes)));
    item
}
