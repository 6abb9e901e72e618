//! Who likes which card. Given.
//!
//! The people who like a card are a set in the card's item. Adding somebody to a set who is in it changes nothing, so
//! that a like may be delivered any number of times.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::AttributeValue;
use serde::{Deserialize, Serialize};

use crate::database::{self, DatabaseError};
use crate::tables;

/// Somebody likes a card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Like {
    /// The card's key.
    pub card: String,
    /// Who likes it.
    pub by: String,
}

/// Why a like was not kept.
#[derive(Debug, thiserror::Error)]
pub enum AlbumError {
    /// No such card is there, or not yet: cards and likes travel by different ways.
    #[error("there is no card {0}")]
    NoCard(String),
    /// The table could not be used.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

/// The likes in the table `cards`.
#[derive(Clone, Debug)]
pub struct Album {
    client: Client,
    cards: String,
}

impl Album {
    /// The album over the table that `TABLE_CARDS` names.
    pub fn open() -> Result<Self, DatabaseError> {
        Ok(Self { client: database::client()?, cards: database::variable(tables::CARDS.variable)? })
    }

    /// Keeps `like`, on condition that its card is there.
    pub async fn keep(&self, like: &Like) -> Result<(), AlbumError> {
        let kept = self
            .client
            .update_item()
            .table_name(&self.cards)
            .key("card", AttributeValue::S(like.card.clone()))
            .update_expression("ADD liked_by :who")
            .condition_expression("attribute_exists(card)")
            .expression_attribute_values(":who", AttributeValue::Ss(vec![like.by.clone()]))
            .send()
            .await;
        match kept {
            Ok(_) => Ok(()),
            Err(error)
                if matches!(
                    error.as_service_error(),
                    Some(UpdateItemError::ConditionalCheckFailedException(_))
                ) =>
            {
                Err(AlbumError::NoCard(like.card.clone()))
            }
            Err(error) => Err(DatabaseError::from(error).into()),
        }
    }
}
