//! The tables of Postcards: their keys, and what else is in their items. Given.
//!
//! A table holds items. An item is a set of named attributes, each with a type: `S` is a string, `N` a number, `SS` a
//! set of strings. Only the attributes of the key are declared with the table, and every item must have them; any
//! other attribute may be in one item and absent from the next.
//!
//! The key is one attribute, the partition key, which alone tells items apart, or two: a partition key and a sort key.
//! Items with the same partition key then are an item collection, kept in the order of their sort key.
//!
//! | table | key | other attributes |
//! |---|---|---|
//! | [`RATES`] | `zone` S | `cents` N: what every started 20 g cost |
//! | [`CARDS`] | `card` S | `title` S · `view_count` N · `liked_by` SS |
//! | [`ACCOUNTS`] | `account` S | `stamps_left` N |
//! | [`RECEIPTS`] | `event_id` S | yours to choose, and `expires_at` N: seconds since 1970, see below |
//! | [`BOARDS`] | `board` S, `place` N | `card` S · `press_ms` N: how long its print takes |
//! | [`PRINTS`] | `card` S | `copies` N |
//!
//! [`RECEIPTS`] has a *time to live*: DynamoDB removes an item some time after the second in its attribute
//! [`EXPIRES_AT`], usually within a few days, at no cost. An item whose attribute is not a number is never removed, and
//! milliseconds are read as seconds of a year far away.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType, TimeToLiveSpecification,
};

use crate::database::DatabaseError;

/// A table: which variable names it, and which attributes are its key.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    /// What it is called in this course. Not its name in DynamoDB: that is in the variable below.
    pub name: &'static str,
    /// The environment variable with its name.
    pub variable: &'static str,
    /// The attribute that is the partition key.
    pub partition_key: (&'static str, Kind),
    /// The attribute that is the sort key, where there is one.
    pub sort_key: Option<(&'static str, Kind)>,
    /// The attribute by which items expire, where they do.
    pub expires: Option<&'static str>,
}

/// The type of an attribute of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `N`
    Number,
    /// `S`
    String,
}

/// The attribute of [`RECEIPTS`] by which its items expire, in seconds since 1970.
pub const EXPIRES_AT: &str = "expires_at";

/// What every started 20 g cost, for each zone of the world.
pub const RATES: Table = Table::of("rates", "TABLE_RATES", "zone");
/// Cards, with what happened to them.
pub const CARDS: Table = Table::of("cards", "TABLE_CARDS", "card");
/// The stamps that people have left.
pub const ACCOUNTS: Table = Table::of("accounts", "TABLE_ACCOUNTS", "account");
/// Which events took effect, and what was replied.
pub const RECEIPTS: Table =
    Table { expires: Some(EXPIRES_AT), ..Table::of("receipts", "TABLE_RECEIPTS", "event_id") };
/// The cards on each board, in their order.
pub const BOARDS: Table =
    Table { sort_key: Some(("place", Kind::Number)), ..Table::of("boards", "TABLE_BOARDS", "board") };
/// How many copies of each card were printed.
pub const PRINTS: Table = Table::of("prints", "TABLE_PRINTS", "card");

impl Table {
    const fn of(name: &'static str, variable: &'static str, partition_key: &'static str) -> Self {
        Self { name, variable, partition_key: (partition_key, Kind::String), sort_key: None, expires: None }
    }

    /// Creates the table under `name`. The tests do it; on AWS a deployment does.
    pub async fn create(&self, client: &Client, name: &str) -> Result<(), DatabaseError> {
        let keys = [(Some(self.partition_key), KeyType::Hash), (self.sort_key, KeyType::Range)];
        let mut request = client.create_table().table_name(name).billing_mode(BillingMode::PayPerRequest);
        for (key, role) in keys {
            let Some((attribute, kind)) = key else { continue };
            let definition =
                AttributeDefinition::builder().attribute_name(attribute).attribute_type(kind.into());
            let element = KeySchemaElement::builder().attribute_name(attribute).key_type(role);
            request = request
                .attribute_definitions(definition.build().expect("a name and a type are set"))
                .key_schema(element.build().expect("a name and a role are set"));
        }
        request.send().await?;
        let Some(attribute) = self.expires else { return Ok(()) };
        let expiry = TimeToLiveSpecification::builder().attribute_name(attribute).enabled(true);
        client
            .update_time_to_live()
            .table_name(name)
            .time_to_live_specification(expiry.build().expect("a name and a state are set"))
            .send()
            .await?;
        Ok(())
    }
}

impl From<Kind> for ScalarAttributeType {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Number => Self::N,
            Kind::String => Self::S,
        }
    }
}
