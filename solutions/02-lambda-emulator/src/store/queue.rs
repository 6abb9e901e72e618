//! Events are put, found, put back, taken out.

use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{DisplayErrorContext, SdkError};
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::operation::update_item::{UpdateItemError, UpdateItemOutput};
use aws_sdk_dynamodb::types::{AttributeValue, Delete, Put, TransactWriteItem};
use bytes::{Bytes, BytesMut};

use super::event::{Event, Item, milliseconds, number, text};
use super::{StoreError, table};

/// The partition of events that are to be run.
const ASYNC: &str = "async";
/// Events that one look finds; more are found by the next.
const FOUND: usize = 25;
/// Items of one answer to a look. Events of functions that are not known here may stand before ours: a look goes on behind
/// them, however many they are.
const PAGE: i32 = 100;
/// Bytes of an event that are kept in one item, which may have 400 KB with everything else.
const PART_BYTES: usize = 300 * 1024;

/// Bytes of a message that is kept: one item. SQS takes 1 MiB.
pub const MESSAGE_BYTES: usize = PART_BYTES;

/// The queue of one emulator, or of several that share a table.
#[derive(Clone, Debug)]
pub struct Queue {
    client: Client,
    pub(crate) table: String,
}

impl Queue {
    /// Opens the queue in `table`, which is created if it isn't there.
    pub async fn open(client: Client, table: String) -> Result<Self, StoreError> {
        table::create(&client, &table).await?;
        Ok(Self { client, table })
    }

    /// Puts an event. It is there when this returns, whatever happens to us.
    pub async fn put(&self, event: &Event) -> Result<(), StoreError> {
        let event = self.in_parts(event.clone()).await?;
        self.put_item(ASYNC, event.item()).await
    }

    /// The events that may be claimed at `now` by whoever has the functions for which `has` is true, the longest waiting
    /// first.
    pub async fn due(&self, now: Duration, has: impl Fn(&str) -> bool) -> Result<Vec<Event>, StoreError> {
        self.find(":now", "queue = :queue AND visible_at <= :now", milliseconds(now), FOUND, has).await
    }

    /// When the next of these events may be claimed.
    pub async fn next_due(&self, has: impl Fn(&str) -> bool) -> Result<Option<Duration>, StoreError> {
        let found = self.find(":zero", "queue = :queue AND visible_at >= :zero", number(0), 1, has).await?;
        Ok(found.first().map(|event| event.visible_at))
    }

    /// Reads the parts of an event that is kept in parts.
    pub async fn load(&self, event: &mut Event) -> Result<(), StoreError> {
        let mut payload = BytesMut::new();
        for part_number in 0..event.parts {
            let found = self
                .client
                .get_item()
                .table_name(&self.table)
                .key("queue", text(&parts_of(event)))
                .key("id", text(&part_number.to_string()))
                .consistent_read(true)
                .send()
                .await
                .map_err(|error| self.error("GetItem", error))?;
            let part = found.item.as_ref().and_then(|item| item.get("part")?.as_b().ok());
            // Half an event is none: it is not to be run.
            let part = part.ok_or_else(|| StoreError {
                operation: "GetItem",
                table: self.table.clone(),
                message: format!("part {part_number} of the event {} is missing", event.request_id),
            })?;
            payload.extend_from_slice(part.as_ref());
        }
        if event.parts > 0 {
            event.payload = payload.freeze();
        }
        Ok(())
    }

    /// Puts a claimed event back: it may be claimed again at `visible_at`. Nothing happens if the claim has passed to
    /// somebody else.
    pub async fn put_back(&self, event: &Event, visible_at: Duration) -> Result<(), StoreError> {
        let put_back = self
            .update(event)
            .update_expression(
                "SET visible_at = :at, ended = :attempts, failures = :failures, throttles = :throttles",
            )
            .condition_expression("attempts = :attempts")
            .expression_attribute_values(":at", milliseconds(visible_at))
            .expression_attribute_values(":failures", number(event.failures.into()))
            .expression_attribute_values(":throttles", number(event.throttles.into()))
            .expression_attribute_values(":attempts", number(event.attempts.into()))
            .send()
            .await;
        unless_refused(&self.table, put_back).map(|_| ())
    }

    /// Takes a claimed event out, and puts what follows from it, in one transaction. Nothing happens if the claim has
    /// passed to somebody else. Parts are put before and removed after it: who dies in between leaves some that nobody
    /// reads.
    pub async fn take_out(&self, event: &Event, following: Vec<Following>) -> Result<(), StoreError> {
        let delete = Delete::builder()
            .table_name(&self.table)
            .key("queue", text(ASYNC))
            .key("id", text(&event.request_id))
            .condition_expression("attempts = :attempts")
            .expression_attribute_values(":attempts", number(event.attempts.into()))
            .build()
            .expect("it is complete");
        let mut transaction = self
            .client
            .transact_write_items()
            .transact_items(TransactWriteItem::builder().delete(delete).build());
        let mut in_parts = Vec::new();
        for following in following {
            let (queue, item) = match following {
                Following::Event(following) => {
                    let following = self.in_parts(following).await?;
                    let item = following.item();
                    in_parts.push(following);
                    (ASYNC.to_owned(), item)
                }
                Following::Message { queue, id, body } => {
                    let item = Item::from([("id".into(), text(&id)), ("body".into(), text(&body))]);
                    (format!("queue:{queue}"), item)
                }
            };
            let put = Put::builder()
                .table_name(&self.table)
                .set_item(Some(item))
                .item("queue", text(&queue))
                .build()
                .expect("it is complete");
            transaction = transaction.transact_items(TransactWriteItem::builder().put(put).build());
        }
        match transaction.send().await {
            Ok(_) => self.delete_parts(event).await,
            // The event's parts are now somebody else's. Those of what would have followed are nobody's.
            Err(error) if is_passed_on(&error) => {
                for following in &in_parts {
                    self.delete_parts(following).await?;
                }
                Ok(())
            }
            Err(error) => Err(self.error("TransactWriteItems", error)),
        }
    }

    /// Begins an update of an event's item.
    pub fn update(&self, event: &Event) -> UpdateItemFluentBuilder {
        self.client
            .update_item()
            .table_name(&self.table)
            .key("queue", text(ASYNC))
            .key("id", text(&event.request_id))
    }

    async fn find(
        &self,
        name: &str,
        condition: &str,
        value: AttributeValue,
        limit: usize,
        has: impl Fn(&str) -> bool,
    ) -> Result<Vec<Event>, StoreError> {
        let mut items = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(table::BY_VISIBLE_AT)
            .consistent_read(true)
            .key_condition_expression(condition)
            .expression_attribute_values(":queue", text(ASYNC))
            .expression_attribute_values(name, value)
            .into_paginator()
            .page_size(PAGE)
            .items()
            .send();
        let mut found = Vec::new();
        while found.len() < limit
            && let Some(item) = items.try_next().await.map_err(|error| self.error("Query", error))?
        {
            // An event of a function that is not known here may be another emulator's. It must not hide those behind it.
            found.extend(Event::from_item(&item).filter(|event| has(&event.function)));
        }
        Ok(found)
    }

    /// The event as its item holds it: one that is too large is put in parts.
    async fn in_parts(&self, mut event: Event) -> Result<Event, StoreError> {
        if event.payload.len() > PART_BYTES {
            event.parts = self.put_parts(&event).await?;
            event.payload = Bytes::new();
        }
        Ok(event)
    }

    async fn put_parts(&self, event: &Event) -> Result<u32, StoreError> {
        let mut parts = 0;
        for part in event.payload.chunks(PART_BYTES) {
            let part = AttributeValue::B(part.to_vec().into());
            let item = Item::from([("id".into(), text(&parts.to_string())), ("part".into(), part)]);
            self.put_item(&parts_of(event), item).await?;
            parts += 1;
        }
        Ok(parts)
    }

    async fn delete_parts(&self, event: &Event) -> Result<(), StoreError> {
        for part in 0..event.parts {
            self.client
                .delete_item()
                .table_name(&self.table)
                .key("queue", text(&parts_of(event)))
                .key("id", text(&part.to_string()))
                .send()
                .await
                .map_err(|error| self.error("DeleteItem", error))?;
        }
        Ok(())
    }

    async fn put_item(&self, queue: &str, item: Item) -> Result<(), StoreError> {
        self.client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item))
            .item("queue", text(queue))
            .send()
            .await
            .map(|_| ())
            .map_err(|error| self.error("PutItem", error))
    }

    fn error<E>(&self, operation: &'static str, error: SdkError<E>) -> StoreError
    where
        SdkError<E>: std::error::Error,
    {
        failed(operation, &self.table, error)
    }
}

/// What follows from an event.
#[derive(Debug)]
pub enum Following {
    /// A new event.
    Event(Event),
    /// A message in a queue that nobody runs: people read it.
    Message {
        /// The queue's name.
        queue: String,
        /// The message's own.
        id: String,
        /// At most [`MESSAGE_BYTES`].
        body: String,
    },
}

/// Whether a claim has passed to somebody else, so that nothing was written. A transaction may be cancelled for other
/// reasons, and those are errors.
fn is_passed_on(error: &SdkError<TransactWriteItemsError>) -> bool {
    let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) = error.as_service_error()
    else {
        return false;
    };
    let of_delete = cancelled.cancellation_reasons().first().and_then(|reason| reason.code());
    of_delete == Some("ConditionalCheckFailed")
}

/// Whether an update was made. That its condition failed is an answer; every other failure is an error.
pub fn unless_refused(
    table: &str,
    updated: Result<UpdateItemOutput, SdkError<UpdateItemError>>,
) -> Result<bool, StoreError> {
    match updated {
        Ok(_) => Ok(true),
        Err(error)
            if error
                .as_service_error()
                .is_some_and(UpdateItemError::is_conditional_check_failed_exception) =>
        {
            Ok(false)
        }
        Err(error) => Err(failed("UpdateItem", table, error)),
    }
}

fn failed<E>(operation: &'static str, table: &str, error: SdkError<E>) -> StoreError
where
    SdkError<E>: std::error::Error,
{
    StoreError { operation, table: table.to_owned(), message: DisplayErrorContext(error).to_string() }
}

fn parts_of(event: &Event) -> String {
    format!("payload:{}", event.request_id)
}
