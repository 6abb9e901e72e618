//! What a letter costs. Given.
//!
//! The rates are three or four items of a table. [`Rates::read`] reads them with a *Scan*, the request that reads a
//! whole table: right for a few items that are read once, and for little else, as it costs as much as the table is
//! large.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::Client;

use crate::database::DatabaseError;

/// The grams that one unit of postage carries.
pub const GRAMS_A_UNIT: u32 = 20;

/// The postage of each zone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rates {
    cents: BTreeMap<String, u64>,
}

impl Rates {
    /// Reads every rate in `table`: one request.
    pub async fn read(client: &Client, table: &str) -> Result<Self, DatabaseError> {
        let mut cents = BTreeMap::new();
        for item in client.scan().table_name(table).send().await?.items() {
            let zone = item.get("zone").and_then(|value| value.as_s().ok());
            let rate =
                item.get("cents").and_then(|value| value.as_n().ok()).and_then(|cents| cents.parse().ok());
            let zone = zone.ok_or(DatabaseError::Attribute("zone"))?;
            cents.insert(zone.clone(), rate.ok_or(DatabaseError::Attribute("cents"))?);
        }
        Ok(Self { cents })
    }

    /// Whether there is no rate at all.
    pub fn is_empty(&self) -> bool {
        self.cents.is_empty()
    }

    /// What a letter of `grams` costs to `zone`, in cents: every started [`GRAMS_A_UNIT`] costs the zone's rate, and
    /// a letter is at least one of them. `None` for a zone that has no rate.
    pub fn cents(&self, zone: &str, grams: u32) -> Option<u64> {
        let units = grams.div_ceil(GRAMS_A_UNIT).max(1);
        self.cents.get(zone).map(|rate| rate * u64::from(units))
    }
}
