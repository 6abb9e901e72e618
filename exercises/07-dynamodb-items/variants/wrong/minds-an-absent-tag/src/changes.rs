//! Step 3: a card is changed where it is.
//!
//! Every function here sends one `UpdateItem`. The number, the list and the set stay in the database; what travels is
//! what to do with them. So any number of people can change a card at the same time.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};

use crate::boards::{Boards, DatabaseError, Item, number, text};
use crate::card::{BadItem, Note, read};
use crate::key::CardKey;

/// How often a card was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Views {
    /// This view included.
    pub views: u64,
    /// When it was looked at first, in milliseconds since 1970.
    pub first_view_ms: u64,
}

/// A part of a card's address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// `street`
    Street,
    /// `city`
    City,
    /// `state`, which is a reserved word of DynamoDB's.
    State,
}

/// A card was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// There is no such card.
    #[error("there is no such card")]
    NoCard,
    /// The answer lacks what it should have.
    #[error(transparent)]
    BadItem(#[from] BadItem),
    /// DynamoDB refused the request, or could not be reached.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

impl Part {
    /// The part's name in the map `address`. Given.
    pub fn name(self) -> &'static str {
        match self {
            Self::Street => "street",
            Self::City => "city",
            Self::State => "state",
        }
    }
}

/// Sends an update of a card that has to be there, and returns the attributes that `returns` asks for.
///
/// An update of a key without an item makes an item. A card is made by posting it, and in no other way: where there is
/// no card this is [`ChangeError::NoCard`], and there is none afterwards.
pub async fn change(update: UpdateItemFluentBuilder, returns: ReturnValue) -> Result<Item, ChangeError> {
    let sent = update.condition_expression("attribute_exists(board)").return_values(returns).send().await;
    match sent {
        Ok(answer) => Ok(answer.attributes.unwrap_or_default()),
        Err(error) if no_card(&error) => Err(ChangeError::NoCard),
        Err(error) => Err(DatabaseError::from(error).into()),
    }
}

fn no_card<R>(error: &SdkError<UpdateItemError, R>) -> bool {
    error.as_service_error().is_some_and(UpdateItemError::is_conditional_check_failed_exception)
}

/// Counts one view of the card, and notes in `first_view_ms`, a number, when it was the first: `now_ms` on a card that
/// has no such attribute. Later views leave it alone.
pub async fn view(boards: &Boards, key: &CardKey, now_ms: u64) -> Result<Views, ChangeError> {
    let update = boards
        .update(key)
        .update_expression("ADD #views :one SET first_view_ms = if_not_exists(first_view_ms, :now)")
        .expression_attribute_names("#views", "views")
        .expression_attribute_values(":one", number(1))
        .expression_attribute_values(":now", number(now_ms));
    let new = change(update, ReturnValue::UpdatedNew).await?;
    let of_number = |name| {
        let number = read(&new, name, AttributeValue::as_n)?;
        number.parse().map_err(|_| BadItem(name))
    };
    Ok(Views { views: of_number("views")?, first_view_ms: of_number("first_view_ms")? })
}

/// Puts a note behind the card's other notes, and says how many there are then. No note of anybody's is lost.
pub async fn add_note(boards: &Boards, key: &CardKey, note: &Note) -> Result<usize, ChangeError> {
    let update = boards
        .update(key)
        .update_expression("SET notes = list_append(notes, :note)")
        .expression_attribute_values(":note", AttributeValue::L(vec![note.value()]));
    let new = change(update, ReturnValue::UpdatedNew).await?;
    Ok(read(&new, "notes", AttributeValue::as_l)?.len())
}

/// Adds `tag` to the card's tags, which are one more or as many as before, and returns all that it then has.
pub async fn tag(boards: &Boards, key: &CardKey, tag: &str) -> Result<BTreeSet<String>, ChangeError> {
    tags(boards, key, "ADD tags :tag", tag).await
}

/// Takes `tag` from the card's tags, if it is one of them, and returns what is left: nothing, where it was the last.
pub async fn untag(boards: &Boards, key: &CardKey, tag: &str) -> Result<BTreeSet<String>, ChangeError> {
    let update = boards
        .update(key)
        .update_expression("DELETE tags :tags")
        .expression_attribute_values(":tags", AttributeValue::Ss(vec![tag.to_owned()]))
        .expression_attribute_values(":tag", text(tag))
        .condition_expression("attribute_exists(board) AND contains(tags, :tag)")
        .return_values(ReturnValue::AllNew);
    match update.send().await {
        Ok(answer) => {
            let new = answer.attributes.unwrap_or_default();
            let tags = new.get("tags").and_then(|tags| tags.as_ss().ok());
            Ok(tags.into_iter().flatten().cloned().collect())
        }
        Err(error) if no_card(&error) => Err(ChangeError::NoCard),
        Err(error) => Err(DatabaseError::from(error).into()),
    }
}

async fn tags(
    boards: &Boards,
    key: &CardKey,
    expression: &str,
    tag: &str,
) -> Result<BTreeSet<String>, ChangeError> {
    let update = boards
        .update(key)
        .update_expression(expression)
        .expression_attribute_values(":tag", AttributeValue::Ss(vec![tag.to_owned()]));
    let new = change(update, ReturnValue::AllNew).await?;
    let tags = new.get("tags").and_then(|tags| tags.as_ss().ok());
    Ok(tags.into_iter().flatten().cloned().collect())
}

/// Writes `value` into one part of the card's address, leaves the other parts as they are, and returns what was there
/// before.
pub async fn correct(boards: &Boards, key: &CardKey, part: Part, value: &str) -> Result<String, ChangeError> {
    let update = boards
        .update(key)
        .update_expression("SET address.#part = :value")
        .expression_attribute_names("#part", part.name())
        .expression_attribute_values(":value", text(value));
    let old = change(update, ReturnValue::UpdatedOld).await?;
    let address = read(&old, "address", AttributeValue::as_m)?;
    Ok(read(address, part.name(), AttributeValue::as_s)?.clone())
}
