//! A request that the recorder saw.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Cost, Effect, Item, wire};

/// A request to DynamoDB and its response, as they went over the wire.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// The operation, such as `UpdateItem`.
    pub operation: String,
    /// The first table that it names, by the test's own name for it; empty where it names none.
    pub table: String,
    /// All tables that it names, sorted.
    pub tables: Vec<String>,
    /// The items or keys that it sends: `Key`, `Item`, and those of a batch or a transaction.
    pub items: Vec<Item>,
    /// The response's HTTP status.
    pub status: u16,
    /// The response's error type, such as `ConditionalCheckFailedException`.
    pub error: Option<String>,
    /// What it would have consumed on the service; `None` unless the lab measures, and for a request that costs nothing.
    pub cost: Option<Cost>,
    /// What it looked at and changed; where there is a cost.
    pub effect: Option<Effect>,
    /// What the lab let go wrong.
    pub fault: Option<Cow<'static, str>>,
    /// The request's document; null where it is no JSON or too long to keep.
    pub body: Value,
    /// The response's document; null where it is no JSON or too long to keep.
    pub response: Value,
}

impl Request {
    /// Reads one. `target` is the header `X-Amz-Target`: `DynamoDB_20120810.UpdateItem`.
    pub(crate) fn read(target: &str, body: Value, status: u16, response: Value) -> Self {
        let operation = wire::operation(target).to_owned();
        let mut tables = Vec::new();
        let mut items = Vec::new();
        visit(&body, &mut tables, &mut items);
        let table = tables.first().cloned().unwrap_or_default();
        tables.sort();
        tables.dedup();
        let error = response
            .get("__type")
            .and_then(Value::as_str)
            .filter(|_| status >= 400)
            .map(|kind| kind.rsplit('#').next().unwrap_or(kind).to_owned());
        Self {
            operation,
            table,
            tables,
            items,
            status,
            error,
            cost: None,
            effect: None,
            fault: None,
            body,
            response,
        }
    }

    /// Whether the operation reads a whole table or index.
    pub fn is_scan(&self) -> bool {
        self.operation == "Scan"
    }
}

/// Finds tables and items wherever an operation has them: at the top, in `RequestItems`, in `TransactItems`.
fn visit(value: &Value, tables: &mut Vec<String>, items: &mut Vec<Item>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                match (name.as_str(), value) {
                    ("TableName", Value::String(table)) => tables.push(table.clone()),
                    ("Key" | "Item", value) => items.extend(Item::from_wire(value)),
                    ("Keys", Value::Array(keys)) => items.extend(keys.iter().filter_map(Item::from_wire)),
                    ("RequestItems", Value::Object(by_table)) => {
                        tables.extend(by_table.keys().cloned());
                        by_table.values().for_each(|value| visit(value, tables, items));
                    }
                    ("ExpressionAttributeValues" | "ExpressionAttributeNames", _) => {}
                    (_, value) => visit(value, tables, items),
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| visit(value, tables, items)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_single_item_request_is_read() {
        let body = json!({"TableName": "t", "Key": {"id": {"S": "a"}}, "UpdateExpression": "ADD n :n"});
        let request = Request::read("DynamoDB_20120810.UpdateItem", body, 200, json!({}));
        assert_eq!((request.operation.as_str(), request.table.as_str()), ("UpdateItem", "t"));
        assert_eq!(request.items[0].string("id"), Some("a"));
        assert_eq!(request.error, None);
    }

    #[test]
    fn batches_and_transactions_are_read() {
        let batch = json!({"RequestItems": {"t": [{"PutRequest": {"Item": {"id": {"S": "a"}}}}], "u": {"Keys": [{"id": {"S": "b"}}]}}});
        let batch = Request::read("DynamoDB_20120810.BatchWriteItem", batch, 200, json!({}));
        assert_eq!(batch.tables, ["t", "u"]);
        assert_eq!(batch.items.len(), 2);
        let transaction = json!({"TransactItems": [{"Put": {"TableName": "t", "Item": {"id": {"S": "a"}}}}]});
        let error = json!({"__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException"});
        let transaction = Request::read("DynamoDB_20120810.TransactWriteItems", transaction, 400, error);
        assert_eq!(transaction.error.as_deref(), Some("TransactionCanceledException"));
        assert_eq!(transaction.items.len(), 1);
    }
}
