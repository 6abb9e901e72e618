//! A table for the examples: a logbook of lighthouse keepers, one collection of entries for each lighthouse.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue::{self, S};
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
};

/// Creates it: partition key `lighthouse`, sort key `at`.
pub async fn create(lab: &lab::Lab) -> (Client, String) {
    let (client, table) = (lab.client(), lab.table_name("logbook"));
    let mut request = client.create_table().table_name(&table).billing_mode(BillingMode::PayPerRequest);
    for (name, role) in [("lighthouse", KeyType::Hash), ("at", KeyType::Range)] {
        let definition =
            AttributeDefinition::builder().attribute_name(name).attribute_type(ScalarAttributeType::S);
        let element = KeySchemaElement::builder().attribute_name(name).key_type(role);
        request = request
            .attribute_definitions(definition.build().expect("complete"))
            .key_schema(element.build().expect("complete"));
    }
    request.send().await.expect("a fresh table can be created");
    (client, table)
}

/// A text.
pub fn s(value: &str) -> AttributeValue {
    S(value.to_owned())
}
