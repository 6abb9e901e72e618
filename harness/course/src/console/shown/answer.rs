//! An operation's answer: a sentence, what came back or was changed, the plan, the cost, the reply.

use lab_manifest::console::{Answer, Table};
use serde_json::Value;

use super::Shown;
use super::{cost, items, plan};
use crate::book::html::{code_block, escape};
use crate::console::layout;
use crate::console::line::Asked;

/// Bytes of the reply that are shown.
const REPLY_BYTES_MAX: usize = 24 * 1024;

/// The answer to `asked`.
pub fn shown(tables: &[Table], asked: &Asked, answer: &Answer) -> Shown {
    if let Some(refused) = &answer.refused {
        let html = format!(
            "<div class=\"console-answer\" data-outcome=\"refused\"><p class=\"console-summary\">{}</p></div>",
            escape(refused)
        );
        return Shown { summary: refused.clone(), html };
    }
    let summary = summary(asked, answer);
    let sentences = plan::sentences(tables, asked, answer);
    let plan = list("Plan", &sentences.iter().map(|sentence| escape(sentence)).collect::<Vec<_>>());
    let price = match cost::units(answer) {
        Some(units) => format!("<strong>{}.</strong> {}", escape(&units), escape(&cost::why(asked, answer))),
        None => escape(&cost::why(asked, answer)),
    };
    let html = format!(
        "<div class=\"console-answer\" data-outcome=\"{outcome}\"><p class=\"console-summary\">{summary}</p>{error}{items}\
         <dl class=\"console-facts\">{plan}<dt>Cost</dt><dd>{price}</dd></dl>{looked_at}{reply}</div>",
        outcome = if answer.status == 200 { "ok" } else { "error" },
        summary = escape(&summary),
        error = error(answer)
            .map(|(_, message)| format!("<p class=\"console-error\">{}</p>", escape(&message)))
            .unwrap_or_default(),
        items = came_back(tables, asked, answer) + &changed(tables, answer),
        looked_at = looked_at(tables, asked, answer),
        reply = reply(&answer.reply),
    );
    Shown { summary, html }
}

/// The error's type, and what it says, in the database's own words.
fn error(answer: &Answer) -> Option<(String, String)> {
    if answer.status == 200 {
        return None;
    }
    let kind = answer.reply["__type"].as_str().unwrap_or("An error without a name");
    let kind = kind.rsplit('#').next().unwrap_or(kind).to_owned();
    let message = ["message", "Message"].iter().find_map(|member| answer.reply[*member].as_str());
    Some((kind, message.unwrap_or_default().to_owned()))
}

fn summary(asked: &Asked, answer: &Answer) -> String {
    let units = cost::units(answer).unwrap_or_else(|| "no capacity".into());
    if let Some((kind, _)) = error(answer) {
        return format!("{kind}. It costs {units}.");
    }
    let reply = &answer.reply;
    let effect = answer.effect.as_ref();
    let looked_at = effect.map_or(0, |effect| effect.looked_at.len());
    let changed = effect
        .map_or(0, |effect| effect.changes.iter().filter(|change| change.before != change.after).count());
    let items = |count: u64| match count {
        0 => "No item".to_owned(),
        1 => "1 item".to_owned(),
        count => format!("{count} items"),
    };
    let what = match asked.operation.name {
        "Query" | "Scan" => {
            let count = reply["Count"].as_u64().unwrap_or_default();
            let verb = match (reply.get("Items"), count) {
                (Some(_), _) => "came back",
                (None, 1) => "was counted",
                (None, _) => "were counted",
            };
            let more = if reply.get("LastEvaluatedKey").is_some() { " There may be more." } else { "" };
            return format!("{} {verb} of {looked_at} looked at, for {units}.{more}", items(count));
        }
        "GetItem" if reply.get("Item").is_none() => "There is no such item".to_owned(),
        "GetItem" => "The item is there".to_owned(),
        "BatchGetItem" | "TransactGetItems" => format!("{} found", items(looked_at as u64)),
        "DescribeTable" => "What the table is".to_owned(),
        "ListTables" => "The tables' names".to_owned(),
        _ => format!("{} changed", items(changed as u64)),
    };
    format!("{what}, for {units}.")
}

/// The items in the reply.
fn came_back(tables: &[Table], asked: &Asked, answer: &Answer) -> String {
    let (body, reply) = (&asked.body, &answer.reply);
    let shown = |caption: &str, table: &Value, found: Vec<&Value>| {
        if found.is_empty() {
            return String::new();
        }
        let table = table.as_str().unwrap_or_default();
        items::table(caption, &items::key(tables, table, body["IndexName"].as_str()), &found)
    };
    let all = "What came back";
    match asked.operation.name {
        "Query" | "Scan" => shown(all, &body["TableName"], each(&reply["Items"]).collect()),
        "GetItem" => shown(all, &body["TableName"], reply.get("Item").into_iter().collect()),
        "TransactGetItems" => {
            let found = each(&reply["Responses"]).filter_map(|one| one.get("Item"));
            shown(all, &body["TransactItems"][0]["Get"]["TableName"], found.collect())
        }
        "BatchGetItem" => {
            let tables = reply["Responses"].as_object().into_iter().flatten();
            let tables = tables.map(|(table, found)| {
                let caption = format!("What came back of table {table}");
                shown(&caption, &Value::from(table.as_str()), each(found).collect())
            });
            tables.collect()
        }
        _ => shown(
            "What the write gave back",
            &body["TableName"],
            reply.get("Attributes").into_iter().collect(),
        ),
    }
}

fn each(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}

fn changed(tables: &[Table], answer: &Answer) -> String {
    let changes = answer.effect.iter().flat_map(|effect| &effect.changes);
    changes.map(|change| items::change(tables, change)).collect()
}

/// What a query or a scan has looked at, item by item.
fn looked_at(tables: &[Table], asked: &Asked, answer: &Answer) -> String {
    let looked_at = answer.effect.as_ref().map(|effect| effect.looked_at.as_slice()).unwrap_or_default();
    if looked_at.is_empty() || !matches!(asked.operation.name, "Query" | "Scan") {
        return String::new();
    }
    let table = asked.body["TableName"].as_str().unwrap_or_default();
    let key = items::key(tables, table, asked.body["IndexName"].as_str());
    let filtered = asked.body.get("FilterExpression").is_some();
    details("console-seen", "What it looked at, item by item", &items::looked_at(&key, looked_at, filtered))
}

fn reply(reply: &Value) -> String {
    let mut text = layout::text(reply);
    if text.len() > REPLY_BYTES_MAX {
        let all = cost::bytes(text.len());
        text.truncate(text.floor_char_boundary(REPLY_BYTES_MAX));
        text = format!("{text}\n… {all} bytes in all");
    }
    details("console-reply", "The reply, as it came", &code_block("json", &text))
}

fn details(class: &str, summary: &str, inner: &str) -> String {
    format!("<details class=\"{class}\"><summary>{summary}</summary>{inner}</details>")
}

/// A term and its sentences, as a list where there are several.
fn list(term: &str, sentences: &[String]) -> String {
    match sentences {
        [] => String::new(),
        [only] => format!("<dt>{term}</dt><dd>{only}</dd>"),
        several => {
            let items: Vec<String> = several.iter().map(|sentence| format!("<li>{sentence}</li>")).collect();
            format!("<dt>{term}</dt><dd><ol>{}</ol></dd>", items.concat())
        }
    }
}
