//! An item of a table, readable.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use aws_sdk_dynamodb::types::AttributeValue;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Value, json};

use crate::observation::compact;

/// An item: its attributes by name.
#[derive(Clone, Debug, PartialEq)]
pub struct Item(BTreeMap<String, AttributeValue>);

impl Item {
    /// An attribute.
    pub fn get(&self, attribute: &str) -> Option<&AttributeValue> {
        self.0.get(attribute)
    }

    /// A string attribute's value.
    pub fn string(&self, attribute: &str) -> Option<&str> {
        self.get(attribute)?.as_s().ok().map(String::as_str)
    }

    /// A number attribute's value, where it is a whole number.
    pub fn number(&self, attribute: &str) -> Option<i64> {
        self.get(attribute)?.as_n().ok()?.parse().ok()
    }

    /// The attributes' names, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The attributes, by name.
    pub fn attributes(&self) -> impl Iterator<Item = (&String, &AttributeValue)> {
        self.0.iter()
    }

    /// The item without attributes that an observation must not depend on.
    #[must_use]
    pub fn without(mut self, attributes: &[&str]) -> Self {
        self.0.retain(|name, _| !attributes.contains(&name.as_str()));
        self
    }

    /// The item as plain JSON: numbers as numbers, sets as sorted lists, binary as Base64 text.
    pub fn json(&self) -> Value {
        Value::Object(self.0.iter().map(|(name, value)| (name.clone(), plain(value))).collect())
    }

    /// An item in DynamoDB's own JSON, as a request carries it; `None` where it is none.
    pub fn from_wire(value: &Value) -> Option<Self> {
        let attributes = value.as_object()?;
        attributes
            .iter()
            .map(|(name, value)| Some((name.clone(), attribute(value)?)))
            .collect::<Option<_>>()
            .map(Self)
    }

    /// An attribute as an observation shows it, or an empty text.
    pub(crate) fn cell(&self, attribute: &str) -> String {
        self.get(attribute).map(|value| compact(&plain(value))).unwrap_or_default()
    }
}

/// As DynamoDB's own JSON, so that it is the same item when it is read again.
impl Serialize for Item {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, wire(value))))
    }
}

impl<'de> Deserialize<'de> for Item {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        Self::from_wire(&value).ok_or_else(|| D::Error::custom("this is no item"))
    }
}

impl From<HashMap<String, AttributeValue>> for Item {
    fn from(attributes: HashMap<String, AttributeValue>) -> Self {
        Self(attributes.into_iter().collect())
    }
}

impl fmt::Display for Item {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&compact(&self.json()))
    }
}

fn plain(value: &AttributeValue) -> Value {
    let sorted = |mut values: Vec<Value>| {
        values.sort_by_key(compact);
        Value::Array(values)
    };
    match value {
        AttributeValue::S(text) => Value::String(text.clone()),
        AttributeValue::N(number) => plain_number(number),
        AttributeValue::Bool(truth) => Value::Bool(*truth),
        AttributeValue::Null(_) => Value::Null,
        AttributeValue::B(bytes) => Value::String(base64(bytes.as_ref())),
        AttributeValue::L(values) => Value::Array(values.iter().map(plain).collect()),
        AttributeValue::M(values) => {
            Value::Object(values.iter().map(|(name, value)| (name.clone(), plain(value))).collect())
        }
        AttributeValue::Ss(values) => sorted(values.iter().cloned().map(Value::String).collect()),
        AttributeValue::Ns(values) => sorted(values.iter().map(|number| plain_number(number)).collect()),
        AttributeValue::Bs(values) => {
            sorted(values.iter().map(|bytes| Value::String(base64(bytes.as_ref()))).collect())
        }
        other => Value::String(format!("{other:?}")),
    }
}

/// A number that JSON would round stays a text.
fn plain_number(number: &str) -> Value {
    match serde_json::from_str::<serde_json::Number>(number) {
        Ok(value) if format!("{value}") == number => Value::Number(value),
        _ => Value::String(number.to_owned()),
    }
}

fn attribute(value: &Value) -> Option<AttributeValue> {
    let (kind, value) = value.as_object()?.iter().next()?;
    let text = || value.as_str().map(str::to_owned);
    let texts =
        || value.as_array()?.iter().map(|text| text.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>();
    Some(match kind.as_str() {
        "S" => AttributeValue::S(text()?),
        "N" => AttributeValue::N(text()?),
        "BOOL" => AttributeValue::Bool(value.as_bool()?),
        "NULL" => AttributeValue::Null(true),
        "SS" => AttributeValue::Ss(texts()?),
        "NS" => AttributeValue::Ns(texts()?),
        "B" => AttributeValue::B(aws_sdk_dynamodb::primitives::Blob::new(unbase64(value.as_str()?)?)),
        "BS" => AttributeValue::Bs(
            texts()?
                .iter()
                .map(|text| unbase64(text).map(aws_sdk_dynamodb::primitives::Blob::new))
                .collect::<Option<_>>()?,
        ),
        "L" => AttributeValue::L(value.as_array()?.iter().map(attribute).collect::<Option<_>>()?),
        "M" => AttributeValue::M(
            value
                .as_object()?
                .iter()
                .map(|(name, value)| Some((name.clone(), attribute(value)?)))
                .collect::<Option<_>>()?,
        ),
        _ => return None,
    })
}

/// The inverse of [`attribute`].
fn wire(value: &AttributeValue) -> Value {
    match value {
        AttributeValue::S(text) => json!({ "S": text }),
        AttributeValue::N(number) => json!({ "N": number }),
        AttributeValue::Bool(truth) => json!({ "BOOL": truth }),
        AttributeValue::Null(_) => json!({ "NULL": true }),
        AttributeValue::B(bytes) => json!({ "B": base64(bytes.as_ref()) }),
        AttributeValue::Ss(texts) => json!({ "SS": texts }),
        AttributeValue::Ns(numbers) => json!({ "NS": numbers }),
        AttributeValue::Bs(blobs) => {
            let blobs = blobs.iter().map(|bytes| base64(bytes.as_ref()));
            json!({ "BS": blobs.collect::<Vec<_>>() })
        }
        AttributeValue::L(values) => json!({ "L": values.iter().map(wire).collect::<Vec<_>>() }),
        AttributeValue::M(values) => {
            let members = values.iter().map(|(name, value)| (name.clone(), wire(value)));
            json!({ "M": members.collect::<serde_json::Map<_, _>>() })
        }
        // A type that this version of the client does not know.
        other => json!({ "unknown": format!("{other:?}") }),
    }
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

fn unbase64(text: &str) -> Option<Vec<u8>> {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.decode(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_attribute_type_survives_the_way_from_the_wire_to_plain_json() {
        let wire = json!({
            "s": {"S": "x"}, "n": {"N": "12"}, "big": {"N": "12345678901234567890123"}, "b": {"B": "AQI="},
            "bool": {"BOOL": true}, "null": {"NULL": true}, "ss": {"SS": ["b", "a"]}, "ns": {"NS": ["2", "1"]}, "bs": {"BS": ["AQI="]},
            "l": {"L": [{"N": "1"}, {"S": "y"}]}, "m": {"M": {"k": {"S": "v"}}}
        });
        let plain = json!({
            "s": "x", "n": 12, "big": "12345678901234567890123", "b": "AQI=", "bool": true, "null": null,
            "ss": ["a", "b"], "ns": [1, 2], "bs": ["AQI="], "l": [1, "y"], "m": {"k": "v"}
        });
        let item = Item::from_wire(&wire).unwrap();
        assert_eq!(item.json(), plain);
        assert_eq!(serde_json::to_value(&item).unwrap(), wire);
        assert_eq!(serde_json::from_value::<Item>(wire).unwrap(), item);
    }

    #[test]
    fn an_item_can_leave_out_what_varies() {
        let item = Item::from_wire(&json!({"id": {"S": "a"}, "at": {"N": "17"}})).unwrap();
        assert_eq!(item.number("at"), Some(17));
        assert_eq!(item.without(&["at"]).to_string(), r#"{"id":"a"}"#);
    }
}
