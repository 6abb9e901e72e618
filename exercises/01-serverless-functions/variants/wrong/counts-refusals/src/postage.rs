//! Step 2: work done once, in Init, and used by every invocation after it.
//!
//! `postage` says what a letter costs. The rates are in a table and change about once a year; reading them for every
//! letter would add a request to every answer.

use std::sync::atomic::{AtomicU64, Ordering};

use lambda_runtime::{Diagnostic, Error, LambdaEvent, service_fn};
use serde::{Deserialize, Serialize};

use crate::database::{self, DatabaseError};
use crate::rates::Rates;
use crate::tables;

/// The event: a letter to be weighed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// Where it goes.
    pub zone: String,
    /// What it weighs.
    pub grams: u32,
}

/// The reply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quote {
    /// What the letter costs.
    pub cents: u64,
    /// How many quotes this environment has given, this one included. Refusals are not quotes.
    pub served: u64,
}

/// Why there is no quote.
#[derive(Debug, thiserror::Error)]
pub enum PostageError {
    /// No rate is known for the zone. Error type `Postage.UnknownZone`.
    #[error("no rate is known for the zone {0}")]
    UnknownZone(String),
    /// The table has no rate at all. It ends Init, so no caller sees its type.
    #[error("the table of rates is empty")]
    NoRates,
    /// The tables could not be used.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

impl From<PostageError> for Diagnostic {
    fn from(error: PostageError) -> Self {
        let error_type = match &error {
            PostageError::UnknownZone(_) => "Postage.UnknownZone",
            PostageError::NoRates => "Postage.NoRates",
            PostageError::Database(error) => error.error_type(),
        };
        Self { error_type: error_type.to_owned(), error_message: error.to_string() }
    }
}

/// What an environment keeps between invocations.
///
/// Both of its values may be lost at any moment with the environment, and nothing is: the rates can be read again, and
/// `served` is about this environment alone.
#[derive(Debug)]
pub struct Office {
    /// The rates, as they were when the environment began.
    pub rates: Rates,
    /// How many quotes were given since then.
    pub served: AtomicU64,
}

impl Office {
    /// Reads the rates from the table that `TABLE_RATES` names, and has served nobody yet.
    ///
    /// A table without any rate is [`PostageError::NoRates`]: an environment that can't answer anybody must not begin
    /// to take events.
    pub async fn open() -> Result<Self, PostageError> {
        let client = database::client()?;
        let rates = Rates::read(&client, &database::variable(tables::RATES.variable)?).await?;
        if rates.is_empty() {
            return Err(PostageError::NoRates);
        }
        Ok(Self { rates, served: AtomicU64::new(0) })
    }

    /// What `letter` costs, and how many quotes this environment has given. It asks no table.
    pub fn quote(&self, letter: &Letter) -> Result<Quote, PostageError> {
        let served = self.served.fetch_add(1, Ordering::Relaxed) + 1;
        let cents = self
            .rates
            .cents(&letter.zone, letter.grams)
            .ok_or_else(|| PostageError::UnknownZone(letter.zone.clone()))?;
        Ok(Quote { cents, served })
    }
}

/// The process's main. What it does before it asks for the first event is Init; an error there ends the process, and
/// the caller is told so.
///
/// Every invocation of this environment is answered by one and the same [`Office`].
pub async fn run() -> Result<(), Error> {
    let office = &Office::open().await?;
    lambda_runtime::run(service_fn(|event: LambdaEvent<Letter>| async move { office.quote(&event.payload) }))
        .await
}
