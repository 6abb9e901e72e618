//! Measures what a request would consume on the service, and what it looked at and changed.
//!
//! What a request changes or has looked at is not all in its answer. So the meter asks the backend itself: for a
//! written item before and after, and for what a filter or a projection left out. Writes go one at a time while it
//! does, so that *before* and *after* are those of this write.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use lab_manifest::effect::{Change, Effect, Looked, Stored};
use serde_json::{Value, json};

use crate::Item;
use crate::cost::{Consistency, Cost, item_bytes, read_units, write_units};
use crate::schema::{Table, part};
use crate::wire::{Answer, Outgoing};

/// A backend that gives fewer than it was asked for is asked again so often.
const MAX_TURNS: usize = 20;

#[derive(Debug, Default)]
pub(crate) struct Meter {
    /// Whose turn it is to write.
    turn: tokio::sync::Mutex<()>,
    tables: Mutex<HashMap<String, Table>>,
    /// Each item as it was before its last write, by table and key.
    before: Mutex<HashMap<(String, String), Option<Value>>>,
}

/// What is known of a request that was carried out.
#[derive(Debug, Default)]
pub(crate) struct Measured {
    pub(crate) cost: Cost,
    pub(crate) effect: Effect,
}

/// An item that is about to be written.
#[derive(Debug)]
struct Written {
    table: String,
    key: Value,
    /// What was to be put, where the whole item is in the request.
    tried: Option<Value>,
    before: Option<Value>,
}

impl Meter {
    /// Carries the request out, and says what it would have cost. A request that the backend refuses for its form costs
    /// nothing; one that failed on its condition costs what the write would have.
    pub(crate) async fn measure(
        &self,
        request: &Outgoing,
        operation: &str,
        document: &Value,
    ) -> Result<(Answer, Option<Measured>), String> {
        match operation {
            "PutItem" | "UpdateItem" | "DeleteItem" | "BatchWriteItem" | "TransactWriteItems" => {
                self.write(request, operation, document).await
            }
            "GetItem" | "BatchGetItem" | "TransactGetItems" => {
                let answer = request.clone().send().await?;
                let measured = if answer.status.is_success() {
                    Some(self.reads(request, operation, document, &answer.document()).await?)
                } else {
                    None
                };
                Ok((answer, measured))
            }
            "Query" | "Scan" => {
                let answer = request.clone().send().await?;
                let measured = if answer.status.is_success() {
                    Some(looked_at(request, operation, document, &answer.document()).await?)
                } else {
                    None
                };
                Ok((answer, measured))
            }
            _ => Ok((request.clone().send().await?, None)),
        }
    }

    async fn write(
        &self,
        request: &Outgoing,
        operation: &str,
        document: &Value,
    ) -> Result<(Answer, Option<Measured>), String> {
        let _turn = self.turn.lock().await;
        let mut written = Vec::new();
        for (table, action) in actions(operation, document) {
            let Some(known) = self.table(request, &table).await? else { continue };
            let tried = action.get("Item").cloned();
            let key = action.get("Key").cloned().unwrap_or_else(|| part(action.get("Item"), &known.key));
            let before = get(request, &table, &key).await?;
            written.push(Written { table, key, tried, before });
        }
        let answer = request.clone().send().await?;
        let refused = answer.status.is_client_error().then(|| answer.document());
        let failed_condition =
            refused.as_ref().and_then(|document| document["__type"].as_str()).is_some_and(|kind| {
                kind.ends_with("ConditionalCheckFailedException")
                    || kind.ends_with("TransactionCanceledException")
            });
        if !answer.status.is_success() && !failed_condition {
            return Ok((answer, None));
        }
        let (mut cost, mut changes) = (Cost::default(), Vec::new());
        let transactional = operation == "TransactWriteItems";
        let unprocessed = answer.document()["UnprocessedItems"].clone();
        for Written { table, key, tried, before } in written {
            let Some(known) = self.table(request, &table).await? else { continue };
            if is_unprocessed(&unprocessed, &table, &key, &known.key) {
                continue;
            }
            let after = if failed_condition { tried } else { get(request, &table, &key).await? };
            cost.write += write_units(bytes(before.as_ref()), bytes(after.as_ref()), transactional);
            let stands = if failed_condition { &before } else { &after };
            changes.push(Change {
                table: table.clone(),
                key: key.clone(),
                before: before.clone().and_then(stored),
                after: stands.clone().and_then(stored),
            });
            if !failed_condition {
                known.write_indexes(before.as_ref(), after.as_ref(), &mut cost.indexes);
                let mut kept = self.before.lock().unwrap_or_else(PoisonError::into_inner);
                kept.insert((table, crate::observation::compact(&key)), before);
            }
        }
        Ok((answer, Some(Measured { cost, effect: Effect { changes, ..Effect::default() } })))
    }

    async fn reads(
        &self,
        request: &Outgoing,
        operation: &str,
        document: &Value,
        answer: &Value,
    ) -> Result<Measured, String> {
        let mut measured = Measured::default();
        for (table, action) in actions(operation, document) {
            let Some(known) = self.table(request, &table).await? else { continue };
            let strong = action["ConsistentRead"] == json!(true);
            let consistency = match (operation, strong) {
                ("TransactGetItems", _) => Consistency::Transactional,
                (_, true) => Consistency::Strong,
                (_, false) => Consistency::Eventual,
            };
            let key = action["Key"].clone();
            if is_unprocessed(&answer["UnprocessedKeys"], &table, &key, &known.key) {
                continue;
            }
            let there = get(request, &table, &key).await?.and_then(stored);
            let size = there.as_ref().map(|stored| stored.bytes);
            measured.cost.read += read_units(size.unwrap_or_default(), consistency);
            measured.cost.read_bytes.extend(size);
            let looked = there.map(|stored| Looked { table, stored, returned: true });
            measured.effect.looked_at.extend(looked);
        }
        Ok(measured)
    }

    /// The answer to an eventually consistent read, with each item as it was before its last write.
    pub(crate) async fn as_before(
        &self,
        request: &Outgoing,
        operation: &str,
        document: &Value,
        mut answer: Value,
    ) -> Value {
        if let Some(tables) = answer["Responses"].as_object_mut() {
            for (name, items) in tables.iter_mut() {
                if document["RequestItems"][name]["ConsistentRead"] != json!(true) {
                    *items = self.earlier(request, name, items.take()).await;
                }
            }
            return answer;
        }
        let name = document["TableName"].as_str().unwrap_or_default();
        if operation == "GetItem" {
            let key = crate::observation::compact(&document["Key"]);
            let kept = self.before.lock().unwrap_or_else(PoisonError::into_inner);
            match kept.get(&(name.to_owned(), key)) {
                Some(Some(item)) => answer["Item"] = item.clone(),
                Some(None) => drop(answer.as_object_mut().and_then(|answer| answer.remove("Item"))),
                None => {}
            }
        } else if answer.get("Items").is_some() {
            let items = self.earlier(request, name, answer["Items"].take()).await;
            answer["Count"] = json!(items.as_array().map_or(0, Vec::len));
            answer["Items"] = items;
        }
        answer
    }

    /// Items of a table as they were before their last write, without those that were not there.
    async fn earlier(&self, request: &Outgoing, name: &str, items: Value) -> Value {
        let (Ok(Some(table)), Value::Array(items)) = (self.table(request, name).await, &items) else {
            return items;
        };
        let kept = self.before.lock().unwrap_or_else(PoisonError::into_inner);
        let earlier = items.iter().filter_map(|item| {
            let key = crate::observation::compact(&part(Some(item), &table.key));
            kept.get(&(name.to_owned(), key)).cloned().unwrap_or_else(|| Some(item.clone()))
        });
        Value::Array(earlier.collect())
    }

    /// What is known of a table; `None` where there is none.
    pub(crate) async fn table(&self, request: &Outgoing, name: &str) -> Result<Option<Table>, String> {
        if let Some(table) = self.tables.lock().unwrap_or_else(PoisonError::into_inner).get(name) {
            return Ok(Some(table.clone()));
        }
        let answer = request.asking("DescribeTable", &json!({ "TableName": name })).send().await?;
        if !answer.status.is_success() {
            return Ok(None);
        }
        let table = Table::read(&answer.document()["Table"]);
        let mut tables = self.tables.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(Some(tables.entry(name.to_owned()).or_insert(table).clone()))
    }
}

/// The single writes or reads in a request, each with its table.
fn actions(operation: &str, document: &Value) -> Vec<(String, Value)> {
    let of = |action: &Value| Some((action["TableName"].as_str()?.to_owned(), action.clone()));
    if let Some(actions) = document["TransactItems"].as_array() {
        return actions.iter().filter_map(|action| of(action.as_object()?.values().next()?)).collect();
    }
    let Some(tables) = document["RequestItems"].as_object() else {
        return of(document).into_iter().collect();
    };
    let mut actions = Vec::new();
    for (table, asked) in tables {
        let strong = asked.get("ConsistentRead").cloned().unwrap_or_default();
        let list = if operation == "BatchGetItem" { &asked["Keys"] } else { asked };
        for entry in list.as_array().into_iter().flatten() {
            let action = if operation == "BatchGetItem" {
                json!({ "Key": entry, "ConsistentRead": strong })
            } else {
                entry.as_object().and_then(|entry| entry.values().next()).cloned().unwrap_or_default()
            };
            actions.push((table.clone(), action));
        }
    }
    actions
}

/// What a query or a scan has looked at, whatever of it came back.
async fn looked_at(
    request: &Outgoing,
    operation: &str,
    document: &Value,
    answer: &Value,
) -> Result<Measured, String> {
    let count = |member: &str| {
        answer[member].as_u64().and_then(|count| usize::try_from(count).ok()).unwrap_or_default()
    };
    let (scanned, returned) = (count("ScannedCount"), count("Count"));
    let has = |members: &[&str]| members.iter().any(|member| document.get(*member).is_some());
    let items = items(answer);
    let kept =
        if has(&CUTTING) { ask(request, operation, &CUTTING, document, returned).await? } else { items };
    let seen = if has(&[FILTER]) {
        ask(request, operation, &[CUTTING.as_slice(), &[FILTER]].concat(), document, scanned).await?
    } else {
        kept.clone()
    };
    let mut kept = kept.into_iter().peekable();
    let table = document["TableName"].as_str().unwrap_or_default();
    let looked_at: Vec<Looked> = seen
        .into_iter()
        // Both are in one order, and a key is there once: what comes back next is the next that is the same.
        .map(|item| (kept.next_if_eq(&item).is_some(), item))
        .filter_map(|(returned, item)| {
            Some(Looked { table: table.to_owned(), stored: stored(item)?, returned })
        })
        .collect();
    let read_bytes: Vec<usize> = looked_at.iter().map(|looked| looked.stored.bytes).collect();
    let strong = document["ConsistentRead"] == json!(true);
    let consistency = if strong { Consistency::Strong } else { Consistency::Eventual };
    let cost = Cost {
        read: read_units(read_bytes.iter().sum(), consistency),
        read_bytes,
        discarded: scanned.saturating_sub(returned),
        ..Cost::default()
    };
    Ok(Measured { cost, effect: Effect { looked_at, ..Effect::default() } })
}

/// The members of a query or a scan that leave parts of items out of the answer.
const CUTTING: [&str; 2] = ["ProjectionExpression", "Select"];
/// The member that leaves whole items out.
const FILTER: &str = "FilterExpression";

/// The first items, so many, that the query or the scan finds without these members.
async fn ask(
    request: &Outgoing,
    operation: &str,
    without: &[&str],
    document: &Value,
    most: usize,
) -> Result<Vec<Value>, String> {
    let mut whole = document.clone();
    if let Some(members) = whole.as_object_mut() {
        members.retain(|name, _| name != "ReturnConsumedCapacity" && !without.contains(&name.as_str()));
    }
    prune(&mut whole);
    let mut found = Vec::new();
    for _ in 0..MAX_TURNS {
        let answer = request.asking(operation, &whole).send().await?.document();
        found.extend(items(&answer));
        let next = &answer["LastEvaluatedKey"];
        if found.len() >= most || next.is_null() {
            break;
        }
        whole["ExclusiveStartKey"] = next.clone();
    }
    found.truncate(most);
    Ok(found)
}

fn items(answer: &Value) -> Vec<Value> {
    answer["Items"].as_array().cloned().unwrap_or_default()
}

/// Takes out names and values that no expression of the request mentions: they are an error.
fn prune(document: &mut Value) {
    let expression = |member| document[member].as_str().unwrap_or_default().to_owned();
    let mentions = ["KeyConditionExpression", FILTER].map(expression).join(" ");
    let words: Vec<&str> =
        mentions.split(|c: char| !(c.is_alphanumeric() || matches!(c, '#' | ':' | '_'))).collect();
    let Some(members) = document.as_object_mut() else { return };
    for member in ["ExpressionAttributeNames", "ExpressionAttributeValues"] {
        let Some(Value::Object(names)) = members.get_mut(member) else { continue };
        names.retain(|name, _| words.contains(&name.as_str()));
        if names.is_empty() {
            members.remove(member);
        }
    }
}

/// An item as it is now.
async fn get(request: &Outgoing, table: &str, key: &Value) -> Result<Option<Value>, String> {
    let body = json!({ "TableName": table, "Key": key, "ConsistentRead": true });
    let answer = request.asking("GetItem", &body).send().await?;
    Ok(answer.document().get("Item").cloned())
}

fn bytes(item: Option<&Value>) -> Option<usize> {
    Item::from_wire(item?).map(|item| item_bytes(&item))
}

fn stored(item: Value) -> Option<Stored> {
    bytes(Some(&item)).map(|bytes| Stored { item, bytes })
}

fn is_unprocessed(unprocessed: &Value, table: &str, key: &Value, names: &[String]) -> bool {
    let asked = &unprocessed[table];
    let list = asked.get("Keys").unwrap_or(asked).as_array().into_iter().flatten();
    list.map(|entry| {
        let action = entry.as_object().and_then(|entry| entry.values().next());
        let item = action.and_then(|action| action.get("Key").or_else(|| action.get("Item")));
        part(Some(item.unwrap_or(entry)), names)
    })
    .any(|unprocessed| unprocessed == *key)
}
