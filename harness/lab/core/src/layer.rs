//! The layer between recorder and backend: it measures what a request costs, and lets things go wrong.
//!
//! Off, it costs a request one look at a flag.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::http::StatusCode;
use lab_manifest::effect::Effect;
use serde_json::{Value, json};

use crate::Cost;
use crate::fault::{Fault, Faults, Mishap};
use crate::meter::{Measured, Meter};
use crate::wire::{Answer, Outgoing};

/// Measures and spoils, as far as a test asks for it.
#[derive(Debug, Default)]
pub(crate) struct Layer {
    on: AtomicBool,
    measures: AtomicBool,
    /// Some reads are to be stale: what items were before their last write has to be known.
    remembers: AtomicBool,
    faults: Mutex<Faults>,
    meter: Meter,
}

/// How a request went through the layer.
#[derive(Debug)]
pub(crate) struct Passed {
    pub(crate) answer: Answer,
    pub(crate) cost: Option<Cost>,
    pub(crate) effect: Option<Effect>,
    pub(crate) fault: Option<&'static str>,
    /// The connection is to end without the answer.
    pub(crate) lost: bool,
}

impl Passed {
    /// As if there were no layer.
    pub(crate) fn untouched(answer: Answer) -> Self {
        Self { answer, cost: None, effect: None, fault: None, lost: false }
    }
}

impl Layer {
    pub(crate) fn is_on(&self) -> bool {
        self.on.load(Ordering::Relaxed)
    }

    /// From now on the cost of each request is measured.
    pub(crate) fn measure(&self) {
        self.measures.store(true, Ordering::Relaxed);
        self.on.store(true, Ordering::Relaxed);
    }

    /// From now on these faults are in force, in the place of those before.
    pub(crate) fn inject(&self, faults: Vec<Fault>) {
        let faults = Faults::new(faults);
        self.remembers.store(faults.any(|mishap| mishap == Mishap::Stale), Ordering::Relaxed);
        *self.faults.lock().unwrap_or_else(PoisonError::into_inner) = faults;
        self.on.store(true, Ordering::Relaxed);
    }

    /// The keys of a table and of its indexes, by `table` and `table/index`; none where there is no such table.
    pub(crate) async fn keys(&self, request: &Outgoing, table: &str) -> Vec<(String, Vec<String>)> {
        match self.meter.table(request, table).await {
            Ok(Some(known)) => known.keys(table),
            Ok(None) | Err(_) => Vec::new(),
        }
    }

    /// Takes a request to the backend, unless something else is to happen.
    pub(crate) async fn pass(&self, mut request: Outgoing) -> Result<Passed, String> {
        let Ok(document) = serde_json::from_slice::<Value>(&request.body) else {
            return request.send().await.map(Passed::untouched);
        };
        let operation = request.operation().to_owned();
        let keys = self.keys_of_tables(&request, &document).await;
        let (mut document, taken) = self.take_unprocessed(&operation, document, &keys);
        if let Some(taken) = &taken {
            if taken.all {
                return Ok(Passed {
                    fault: Some(Mishap::Unprocessed.name()),
                    ..refused(&operation, &document, Mishap::ThroughputExceeded)
                });
            }
            request = request.with_body(&document);
        }
        let mishap = self.next(&operation, &document, &keys);
        match mishap {
            Some(
                mishap @ (Mishap::ThroughputExceeded
                | Mishap::Throttling
                | Mishap::TransactionConflict
                | Mishap::InternalServerError),
            ) => return Ok(refused(&operation, &document, mishap)),
            Some(Mishap::Slow { ms }) => tokio::time::sleep(Duration::from_millis(ms)).await,
            _ => {}
        }
        let mut passed = self.carry_out(&request, &operation, &mut document).await?;
        if mishap == Some(Mishap::Stale) && document["ConsistentRead"] != json!(true) {
            let stale = self.meter.as_before(&request, &operation, &document, passed.answer.document()).await;
            passed.answer = passed.answer.with_document(&stale);
        }
        if let Some(taken) = taken {
            let mut answer = passed.answer.document();
            answer[taken.member] = taken.items;
            passed.answer = passed.answer.with_document(&answer);
            passed.fault = Some(Mishap::Unprocessed.name());
        }
        passed.fault = mishap.map(Mishap::name).or(passed.fault);
        passed.lost = mishap == Some(Mishap::AnswerLost);
        Ok(passed)
    }

    async fn carry_out(
        &self,
        request: &Outgoing,
        operation: &str,
        document: &mut Value,
    ) -> Result<Passed, String> {
        let measures = self.measures.load(Ordering::Relaxed);
        if !measures && !self.remembers.load(Ordering::Relaxed) {
            return request.clone().send().await.map(Passed::untouched);
        }
        let (answer, found) = self.meter.measure(request, operation, document).await?;
        let (cost, effect) = found
            .filter(|_| measures)
            .map_or((None, None), |Measured { cost, effect }| (Some(cost), Some(effect)));
        Ok(Passed { cost, effect, ..Passed::untouched(answer) })
    }

    /// The keys of the tables that a request names, where anything is to go wrong: an item is known by its key.
    async fn keys_of_tables(&self, request: &Outgoing, document: &Value) -> Keys {
        let mut keys = Keys::default();
        if !self.faults.lock().unwrap_or_else(PoisonError::into_inner).any(|_| true) {
            return keys;
        }
        for name in tables(document) {
            if let Ok(Some(table)) = self.meter.table(request, name).await {
                keys.0.insert(name.to_owned(), table.key);
            }
        }
        keys
    }

    fn next(&self, operation: &str, document: &Value, keys: &Keys) -> Option<Mishap> {
        let mut faults = self.faults.lock().unwrap_or_else(PoisonError::into_inner);
        let mut of = |action: &Value| faults.next(operation, subject(action), keys.of(&action["TableName"]));
        if let Some(actions) = document["TransactItems"].as_array() {
            // Every item's times are counted, also behind one that is struck.
            let struck: Vec<_> = actions.iter().filter_map(|action| of(first(action)?)).collect();
            return struck.into_iter().next();
        }
        // Of a batch this is about the request as a whole, which has no subject.
        of(document).filter(|mishap| *mishap != Mishap::Unprocessed)
    }

    /// Takes out of a batch what is to stay unprocessed.
    fn take_unprocessed(&self, operation: &str, mut document: Value, keys: &Keys) -> (Value, Option<Taken>) {
        let mut faults = self.faults.lock().unwrap_or_else(PoisonError::into_inner);
        if !faults.any(|mishap| mishap == Mishap::Unprocessed) {
            return (document, None);
        }
        let Some(tables) = document["RequestItems"].as_object_mut() else { return (document, None) };
        let mut left = 0;
        let mut out = serde_json::Map::new();
        for (table, asked) in tables.iter_mut() {
            let of_keys = asked.get("Keys").is_some();
            let list = if of_keys { &mut asked["Keys"] } else { &mut *asked };
            let Some(list) = list.as_array_mut() else { continue };
            let key = keys.of_table(table);
            let strikes = |item: &Value| {
                let item = if of_keys { item } else { first(item).map_or(item, subject) };
                faults.next(operation, item, key) == Some(Mishap::Unprocessed)
            };
            let (struck, rest): (Vec<Value>, Vec<Value>) =
                std::mem::take(list).into_iter().partition(strikes);
            left += rest.len();
            *list = rest;
            if struck.is_empty() {
                continue;
            }
            let struck = if of_keys {
                let mut like = asked.clone();
                like["Keys"] = Value::Array(struck);
                like
            } else {
                Value::Array(struck)
            };
            out.insert(table.clone(), struck);
        }
        if out.is_empty() {
            return (document, None);
        }
        tables.retain(|_, asked| {
            asked.get("Keys").unwrap_or(asked).as_array().is_none_or(|list| !list.is_empty())
        });
        let member = if operation == "BatchGetItem" { "UnprocessedKeys" } else { "UnprocessedItems" };
        (document, Some(Taken { member, items: Value::Object(out), all: left == 0 }))
    }
}

/// What was taken out of a batch.
struct Taken {
    member: &'static str,
    items: Value,
    all: bool,
}

/// The names of the attributes that are the key, by table.
#[derive(Debug, Default)]
struct Keys(HashMap<String, Vec<String>>);

impl Keys {
    fn of(&self, table: &Value) -> &[String] {
        table.as_str().map_or(&[], |table| self.of_table(table))
    }

    fn of_table(&self, table: &str) -> &[String] {
        self.0.get(table).map_or(&[], Vec::as_slice)
    }
}

/// The tables that a request names.
fn tables(document: &Value) -> impl Iterator<Item = &str> {
    let of_actions = document["TransactItems"].as_array().into_iter().flatten().filter_map(first);
    let of_batch = document["RequestItems"].as_object().into_iter().flat_map(|tables| tables.keys());
    let named = std::iter::once(document).chain(of_actions).filter_map(|of| of["TableName"].as_str());
    named.chain(of_batch.map(String::as_str))
}

/// The action in a transaction's or a batch's entry: `{"Put": …}`, `{"DeleteRequest": …}`.
fn first(entry: &Value) -> Option<&Value> {
    entry.as_object()?.values().next()
}

/// What a request or an action is about: its key, its item, or, for a query, its values.
fn subject(action: &Value) -> &Value {
    ["Key", "Item", "ExpressionAttributeValues"]
        .into_iter()
        .find_map(|member| action.get(member))
        .unwrap_or(&Value::Null)
}

fn refused(operation: &str, document: &Value, mishap: Mishap) -> Passed {
    const MODEL: &str = "com.amazonaws.dynamodb.v20120810#";
    let bad = StatusCode::BAD_REQUEST;
    let answer = match mishap {
        Mishap::TransactionConflict if operation.starts_with("Transact") => {
            let actions = document["TransactItems"].as_array().map_or(0, Vec::len);
            let mut reasons = vec![json!({ "Code": "None" }); actions];
            if let Some(reason) = reasons.first_mut() {
                *reason = json!({ "Code": "TransactionConflict", "Message": "Transaction is ongoing for the item" });
            }
            let message = "Transaction cancelled, please refer cancellation reasons for specific reasons [TransactionConflict]";
            let more = json!({ "CancellationReasons": reasons });
            Answer::error(bad, &format!("{MODEL}TransactionCanceledException"), message, more)
        }
        Mishap::TransactionConflict => Answer::error(
            bad,
            &format!("{MODEL}TransactionConflictException"),
            "Transaction is ongoing for the item",
            Value::Null,
        ),
        Mishap::Throttling => Answer::error(
            bad,
            "com.amazon.coral.availability#ThrottlingException",
            "Rate of requests exceeds the allowed throughput.",
            Value::Null,
        ),
        Mishap::InternalServerError => Answer::error(
            StatusCode::INTERNAL_SERVER_ERROR,
            &format!("{MODEL}InternalServerError"),
            "Internal server error",
            Value::Null,
        ),
        _ => Answer::error(
            bad,
            &format!("{MODEL}ProvisionedThroughputExceededException"),
            "The level of configured provisioned throughput for the table was exceeded.",
            Value::Null,
        ),
    };
    Passed { fault: Some(mishap.name()), ..Passed::untouched(answer) }
}
