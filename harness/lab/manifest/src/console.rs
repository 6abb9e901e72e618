//! A console of the book: what its lab begins with, what it suggests, and what is said between the course and the
//! process that the lab lives in, a document a line.

use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::document::{self, DocumentError};
use crate::effect::{Effect, Stored};
use crate::trace::Cost;

/// The version of the document's form that this code reads.
pub const FORMAT: u32 = 1;

/// What a console is made of: `consoles/ID.toml` in the exercise's folder.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// The version of this document's form; [`FORMAT`].
    pub format: u32,
    /// The tables that the lab begins with.
    #[serde(rename = "table")]
    pub tables: Vec<Table>,
    /// What is recorded, and suggested to the reader, in this order: each operation finds what those before it left.
    #[serde(rename = "operation")]
    pub session: Vec<Suggested>,
}

/// A table, and what is in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// The request of `CreateTable`.
    pub create: Json,
    /// A list of items, in DynamoDB's own JSON.
    pub items: Json,
}

/// An operation that is suggested.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Suggested {
    /// What it is about, in a few words.
    pub about: String,
    /// As the reader would type it.
    pub line: String,
}

/// JSON in a text: so that a document in TOML has it as the service has it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Json(pub Value);

/// What the course asks of a console's process.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ask {
    /// A fresh lab with these tables, in the place of the one before.
    Open(Vec<Table>),
    /// An operation of DynamoDB, in that lab.
    Send {
        /// Its name, such as `PutItem`.
        operation: String,
        /// The request's document.
        body: Value,
    },
}

/// What the process answers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// Why the operation was not sent: it would have made the lab too large.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
    /// The reply's HTTP status.
    pub status: u16,
    /// The reply's document.
    pub reply: Value,
    /// What it would have cost on the service; none where it costs nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<Cost>,
    /// What it looked at and changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effect: Option<Effect>,
    /// The tables that are not any more as they were told last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub content: Vec<Content>,
}

/// What is in a table, in the order of a scan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Content {
    /// The table.
    pub table: String,
    /// Its items.
    pub items: Vec<Stored>,
}

/// An operation of the recorded session, and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recorded {
    /// As it was typed.
    pub line: String,
    /// What the lab answered.
    pub answer: Answer,
}

/// The recorded session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recording {
    /// What the lab begins with.
    pub begin: Answer,
    /// The operations, in order.
    pub session: Vec<Recorded>,
}

impl Document {
    /// Reads it, and refuses one that makes no lab.
    pub fn read(path: &Path) -> Result<Self, DocumentError> {
        let document: Self = document::read(path)?;
        document.check().map_err(|message| DocumentError::invalid(path, message))?;
        Ok(document)
    }

    fn check(&self) -> Result<(), String> {
        if self.format != FORMAT {
            return Err(format!("format is {}, this course reads {FORMAT}", self.format));
        }
        if self.tables.is_empty() || self.session.is_empty() {
            return Err("a console has a table and suggests an operation at least".into());
        }
        for table in &self.tables {
            let name = table.name();
            if name.is_empty() || table.key().is_empty() {
                return Err("a table's `create` has no TableName or no KeySchema".into());
            }
            if !table.items.0.is_array() {
                return Err(format!("the `items` of table {name} are no list"));
            }
        }
        Ok(())
    }
}

impl Table {
    /// Its name.
    pub fn name(&self) -> &str {
        self.create.0["TableName"].as_str().unwrap_or_default()
    }

    /// The names of its key's attributes, the partition key first.
    pub fn key(&self) -> Vec<&str> {
        key(&self.create.0)
    }

    /// As [`Table::key`], of one of its indexes; nothing where it has no such index.
    pub fn index_key(&self, index: &str) -> Vec<&str> {
        ["GlobalSecondaryIndexes", "LocalSecondaryIndexes"]
            .iter()
            .filter_map(|member| self.create.0[*member].as_array())
            .flatten()
            .find(|known| known["IndexName"] == index)
            .map(key)
            .unwrap_or_default()
    }
}

fn key(described: &Value) -> Vec<&str> {
    let elements = described["KeySchema"].as_array().into_iter().flatten();
    elements.filter_map(|element| element["AttributeName"].as_str()).collect()
}

impl TryFrom<String> for Json {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        serde_json::from_str(&text).map(Self).map_err(|error| format!("it holds no JSON: {error}"))
    }
}

impl From<Json> for String {
    fn from(json: Json) -> Self {
        json.0.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str = r#"
format = 1
[[table]]
create = '''{"TableName": "cards", "KeySchema": [{"AttributeName": "board", "KeyType": "HASH"}],
  "GlobalSecondaryIndexes": [{"IndexName": "by", "KeySchema": [{"AttributeName": "author", "KeyType": "HASH"}]}]}'''
items = '[{"board": {"S": "harbor"}}]'
[[operation]]
about = "All of it"
line = "scan --table-name cards"
"#;

    fn read(text: &str) -> Result<Document, String> {
        let document: Document = toml::from_str(text).map_err(|error| error.message().to_owned())?;
        document.check().map(|()| document)
    }

    #[test]
    fn a_document_has_its_tables_as_the_service_has_them() {
        let document = read(DOCUMENT).unwrap();
        let table = &document.tables[0];
        assert_eq!((table.name(), table.key()), ("cards", vec!["board"]));
        assert_eq!((table.index_key("by"), table.index_key("none").len()), (vec!["author"], 0));
        let sent = serde_json::to_string(&Ask::Open(document.tables.clone())).unwrap();
        assert_eq!(serde_json::from_str::<Ask>(&sent).unwrap(), Ask::Open(document.tables));
    }

    #[test]
    fn what_makes_no_lab_is_refused() {
        for (from, to, expected) in [
            ("format = 1", "format = 2", "format is 2"),
            ("'[{", "'[", "it holds no JSON: "),
            ("'[{\"board\": {\"S\": \"harbor\"}}]'", "'{}'", "no list"),
            ("\"TableName\": \"cards\", ", "", "has no TableName"),
            ("about =", "abut =", "unknown field `abut`"),
        ] {
            let told = read(&DOCUMENT.replace(from, to)).unwrap_err();
            assert!(told.contains(expected), "{from} -> {to}: {told}");
        }
    }
}
