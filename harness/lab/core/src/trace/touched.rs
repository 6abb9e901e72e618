//! Which items a request was about, by their keys, and which request it tries again.

use std::collections::HashMap;

use lab_manifest::trace::{Access, Touched};
use serde_json::Value;

use crate::Request;

/// Of one request's items so many are told; a page of a `Scan` may have thousands.
const MOST: usize = 30;

/// A longer key is cut.
const MOST_CHARS: usize = 40;

/// The keys of tables and of their indexes: `table`, `table/index`, as the requests name them.
pub(crate) type Keys = HashMap<String, Vec<String>>;

/// The items of a request, and how many more there are.
pub(crate) fn of(request: &Request, keys: &Keys) -> (Vec<Touched>, usize) {
    let mut touched = match request.operation.as_str() {
        "Query" | "Scan" => looked_through(request, keys),
        _ => single(request, keys),
    };
    let more = touched.len().saturating_sub(MOST);
    touched.truncate(MOST);
    (touched, more)
}

/// The index that a request reads.
pub(crate) fn index(request: &Request) -> Option<String> {
    request.body["IndexName"].as_str().map(str::to_owned)
}

fn looked_through(request: &Request, keys: &Keys) -> Vec<Touched> {
    let (body, answer) = (&request.body, &request.response);
    let table = body["TableName"].as_str().unwrap_or_default();
    let place = index(request).map_or_else(|| table.to_owned(), |index| format!("{table}/{index}"));
    let key = keys.get(&place).map(Vec::as_slice).unwrap_or_default();
    let items = answer["Items"].as_array().into_iter().flatten();
    let mut touched: Vec<Touched> = items.filter_map(|item| keyed(&place, key, item, Access::Read)).collect();
    if touched.is_empty()
        && let Some(partition) = asked_for(body, key)
    {
        let access = if request.status < 400 { Access::Missed } else { Access::Read };
        touched.push(Touched { table: place, partition, sort: None, access, unprocessed: false });
    }
    touched
}

/// The partition that a query's key condition names.
fn asked_for(body: &Value, key: &[String]) -> Option<String> {
    let condition = body["KeyConditionExpression"].as_str()?;
    let mut equal = condition.split(" AND ").flat_map(|part| part.split(" and ")).filter_map(|part| {
        let (name, value) = part
            .trim_matches(|letter: char| letter.is_whitespace() || "()".contains(letter))
            .split_once('=')?;
        let (name, value) = (name.trim(), value.trim());
        let name = body["ExpressionAttributeNames"][name].as_str().unwrap_or(name);
        let first = key.first().is_none_or(|first| first == name);
        first.then(|| format!("{name}={}", shown(&body["ExpressionAttributeValues"][value])))
    });
    equal.next()
}

fn single(request: &Request, keys: &Keys) -> Vec<Touched> {
    let (body, answer) = (&request.body, &request.response);
    let writes = |operation: &str| matches!(operation, "PutItem" | "UpdateItem" | "DeleteItem");
    if let Some(actions) = body["TransactItems"].as_array() {
        let got = answer["Responses"].as_array();
        let actions = actions.iter().enumerate().filter_map(|(index, action)| {
            let (kind, action) = action.as_object()?.iter().next()?;
            let access = match kind.as_str() {
                "Get" if got.is_some_and(|got| got[index].get("Item").is_none()) => Access::Missed,
                "Get" => Access::Read,
                "ConditionCheck" => Access::Check,
                _ => Access::Write,
            };
            one(action, keys, access)
        });
        return actions.collect();
    }
    if let Some(tables) = body["RequestItems"].as_object() {
        return tables.iter().flat_map(|(table, asked)| batch(table, asked, answer, keys)).collect();
    }
    let access = match request.operation.as_str() {
        operation if writes(operation) => Access::Write,
        "GetItem" if answer.get("Item").is_none() && request.status < 400 => Access::Missed,
        _ => Access::Read,
    };
    one(body, keys, access).into_iter().collect()
}

fn one(action: &Value, keys: &Keys, access: Access) -> Option<Touched> {
    let table = action["TableName"].as_str()?;
    let key = keys.get(table).map(Vec::as_slice).unwrap_or_default();
    keyed(table, key, action.get("Key").or_else(|| action.get("Item"))?, access)
}

fn batch(table: &str, asked: &Value, answer: &Value, keys: &Keys) -> Vec<Touched> {
    let key = keys.get(table).map(Vec::as_slice).unwrap_or_default();
    let of_list = |list: &Value, access: Access| -> Vec<Touched> {
        let list = list.get("Keys").unwrap_or(list).as_array().into_iter().flatten();
        let items = list.filter_map(|entry| {
            let action = ["PutRequest", "DeleteRequest"].iter().find_map(|kind| entry.get(*kind));
            let item = action.and_then(|action| action.get("Key").or_else(|| action.get("Item")));
            keyed(table, key, item.unwrap_or(entry), access)
        });
        items.collect()
    };
    let reads = asked.get("Keys").is_some();
    let access = if reads { Access::Read } else { Access::Write };
    let (unprocessed, found) = if reads {
        let found = of_list(&answer["Responses"][table], access);
        (
            of_list(&answer["UnprocessedKeys"][table], access),
            Some(found).filter(|_| answer.get("Responses").is_some()),
        )
    } else {
        (of_list(&answer["UnprocessedItems"][table], access), None)
    };
    let mut touched = of_list(asked, access);
    for touched in &mut touched {
        touched.unprocessed = unprocessed.contains(touched);
        let was = Touched { unprocessed: false, ..touched.clone() };
        if !touched.unprocessed && found.as_ref().is_some_and(|found| !found.contains(&was)) {
            touched.access = Access::Missed;
        }
    }
    touched
}

fn keyed(place: &str, key: &[String], item: &Value, access: Access) -> Option<Touched> {
    let attribute = |name: &String| Some(format!("{name}={}", shown(item.get(name)?)));
    let (partition, sort) = match key {
        [partition, sort] => (attribute(partition)?, attribute(sort)),
        [partition] => (attribute(partition)?, None),
        // A table that nobody has described: all that the request says of the item.
        _ => {
            let item = item.as_object()?;
            let all: Vec<String> =
                item.iter().map(|(name, value)| format!("{name}={}", shown(value))).collect();
            (cut(&all.join(" ")), None)
        }
    };
    Some(Touched { table: place.to_owned(), partition, sort, access, unprocessed: false })
}

fn shown(value: &Value) -> String {
    let value = value.as_object().and_then(|typed| typed.values().next()).unwrap_or(value);
    match value {
        Value::String(text) => cut(text),
        other => cut(&other.to_string()),
    }
}

fn cut(text: &str) -> String {
    let clean: String = text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    if clean.chars().count() <= MOST_CHARS {
        return clean;
    }
    clean.chars().take(MOST_CHARS - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn keys() -> Keys {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        [("cards".to_owned(), names(&["board", "n"])), ("cards/by-author".to_owned(), names(&["author"]))]
            .into()
    }

    fn told(operation: &str, body: Value, status: u16, answer: Value) -> Vec<String> {
        let request = Request::read(&format!("DynamoDB_20120810.{operation}"), body, status, answer);
        let (touched, more) = of(&request, &keys());
        assert_eq!(more, 0);
        let tell = |touched: &Touched| {
            let sort = touched.sort.as_deref().unwrap_or("-");
            let unprocessed = if touched.unprocessed { " unprocessed" } else { "" };
            format!("{:?} {} {} {sort}{unprocessed}", touched.access, touched.table, touched.partition)
        };
        touched.iter().map(tell).collect()
    }

    fn key(n: u32) -> Value {
        json!({ "board": { "S": "b" }, "n": { "N": n.to_string() } })
    }

    #[test]
    fn single_items_are_told_by_their_keys() {
        let put = json!({ "TableName": "cards", "Item": { "board": {"S": "b"}, "n": {"N": "1"}, "text": {"S": "x"} } });
        assert_eq!(told("PutItem", put, 200, json!({})), ["Write cards board=b n=1"]);
        let get = json!({ "TableName": "cards", "Key": key(2) });
        assert_eq!(told("GetItem", get.clone(), 200, json!({})), ["Missed cards board=b n=2"]);
        assert_eq!(told("GetItem", get.clone(), 200, json!({ "Item": key(2) })), ["Read cards board=b n=2"]);
        assert_eq!(told("GetItem", get, 400, json!({ "__type": "x" })), ["Read cards board=b n=2"]);
        let unknown = json!({ "TableName": "other", "Key": { "id": { "S": "a" } } });
        assert_eq!(told("DeleteItem", unknown, 200, json!({})), ["Write other id=a -"]);
    }

    #[test]
    fn batches_say_what_was_left_and_what_was_not_there() {
        let body = json!({ "RequestItems": { "cards": { "Keys": [key(1), key(2), key(3)] } } });
        let answer = json!({ "Responses": { "cards": [key(1)] }, "UnprocessedKeys": { "cards": { "Keys": [key(3)] } } });
        assert_eq!(
            told("BatchGetItem", body, 200, answer),
            ["Read cards board=b n=1", "Missed cards board=b n=2", "Read cards board=b n=3 unprocessed"]
        );
        let put = |n| json!({ "PutRequest": { "Item": key(n) } });
        let body = json!({ "RequestItems": { "cards": [put(1), { "DeleteRequest": { "Key": key(2) } }] } });
        let answer = json!({ "UnprocessedItems": { "cards": [put(1)] } });
        assert_eq!(
            told("BatchWriteItem", body, 200, answer),
            ["Write cards board=b n=1 unprocessed", "Write cards board=b n=2"]
        );
    }

    #[test]
    fn transactions_tell_each_action() {
        let body = json!({ "TransactItems": [
            { "Put": { "TableName": "cards", "Item": key(1) } },
            { "ConditionCheck": { "TableName": "cards", "Key": key(2) } },
        ] });
        assert_eq!(
            told("TransactWriteItems", body, 200, json!({})),
            ["Write cards board=b n=1", "Check cards board=b n=2"]
        );
    }

    #[test]
    fn a_query_tells_what_it_found_or_where_it_looked() {
        let body = json!({
            "TableName": "cards", "KeyConditionExpression": "#b = :b AND n > :n",
            "ExpressionAttributeNames": { "#b": "board" }, "ExpressionAttributeValues": { ":b": { "S": "b" }, ":n": { "N": "1" } },
        });
        assert_eq!(told("Query", body.clone(), 200, json!({ "Items": [] })), ["Missed cards board=b -"]);
        assert_eq!(
            told("Query", body.clone(), 200, json!({ "Items": [key(2), key(3)] })),
            ["Read cards board=b n=2", "Read cards board=b n=3"]
        );
        let mut of_index = body;
        of_index["IndexName"] = json!("by-author");
        let found = json!({ "Items": [{ "author": { "S": "ann" }, "board": { "S": "b" } }] });
        assert_eq!(told("Query", of_index, 200, found), ["Read cards/by-author author=ann -"]);
    }
}
