//! Step 3: no state in the function.
//!
//! `views` counts how often a card was looked at. Any number of environments answer at the same time, none knows of
//! the others, and each may be gone after any invocation: the count lives in DynamoDB, and DynamoDB does the adding.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};
use lambda_runtime::{Diagnostic, Error, LambdaEvent, service_fn};
use serde::{Deserialize, Serialize};

use crate::database::{self, DatabaseError};
use crate::tables;

/// The event: somebody looked at a card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct View {
    /// The card's key.
    pub card: String,
}

/// The reply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Views {
    /// The card's key.
    pub card: String,
    /// How many views the card has, this one included. No two views of a card are told the same number.
    pub views: u64,
}

/// Why a view was not counted.
#[derive(Debug, thiserror::Error)]
pub enum ViewError {
    /// The card's key is empty, which no key in DynamoDB can be. Error type `View.NoCard`.
    #[error("the view names no card")]
    NoCard,
    /// The table could not be used.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

impl From<ViewError> for Diagnostic {
    fn from(error: ViewError) -> Self {
        let error_type = match &error {
            ViewError::NoCard => "View.NoCard",
            ViewError::Database(error) => error.error_type(),
        };
        Self { error_type: error_type.to_owned(), error_message: error.to_string() }
    }
}

/// Counts views in the table `cards`.
#[derive(Clone, Debug)]
pub struct Counter {
    /// Sends requests to DynamoDB.
    pub client: Client,
    /// The table `cards`, under the name that it has here.
    pub table: String,
}

impl Counter {
    /// A counter over the table that `TABLE_CARDS` names. Given.
    pub fn open() -> Result<Self, DatabaseError> {
        Ok(Self { client: database::client()?, table: database::variable(tables::CARDS.variable)? })
    }

    /// Counts one view of `card` and says how many it has.
    ///
    /// - The number is kept in the attribute `view_count` of the card's item. A card that was never viewed may have no
    ///   such attribute, or no item: its first view is number 1.
    /// - The item's other attributes stay as they are.
    /// - Other environments count views of the same card at the same moment. None is lost, and each view is told a
    ///   number of its own.
    /// - An empty `card` is [`ViewError::NoCard`], and nothing is asked of DynamoDB.
    pub async fn count(&self, card: &str) -> Result<Views, ViewError> {
        if card.is_empty() {
            return Err(ViewError::NoCard);
        }
        let counted = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("card", AttributeValue::S(card.to_owned()))
            .update_expression("ADD view_count :one")
            .expression_attribute_values(":one", AttributeValue::N("1".to_owned()))
            .return_values(ReturnValue::UpdatedNew)
            .send()
            .await
            .map_err(DatabaseError::from)?;
        let views = counted
            .attributes()
            .and_then(|attributes| attributes.get("view_count")?.as_n().ok()?.parse().ok())
            .ok_or(DatabaseError::Attribute("view_count"))?;
        Ok(Views { card: card.to_owned(), views })
    }
}

/// The process's main. Given: the counter is opened in Init, as in step 2.
pub async fn run() -> Result<(), Error> {
    let counter = &Counter::open()?;
    lambda_runtime::run(service_fn(|event: LambdaEvent<View>| async move {
        counter.count(&event.payload.card).await
    }))
    .await
}
