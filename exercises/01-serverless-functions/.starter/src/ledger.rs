//! Accounts, receipts, and writes that happen together or not at all. Given.
//!
//! A *transaction* is one request with several writes, here [`TransactWriteItem`]s. Each write may carry a condition on
//! the item that is there. DynamoDB checks all of them, and either does every write or none.
//! A transaction that was refused says of each write whether its own condition was the reason, in the order in which the
//! writes were sent, and hands back the item that stood in the way where the write asked for it
//! ([`ReturnValuesOnConditionCheckFailure::AllOld`]).

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{
    AttributeValue, CancellationReason, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update,
};

use crate::clock::Clock;
use crate::database::{self, DatabaseError};
use crate::tables;

/// An item, by the names of its attributes.
pub type Item = HashMap<String, AttributeValue>;

/// How often a transaction is sent that lost against another one on the same item. It is over in milliseconds.
const MOST_ATTEMPTS: u32 = 5;

/// The tables `accounts` and `receipts`.
#[derive(Clone, Debug)]
pub struct Ledger {
    client: Client,
    accounts: String,
    receipts: String,
    /// What time it is: a receipt has an expiry.
    pub clock: Clock,
}

/// A write whose condition did not hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    /// Which of the writes, from 0, in the order in which they were sent.
    pub write: usize,
    /// The item that is there, where the write asked for it and there is one.
    pub found: Option<Item>,
}

/// Why a transaction did not happen. Nothing of it did.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// Conditions that did not hold, in the order of the writes. At least one.
    #[error("the conditions of {} writes did not hold", .0.len())]
    Refused(Vec<Refusal>),
    /// Anything else.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

impl Ledger {
    /// The ledger over the tables that `TABLE_ACCOUNTS` and `TABLE_RECEIPTS` name.
    pub fn open() -> Result<Self, DatabaseError> {
        Ok(Self {
            client: database::client()?,
            accounts: database::variable(tables::ACCOUNTS.variable)?,
            receipts: database::variable(tables::RECEIPTS.variable)?,
            clock: Clock::from_environment(),
        })
    }

    /// A write that takes `stamps` from `account`, on condition that there are as many. An account that is not there has
    /// none.
    pub fn take_stamps(&self, account: &str, stamps: u32) -> TransactWriteItem {
        let update = Update::builder()
            .table_name(&self.accounts)
            .key("account", AttributeValue::S(account.to_owned()))
            .update_expression("SET stamps_left = stamps_left - :stamps")
            .condition_expression("stamps_left >= :stamps")
            .expression_attribute_values(":stamps", AttributeValue::N(stamps.to_string()))
            .build()
            .expect("table, key and expression are set");
        TransactWriteItem::builder().update(update).build()
    }

    /// A write that puts `item` into the table of receipts, on condition that `condition` holds for the item that is
    /// there under the same key. Where it does not, the refusal has that item.
    ///
    /// The condition is an expression such as `attribute_exists(color)` or `attribute_not_exists(color)`, about the
    /// attributes of the item that is there, not of the one to be put. An attribute that no receipt has makes
    /// `attribute_not_exists` always true.
    pub fn put_receipt(&self, item: Item, condition: &str) -> TransactWriteItem {
        let put = Put::builder()
            .table_name(&self.receipts)
            .set_item(Some(item))
            .condition_expression(condition)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()
            .expect("table and item are set");
        TransactWriteItem::builder().put(put).build()
    }

    /// Does all of `writes`, or none of them.
    pub async fn write(&self, writes: Vec<TransactWriteItem>) -> Result<(), LedgerError> {
        let mut attempt = 1;
        loop {
            let sent =
                self.client.transact_write_items().set_transact_items(Some(writes.clone())).send().await;
            let Err(error) = sent else { return Ok(()) };
            // Whoever holds an item may be the delivery before this one: a refusal beside that is not the last word.
            if lost(&error) && attempt < MOST_ATTEMPTS {
                attempt += 1;
                continue;
            }
            let refused = refusals(&error);
            return Err(if refused.is_empty() || lost(&error) {
                DatabaseError::from(error).into()
            } else {
                LedgerError::Refused(refused)
            });
        }
    }
}

/// The writes whose own condition was a reason.
fn refusals(error: &SdkError<TransactWriteItemsError>) -> Vec<Refusal> {
    let of = |(write, reason): (usize, &CancellationReason)| {
        (reason.code() == Some("ConditionalCheckFailed"))
            .then(|| Refusal { write, found: reason.item().filter(|item| !item.is_empty()).cloned() })
    };
    reasons(error).iter().enumerate().filter_map(of).collect()
}

/// Whether another transaction held one of the items.
fn lost(error: &SdkError<TransactWriteItemsError>) -> bool {
    reasons(error).iter().any(|reason| reason.code() == Some("TransactionConflict"))
}

fn reasons(error: &SdkError<TransactWriteItemsError>) -> &[CancellationReason] {
    match error.as_service_error() {
        Some(TransactWriteItemsError::TransactionCanceledException(canceled)) => {
            canceled.cancellation_reasons()
        }
        _ => &[],
    }
}
