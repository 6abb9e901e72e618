//! The table of the queue.
//!
//! | attribute | | |
//! |---|---|---|
//! | `queue` | partition key | `async` for events to run; `queue:NAME` for those that a destination or dead letter was sent to; `payload:ID` for the parts of a large event |
//! | `id` | sort key | the request id; the number of the part |
//! | `visible_at` | sort key of the index `by_visible_at` | milliseconds since the Unix epoch; nobody may claim the event before |
//!
//! The index is a local one, because those can be read consistently: an event that was just put is found.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::DisplayErrorContext;
use aws_sdk_dynamodb::operation::create_table::CreateTableError;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, LocalSecondaryIndex, Projection,
    ProjectionType, ScalarAttributeType,
};

use super::StoreError;

/// The index by which events are found that may be run.
pub const BY_VISIBLE_AT: &str = "by_visible_at";

/// Creates the table, unless it is there.
pub async fn create(client: &Client, table: &str) -> Result<(), StoreError> {
    let attribute = |name: &str, kind| {
        AttributeDefinition::builder()
            .attribute_name(name)
            .attribute_type(kind)
            .build()
            .expect("it is complete")
    };
    let key = |name: &str, kind| {
        KeySchemaElement::builder().attribute_name(name).key_type(kind).build().expect("it is complete")
    };
    let index = LocalSecondaryIndex::builder()
        .index_name(BY_VISIBLE_AT)
        .key_schema(key("queue", KeyType::Hash))
        .key_schema(key("visible_at", KeyType::Range))
        .projection(Projection::builder().projection_type(ProjectionType::All).build())
        .build()
        .expect("it is complete");
    let created = client
        .create_table()
        .table_name(table)
        .attribute_definitions(attribute("queue", ScalarAttributeType::S))
        .attribute_definitions(attribute("id", ScalarAttributeType::S))
        .attribute_definitions(attribute("visible_at", ScalarAttributeType::N))
        .key_schema(key("queue", KeyType::Hash))
        .key_schema(key("id", KeyType::Range))
        .local_secondary_indexes(index)
        .billing_mode(BillingMode::PayPerRequest)
        .send()
        .await;
    match created {
        Ok(_) => Ok(()),
        Err(error)
            if error.as_service_error().is_some_and(CreateTableError::is_resource_in_use_exception) =>
        {
            Ok(())
        }
        Err(error) => Err(StoreError {
            operation: "CreateTable",
            table: table.to_owned(),
            message: DisplayErrorContext(error).to_string(),
        }),
    }
}
