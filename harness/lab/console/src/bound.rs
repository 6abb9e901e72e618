//! How large a page's lab may become: it is for trying things out, and a page shows all of it.

use lab_manifest::console::Content;
use serde_json::Value;

/// Items in all tables together.
pub const ITEMS_MAX: usize = 200;
/// Bytes of all items together, by the documentation's rule of sizes.
pub const BYTES_MAX: usize = 256 * 1024;
/// Bytes of a line that the process reads: the tables to begin with are the longest.
pub const LINE_BYTES_MAX: u64 = 1024 * 1024;

/// Why a request is not to be sent: with it, what is there could grow too large. What takes away is always sent.
pub(crate) fn refusal(operation: &str, body: &Value, content: &[Content]) -> Option<String> {
    let written = writes(operation, body);
    if written == 0 {
        return None;
    }
    let items: usize = content.iter().map(|content| content.items.len()).sum();
    let bytes: usize = content.iter().flat_map(|content| &content.items).map(|stored| stored.bytes).sum();
    let more = body.to_string().len();
    let why = if items + written > ITEMS_MAX {
        format!("it holds {ITEMS_MAX} items at most, and has {items} of them")
    } else if bytes + more > BYTES_MAX {
        let kilobytes = |bytes: usize| bytes.div_ceil(1024);
        format!("it holds {} KB at most, and has {} of them", kilobytes(BYTES_MAX), kilobytes(bytes))
    } else {
        return None;
    };
    Some(format!("This lab is small on purpose: {why}. Delete some items, or reset the lab."))
}

/// How many items a request may add or make larger.
fn writes(operation: &str, body: &Value) -> usize {
    let grows = |action: &Value| {
        let kind = action.as_object().and_then(|action| action.keys().next());
        kind.is_some_and(|kind| matches!(kind.as_str(), "Put" | "Update" | "PutRequest"))
    };
    match operation {
        "PutItem" | "UpdateItem" => 1,
        "TransactWriteItems" => body["TransactItems"]
            .as_array()
            .map_or(0, |actions| actions.iter().filter(|action| grows(action)).count()),
        "BatchWriteItem" => {
            let tables = body["RequestItems"].as_object().into_iter().flat_map(serde_json::Map::values);
            tables.filter_map(Value::as_array).flatten().filter(|action| grows(action)).count()
        }
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use lab_manifest::effect::Stored;
    use serde_json::json;

    use super::*;

    fn full(items: usize, bytes: usize) -> Vec<Content> {
        let stored = Stored { item: json!({}), bytes };
        vec![Content { table: "t".into(), items: vec![stored; items] }]
    }

    #[test]
    fn a_full_lab_takes_nothing_more_and_gives_away() {
        let put = json!({ "TableName": "t", "Item": {} });
        assert_eq!(refusal("PutItem", &put, &full(ITEMS_MAX - 1, 1)), None);
        assert!(refusal("PutItem", &put, &full(ITEMS_MAX, 1)).unwrap().contains("200 items"));
        assert!(refusal("UpdateItem", &put, &full(2, BYTES_MAX / 2)).unwrap().contains("256 KB"));
        assert_eq!(refusal("DeleteItem", &put, &full(ITEMS_MAX, 1)), None);
        assert_eq!(refusal("Query", &put, &full(ITEMS_MAX, BYTES_MAX)), None);
    }

    #[test]
    fn of_batches_and_transactions_what_grows_is_counted() {
        let batch = json!({ "RequestItems": { "t": [{ "PutRequest": {} }, { "DeleteRequest": {} }], "u": [{ "PutRequest": {} }] } });
        assert_eq!(writes("BatchWriteItem", &batch), 2);
        let transaction = json!({ "TransactItems": [{ "Put": {} }, { "Update": {} }, { "Delete": {} }, { "ConditionCheck": {} }] });
        assert_eq!(writes("TransactWriteItems", &transaction), 2);
        assert_eq!(writes("BatchWriteItem", &json!({ "RequestItems": 7 })), 0);
    }
}
