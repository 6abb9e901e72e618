//! What was seen, in words that are the same from run to run.

use std::collections::BTreeMap;
use std::fmt::Display;

use aws_sdk_dynamodb::types::AttributeValue;
use lab::Lab;

use super::subject::boards::DatabaseError;
use super::subject::card::Card;

/// The type of an attribute, by DynamoDB's own name for it.
pub fn kind(value: &AttributeValue) -> &'static str {
    match value {
        AttributeValue::S(_) => "S",
        AttributeValue::N(_) => "N",
        AttributeValue::B(_) => "B",
        AttributeValue::Bool(_) => "BOOL",
        AttributeValue::Null(_) => "NULL",
        AttributeValue::Ss(_) => "SS",
        AttributeValue::Ns(_) => "NS",
        AttributeValue::Bs(_) => "BS",
        AttributeValue::L(_) => "L",
        AttributeValue::M(_) => "M",
        _ => "unknown",
    }
}

/// What is in a card, field by field: whether two are the same is not for a card to say.
pub fn fields(card: &Card) -> String {
    let Card { key, posting, title, views, serial, sealed, signature, picture, tags, stamps, seals, .. } =
        card;
    let notes: Vec<_> = card.notes.iter().map(|note| (&note.by, &note.words)).collect();
    let address = (&card.address.street, &card.address.city, &card.address.state);
    let key = format!("board: {:?}, posted_ms: {}, id: {:?}", key.board, key.posted_ms, key.id);
    let plain = format!(
        "posting: {posting:?}, title: {title:?}, views: {views}, serial: {serial:?}, sealed: {sealed}"
    );
    let sets = format!("tags: {tags:?}, stamps: {stamps:?}, seals: {seals:?}");
    format!(
        "{key}, {plain}, signature: {signature:?}, picture: {picture:?}, {sets}, notes: {notes:?}, address: {address:?}"
    )
}

/// The requests so far, by operation: `PutItem 1, Query 2`.
pub fn requests(lab: &Lab) -> String {
    listed(lab.request_counts().into_iter().map(|(operation, count)| format!("{operation} {count}")))
}

/// Texts with commas, or `none`.
pub fn listed(texts: impl IntoIterator<Item = impl Display>) -> String {
    let texts: Vec<String> = texts.into_iter().map(|text| text.to_string()).collect();
    if texts.is_empty() { "none".to_owned() } else { texts.join(", ") }
}

/// How often each text is there: `New 1, Taken 7`.
pub fn counted(texts: impl IntoIterator<Item = String>) -> String {
    let counts = texts.into_iter().fold(BTreeMap::<String, usize>::new(), |mut counts, text| {
        *counts.entry(text).or_default() += 1;
        counts
    });
    listed(counts.into_iter().map(|(text, count)| format!("{text} {count}")))
}

/// `yes` or `no`.
pub fn yes(truth: bool) -> &'static str {
    if truth { "yes" } else { "no" }
}

/// The kind of an error that comes from the database: the wording differs from backend to backend.
pub fn trouble(error: &DatabaseError) -> String {
    let kinds = [
        "ValidationException",
        "ConditionalCheckFailedException",
        "ProvisionedThroughputExceededException",
        "ThrottlingException",
        "ResourceNotFoundException",
        "InternalServerError",
    ];
    let kind = kinds.into_iter().find(|kind| error.0.contains(kind)).unwrap_or("no answer");
    format!("error of the database: {kind}")
}

/// A result in one line: what is in it, or the error.
pub fn result<T: Display, E>(result: &Result<T, E>, error: impl Fn(&E) -> String) -> String {
    match result {
        Ok(value) => value.to_string(),
        Err(wrong) => error(wrong),
    }
}
