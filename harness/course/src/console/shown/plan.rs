//! What an operation looked at, in which order, where it stopped, and what it changed: a sentence each.

use lab_manifest::console::{Answer, Table};
use lab_manifest::effect::Effect;
use serde_json::Value;

use super::cost::bytes;
use super::items::{key, told_key};
use super::value::quoted;
use crate::console::line::Asked;

/// The plan of an operation that was carried out, or failed on its condition.
pub(super) fn sentences(tables: &[Table], asked: &Asked, answer: &Answer) -> Vec<String> {
    let Some(effect) = &answer.effect else { return Vec::new() };
    let plan = Plan { tables, asked, answer, effect };
    match asked.operation.name {
        "Query" | "Scan" => plan.looks_through(),
        "GetItem" => plan.reads_one(),
        "PutItem" | "UpdateItem" | "DeleteItem" => plan.writes_one(),
        name if name.ends_with("GetItem") || name.ends_with("GetItems") => plan.reads_several(),
        _ => plan.writes_several(),
    }
}

/// An expression with its names and values in the places of their placeholders.
pub(super) fn substituted(expression: &str, body: &Value) -> String {
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
    let mut told = String::new();
    let mut rest = expression;
    while let Some(at) = rest.find(['#', ':']) {
        let (before, placeholder) = rest.split_at(at);
        told.push_str(before);
        let end = placeholder[1..].find(|letter| !is_part(letter)).map_or(placeholder.len(), |end| end + 1);
        let (name, after) = placeholder.split_at(end);
        let known = match name.as_bytes()[0] {
            b'#' => body["ExpressionAttributeNames"][name].as_str().map(str::to_owned),
            _ => body["ExpressionAttributeValues"].get(name).map(quoted),
        };
        told.push_str(known.as_deref().unwrap_or(name));
        rest = after;
    }
    told + rest
}

struct Plan<'a> {
    tables: &'a [Table],
    asked: &'a Asked,
    answer: &'a Answer,
    effect: &'a Effect,
}

impl Plan<'_> {
    fn looks_through(&self) -> Vec<String> {
        let mut plan = vec![self.stretch()];
        let looked_at = &self.effect.looked_at;
        let all: usize = looked_at.iter().map(|looked| looked.stored.bytes).sum();
        plan.push(match looked_at.len() {
            0 => format!("No item was there to look at. {}", self.end()),
            1 => format!("One item was looked at, of {} bytes. {}", bytes(all), self.end()),
            count => format!("{count} items were looked at, {} bytes together. {}", bytes(all), self.end()),
        });
        if let Some(filter) = self.expression("FilterExpression") {
            let kept = looked_at.iter().filter(|looked| looked.returned).count();
            let gone = looked_at.len() - kept;
            plan.push(format!(
                "Only then came the filter, {filter}: it let {} through and threw {gone} away. All of them are paid.",
                counted(kept)
            ));
        }
        plan.extend(self.projection());
        plan
    }

    /// Which items are looked at, and in which order.
    fn stretch(&self) -> String {
        let (table, index) = (self.member("TableName"), self.asked.body["IndexName"].as_str());
        let key = key(self.tables, table, index);
        let place = match index {
            Some(index) => format!("the index {index} of table {table}"),
            None => format!("table {table}"),
        };
        if self.asked.operation.name == "Scan" {
            let part = match (self.asked.body["Segment"].as_i64(), self.asked.body["TotalSegments"].as_i64())
            {
                (Some(segment), Some(all)) => {
                    format!("Segment {segment} of {all} (counted from 0) of {place}")
                }
                _ => format!("All of {place}"),
            };
            return format!(
                "{part}, item after item. The service takes collections in the order of their hash; this lab, of their keys."
            );
        }
        let condition = self.expression("KeyConditionExpression").unwrap_or_default();
        let order = match (key.get(1), self.asked.body["ScanIndexForward"] == false) {
            (Some(sort), false) => format!(", in the order of {sort}"),
            (Some(sort), true) => format!(", from the end: {sort} backward"),
            (None, _) => String::new(),
        };
        format!("A stretch of one item collection of {place}: {condition}{order}.")
    }

    /// Why it looked at no more.
    fn end(&self) -> String {
        if self.answer.reply.get("LastEvaluatedKey").is_none_or(Value::is_null) {
            let what = if self.asked.operation.name == "Scan" { "table" } else { "stretch" };
            return format!("Then the {what} was at its end.");
        }
        let limit = self.asked.body["Limit"].as_u64();
        let scanned = self.answer.reply["ScannedCount"].as_u64();
        let why = match limit {
            Some(limit) if scanned == Some(limit) => format!("Then it had looked at its Limit of {limit}"),
            _ => "Then the page was full: 1 MB".to_owned(),
        };
        format!("{why}. It says so by a LastEvaluatedKey: there may be more behind it.")
    }

    fn reads_one(&self) -> Vec<String> {
        let mut plan = vec![format!(
            "One item of table {}, by its whole key: {}.",
            self.member("TableName"),
            self.told_key()
        )];
        match self.effect.looked_at.first() {
            Some(looked) => plan.push(format!("It is there, and has {} bytes.", bytes(looked.stored.bytes))),
            None => plan.push("No item has this key. That is an answer, and no error.".into()),
        }
        plan.extend(self.projection());
        plan
    }

    fn reads_several(&self) -> Vec<String> {
        let found = self.effect.looked_at.len();
        let how = if self.asked.operation.name == "BatchGetItem" {
            "Each item by its whole key, each for itself; the answers come in no order."
        } else {
            "Each item by its whole key, all at one moment; the answers come in the order of the request."
        };
        vec![how.into(), format!("{} found. What is not there is left out, and paid.", counted(found))]
    }

    fn writes_one(&self) -> Vec<String> {
        let table = self.member("TableName");
        let mut plan = vec![format!(
            "One item of table {table}, by its key: {}. No other item is looked at.",
            self.told_key()
        )];
        let change = self.effect.changes.first();
        let (before, after) =
            change.map_or((None, None), |change| (change.before.as_ref(), change.after.as_ref()));
        let failed = self.answer.status != 200;
        if let Some(condition) = self.expression("ConditionExpression") {
            let there =
                if before.is_some() { "the item that was there" } else { "an item that was not there" };
            let verdict = if failed { "false" } else { "true" };
            plan.push(format!(
                "In the same moment the condition was held against {there}: {condition} is {verdict}."
            ));
        }
        plan.push(match (failed, self.asked.operation.name, before, after) {
            (true, ..) => "So nothing was written.".into(),
            (_, "PutItem", None, _) => "The item is new.".into(),
            (_, "PutItem", Some(_), _) => "It took the place of the item that was there, as a whole.".into(),
            (_, "UpdateItem", None, _) => "There was no item with this key: the update has made one.".into(),
            (_, "UpdateItem", Some(before), Some(after)) if before == after => {
                "The item is as it was.".into()
            }
            (_, "UpdateItem", ..) => "The item was changed where it is.".into(),
            (_, _, None, _) => "There was nothing to remove. That is no error.".into(),
            (_, _, Some(_), _) => "The item was removed.".into(),
        });
        plan
    }

    fn writes_several(&self) -> Vec<String> {
        if self.asked.operation.name == "BatchWriteItem" {
            return vec![format!(
                "{} in one envelope, each for itself: in no order, and without conditions.",
                counted(self.effect.changes.len())
            )];
        }
        let actions = match self.effect.changes.len() {
            1 => "1 action".to_owned(),
            actions => format!("{actions} actions"),
        };
        let mut plan = vec![format!("{actions} in one transaction: all of them, or none.")];
        let reasons = self.answer.reply["CancellationReasons"].as_array().into_iter().flatten();
        plan.extend(reasons.enumerate().filter(|(_, reason)| reason["Code"] != "None").map(
            |(place, reason)| {
                let code = reason["Code"].as_str().unwrap_or_default();
                let message = reason["Message"].as_str().unwrap_or_default();
                format!("Action {} is why nothing was written: {code}. {message}", place + 1)
            },
        ));
        plan
    }

    fn projection(&self) -> Option<String> {
        let projection = self.expression("ProjectionExpression")?;
        Some(format!(
            "Of what was read, {projection} was sent. The items were read whole, and are paid whole."
        ))
    }

    fn expression(&self, member: &str) -> Option<String> {
        self.asked.body[member].as_str().map(|expression| substituted(expression, &self.asked.body))
    }

    fn member(&self, name: &str) -> &str {
        self.asked.body[name].as_str().unwrap_or_default()
    }

    fn told_key(&self) -> String {
        let key = key(self.tables, self.member("TableName"), None);
        let item = self.asked.body.get("Key").or_else(|| self.asked.body.get("Item"));
        item.map(|item| told_key(&key, item)).unwrap_or_default()
    }
}

fn counted(items: usize) -> String {
    if items == 1 { "1 item".into() } else { format!("{items} items") }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn placeholders_are_told_as_what_they_stand_for() {
        let body = json!({
            "ExpressionAttributeNames": {"#v": "views"}, "ExpressionAttributeValues": {":v": {"N": "7"}, ":b": {"S": "harbor"}},
        });
        assert_eq!(substituted("board = :b AND #v>:v", &body), "board = \"harbor\" AND views>7");
        assert_eq!(substituted("#v.#w = :x", &body), "views.#w = :x", "an unknown one stands for itself");
        assert_eq!(substituted("# : a:", &body), "# : a:");
    }

    proptest! {
        #[test]
        fn any_expression_can_be_told(expression in "(?s)[#:a-zü_ ]{0,40}") {
            prop_assert_eq!(substituted(&expression, &Value::Null), expression);
        }
    }
}
