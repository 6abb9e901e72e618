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
const FOUND: i32 = 25;
/// Bytes of an event that are kept in one item, which may have 400 KB with everything else.
const PART_BYTES: usize = 300 * 1024;

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
        let mut event = event.clone();
        if event.payload.len() > PART_BYTES {
            event.parts = self.put_parts(&event).await?;
            event.payload = Bytes::new();
        }
        self.put_item(ASYNC, event.item()).await
    }

    /// The events that may be claimed at `now`, the longest waiting first.
    pub async fn due(&self, now: Duration) -> Result<Vec<Event>, StoreError> {
        self.find(":now", "queue = :queue AND visible_at <= :now", milliseconds(now), FOUND).await
    }

    /// When the next event may be claimed.
    pub async fn next_due(&self) -> Result<Option<Duration>, StoreError> {
        let found = self.find(":zero", "queue = :queue AND visible_at >= :zero", number(0), 1).await?;
        Ok(found.first().map(|event| event.visible_at))
    }

    /// Reads the parts of an event that is kept in parts.
    pub async fn load(&self, event: &mut Event) -> Result<(), StoreError> {
        let mut payload = BytesMut::new();
        for part in 0..event.parts {
            let found = self
                .client
                .get_item()
                .table_name(&self.table)
                .key("queue", text(&parts_of(event)))
                .key("id", text(&part.to_string()))
                .consistent_read(true)
                .send()
                .await
                .map_err(|error| self.error("GetItem", error))?;
            let part = found.item.as_ref().and_then(|item| item.get("part")?.as_b().ok());
            payload.extend_from_slice(part.map(AsRef::as_ref).unwrap_or_default());
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
    /// passed to somebody else.
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
        for Following { queue, item } in following {
            let put = Put::builder()
                .table_name(&self.table)
                .set_item(Some(item))
                .item("queue", text(&queue))
                .build()
                .expect("it is complete");
            transaction = transaction.transact_items(TransactWriteItem::builder().put(put).build());
        }
        match transaction.send().await {
            Err(error)
                if !error
                    .as_service_error()
                    .is_some_and(TransactWriteItemsError::is_transaction_canceled_exception) =>
            {
                return Err(self.error("TransactWriteItems", error));
            }
            _ => {}
        }
        self.delete_parts(event).await
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
        limit: i32,
    ) -> Result<Vec<Event>, StoreError> {
        let found = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(table::BY_VISIBLE_AT)
            .consistent_read(true)
            .key_condition_expression(condition)
            .expression_attribute_values(":queue", text(ASYNC))
            .expression_attribute_values(name, value)
            .limit(limit)
            .send()
            .await
            .map_err(|error| self.error("Query", error))?;
        Ok(found.items().iter().filter_map(Event::from_item).collect())
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

/// An item that follows from an event.
#[derive(Debug)]
pub struct Following {
    /// Its partition.
    pub queue: String,
    /// The rest of it.
    pub item: Item,
}

impl Following {
    /// A new event.
    pub fn event(event: &Event) -> Self {
        Self { queue: ASYNC.to_owned(), item: event.item() }
    }

    /// A message in a queue that nobody runs: people read it.
    pub fn message(queue: &str, id: &str, body: &str) -> Self {
        let item = Item::from([("id".into(), text(id)), ("body".into(), text(body))]);
        Self { queue: format!("queue:{queue}"), item }
    }
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
