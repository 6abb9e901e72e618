//! Step 4: an event that is delivered twice takes effect once.
//!
//! `sending` takes the stamps for a card from an account. Whoever invokes a function and hears nothing tries again, and
//! Lambda itself does so with an event whose function failed: every event may arrive more than once.

use aws_sdk_dynamodb::types::AttributeValue;
use lambda_runtime::{Diagnostic, Error, LambdaEvent, service_fn};
use serde::{Deserialize, Serialize};

use crate::database::{self, DatabaseError};
use crate::ledger::{Ledger, LedgerError};
use crate::tables::{self, EXPIRES_AT};

/// How long a receipt protects against another delivery, in seconds: a day. Lambda keeps an event that it can't
/// deliver for six hours.
pub const RECEIPT_SECONDS: u64 = 86_400;

/// The event: a card is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sending {
    /// Which event this is. Its sender chooses it, once, and keeps it when trying again.
    pub event_id: String,
    /// Who pays.
    pub account: String,
    /// How many stamps the card takes.
    pub stamps: u32,
}

/// The reply, the same to every delivery of an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The event that took effect.
    pub event_id: String,
    /// How many stamps it took.
    pub stamps: u32,
    /// The request id of the invocation in which it took effect.
    pub request_id: String,
}

/// Why a sending did not take effect.
#[derive(Debug, thiserror::Error)]
pub enum SendingError {
    /// The account has fewer stamps than the card takes; an account that is not there has none. Error type
    /// `Account.TooFewStamps`.
    #[error("the account {0} has too few stamps")]
    TooFewStamps(String),
    /// The reply kept in the receipt is not JSON of ours; one that is missing is [`DatabaseError::Attribute`]. What is in a
    /// receipt is your choice, so no test can bring this about. Error type `Receipt.Unreadable`.
    #[error("the receipt can't be read: {0}")]
    Unreadable(#[from] serde_json::Error),
    /// The tables could not be used.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

impl From<SendingError> for Diagnostic {
    fn from(error: SendingError) -> Self {
        let error_type = match &error {
            SendingError::TooFewStamps(_) => "Account.TooFewStamps",
            SendingError::Unreadable(_) => "Receipt.Unreadable",
            SendingError::Database(error) => error.error_type(),
        };
        Self { error_type: error_type.to_owned(), error_message: error.to_string() }
    }
}

/// Takes the stamps of `sending`, unless a delivery before this one did.
///
/// - The first delivery takes the stamps from the account and leaves an item under the event's `event_id` in the table
///   of receipts. It expires [`RECEIPT_SECONDS`] from now, by the ledger's clock, in the attribute
///   [`EXPIRES_AT`].
/// - Any other delivery of the event takes nothing, and is told what the first was told, its request id included:
///   whoever asks twice must not learn two things. A receipt that is there counts, expired or not: a day is the least
///   that it protects, so nobody has to look at the clock to read one.
/// - An account with too few stamps is [`SendingError::TooFewStamps`], and leaves no receipt: when there are stamps,
///   the same event may be sent again.
/// - Two deliveries may be handled at the same moment, in two environments. A process may end between any two of its
///   requests. What is promised above holds in both cases.
///
/// `request_id` is the id of this invocation. It does not tell events apart: a sender that tries again makes a new
/// invocation, with a new request id, and Lambda's own second attempt at an invocation has the old one.
pub async fn send_once(
    ledger: &Ledger,
    sending: &Sending,
    request_id: &str,
) -> Result<Receipt, SendingError> {
    let receipt = Receipt {
        event_id: sending.event_id.clone(),
        stamps: sending.stamps,
        request_id: request_id.to_owned(),
    };
    let expires_at = ledger.clock.now_seconds().await + RECEIPT_SECONDS;
    let item = [
        ("event_id", AttributeValue::S(sending.event_id.clone())),
        ("reply", AttributeValue::S(serde_json::to_string(&receipt)?)),
        (EXPIRES_AT, AttributeValue::N(expires_at.to_string())),
    ];
    let item = item.map(|(name, value)| (name.to_owned(), value)).into();
    let kept = ledger.write(vec![ledger.put_receipt(item, "attribute_not_exists(event_id)")]).await;
    let taken = match kept {
        Ok(()) => {
            let taken = ledger.write(vec![ledger.take_stamps(&sending.account, sending.stamps)]).await;
            if taken.is_err() {
                take_back(&sending.event_id).await?;
            }
            taken
        }
        refused => refused,
    };
    match taken {
        Ok(()) => Ok(receipt),
        // The account may be empty because of the first delivery: the receipt has the last word.
        Err(LedgerError::Refused(refusals)) => match refusals.into_iter().find_map(|refusal| refusal.found) {
            Some(first) => {
                let reply = first.get("reply").and_then(|value| value.as_s().ok());
                Ok(serde_json::from_str(reply.ok_or(DatabaseError::Attribute("reply"))?)?)
            }
            None => Err(SendingError::TooFewStamps(sending.account.clone())),
        },
        Err(LedgerError::Database(error)) => Err(error.into()),
    }
}

/// The process's main. Given.
pub async fn run() -> Result<(), Error> {
    let ledger = &Ledger::open()?;
    lambda_runtime::run(service_fn(|event: LambdaEvent<Sending>| async move {
        send_once(ledger, &event.payload, &event.context.request_id).await
    }))
    .await
}

async fn take_back(event_id: &str) -> Result<(), DatabaseError> {
    let receipts = database::variable(tables::RECEIPTS.variable)?;
    let key = AttributeValue::S(event_id.to_owned());
    database::client()?.delete_item().table_name(receipts).key("event_id", key).send().await?;
    Ok(())
}
