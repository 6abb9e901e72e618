//! Where the boards are: a client and a table. Given.
//!
//! All boards are in one table. A card is an item: its partition key `board` says on which board it is, its sort key
//! `card` when it was posted, so that the cards of a board are one item collection, in the order of their time. See
//! [`CardKey`].

use std::collections::HashMap;
use std::fmt::Display;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::AttributeValue;

use crate::key::CardKey;

/// An item, as the client has it: attributes by name, in no order.
pub type Item = HashMap<String, AttributeValue>;

/// The table of all boards.
#[derive(Clone, Debug)]
pub struct Boards {
    /// Sends requests to DynamoDB.
    pub client: Client,
    /// The table's name.
    pub table: String,
}

/// DynamoDB refused a request, or could not be reached.
#[derive(Debug, thiserror::Error)]
#[error("DynamoDB: {0}")]
pub struct DatabaseError(pub String);

/// The SDK's own error prints as "service error" and keeps the reason among its sources: this keeps all of it.
impl<E, R> From<SdkError<E, R>> for DatabaseError
where
    E: std::error::Error + Send + Sync + 'static,
    R: std::fmt::Debug + Send + Sync + 'static,
{
    fn from(error: SdkError<E, R>) -> Self {
        Self(DisplayErrorContext(&error).to_string())
    }
}

impl Boards {
    /// Begins an update of the card at `key`: table and key are set, the rest is the caller's.
    pub fn update(&self, key: &CardKey) -> UpdateItemFluentBuilder {
        self.client.update_item().table_name(&self.table).set_key(Some(key.item()))
    }
}

/// Whether DynamoDB refused a whole request because there is too much to do: for the table
/// (`ProvisionedThroughputExceededException`), for a limit that is not the table's (`ThrottlingException`), or for the
/// account's (`RequestLimitExceeded`).
pub fn is_throttled<E, R>(error: &SdkError<E, R>) -> bool
where
    SdkError<E, R>: ProvideErrorMetadata,
{
    let codes = ["ProvisionedThroughputExceededException", "ThrottlingException", "RequestLimitExceeded"];
    error.code().is_some_and(|code| codes.contains(&code))
}

/// A text as an attribute's value.
pub fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

/// A number as an attribute's value. Numbers travel as text.
pub fn number(value: impl Display) -> AttributeValue {
    AttributeValue::N(value.to_string())
}
