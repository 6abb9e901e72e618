//! What a request looked at and what it changed: not all of that is in the answer. The lab measures it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a request looked at and what it changed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Effect {
    /// The items that a read has looked at, in its order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub looked_at: Vec<Looked>,
    /// The items that a write was about, in its order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<Change>,
}

/// An item that a read has looked at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Looked {
    /// The table.
    pub table: String,
    /// The item, whole, or as far as the index has it.
    #[serde(flatten)]
    pub stored: Stored,
    /// Whether a filter let it through.
    pub returned: bool,
}

/// An item that a write was about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// The table.
    pub table: String,
    /// The item's key, in DynamoDB's own JSON.
    pub key: Value,
    /// The item before the request; none where none was there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Stored>,
    /// The item after the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Stored>,
}

/// An item, and how large it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stored {
    /// In DynamoDB's own JSON.
    pub item: Value,
    /// Its size by the documentation's rule.
    pub bytes: usize,
}
