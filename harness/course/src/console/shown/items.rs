//! Tables of items.

use lab_manifest::console::{Content, Table};
use lab_manifest::effect::{Change, Looked, Stored};
use serde_json::Value;

use super::cost::bytes;
use super::value::{kind, quoted, short};
use crate::book::html::escape;

/// Rows of a table that are shown.
const ROWS_MAX: usize = 40;
/// Columns of a table that are shown; an item with more attributes is whole in the reply.
const COLUMNS_MAX: usize = 8;

/// The names of the key's attributes of a table, or of one of its indexes, the partition key first.
pub(super) fn key<'a>(tables: &'a [Table], table: &str, index: Option<&str>) -> Vec<&'a str> {
    let Some(table) = tables.iter().find(|known| known.name() == table) else { return Vec::new() };
    index.map_or_else(|| table.key(), |index| table.index_key(index))
}

/// `board = "harbor", card = "1"`.
pub(super) fn told_key(key: &[&str], item: &Value) -> String {
    let parts: Vec<String> =
        key.iter().filter_map(|name| Some(format!("{name} = {}", quoted(item.get(*name)?)))).collect();
    parts.join(", ")
}

/// Items under a caption: their key's attributes first.
pub(super) fn table(caption: &str, key: &[&str], items: &[&Value]) -> String {
    let columns = columns(key, items);
    let rows: Vec<String> =
        items.iter().take(ROWS_MAX).map(|item| format!("<tr>{}</tr>", cells(&columns, item))).collect();
    framed(caption, &columns, "", &rows, items.len())
}

/// What a read has looked at, in its order, and what became of it.
pub(super) fn looked_at(key: &[&str], looked_at: &[Looked], filtered: bool) -> String {
    let head = if filtered {
        "<th scope=\"col\">bytes</th><th scope=\"col\">the filter</th>"
    } else {
        "<th scope=\"col\">bytes</th>"
    };
    let rows: Vec<String> = looked_at
        .iter()
        .take(ROWS_MAX)
        .map(|looked| {
            let passed = match (filtered, looked.returned) {
                (false, _) => "",
                (true, true) => "<td>let it through</td>",
                (true, false) => "<td>threw it away</td>",
            };
            let class = if looked.returned { "" } else { " class=\"console-discarded\"" };
            let cells = cells(key, &looked.stored.item);
            format!("<tr{class}>{cells}<td>{}</td>{passed}</tr>", bytes(looked.stored.bytes))
        })
        .collect();
    framed("In this order", key, head, &rows, looked_at.len())
}

/// An item before and after a write, attribute by attribute; those that are the same are only counted. Nothing where all
/// are.
pub(super) fn change(tables: &[Table], change: &Change) -> String {
    let (before, after) = (change.before.as_ref(), change.after.as_ref());
    let mut names: Vec<&str> = [before, after].into_iter().flatten().flat_map(names).collect();
    names.sort_unstable();
    names.dedup();
    let (same, other): (Vec<&str>, Vec<&str>) =
        names.into_iter().partition(|name| attribute(before, name) == attribute(after, name));
    if other.is_empty() {
        return String::new();
    }
    let side = |stored: Option<&Stored>, name: &str| match attribute(stored, name) {
        Some(value) => format!("<td>{}</td>", cell(value)),
        None => "<td class=\"console-none\">absent</td>".to_owned(),
    };
    let rows: Vec<String> = other
        .iter()
        .map(|name| format!("<tr><td>{}</td>{}{}</tr>", escape(name), side(before, name), side(after, name)))
        .collect();
    let more = match same.len() {
        0 => "",
        1 => "; one more attribute is as it was",
        more => &format!("; {more} more attributes are as they were"),
    };
    let caption = format!("{}{more}", told_key(&key(tables, &change.table, None), &change.key));
    framed(&caption, &["attribute", "before", "after"], "", &rows, rows.len())
}

fn names(stored: &Stored) -> impl Iterator<Item = &str> {
    stored.item.as_object().into_iter().flat_map(|item| item.keys().map(String::as_str))
}

fn attribute<'a>(stored: Option<&'a Stored>, name: &str) -> Option<&'a Value> {
    stored.and_then(|stored| stored.item.get(name))
}

/// What is in the tables, with a mark at the items that an operation has changed.
pub fn content(tables: &[Table], content: &[Content], changes: &[Change]) -> String {
    let news = changes.iter().any(|change| change.before != change.after);
    let shown = content.iter().map(|content| {
        let key = key(tables, &content.table, None);
        let items: Vec<&Value> = content.items.iter().map(|stored| &stored.item).collect();
        let columns = columns(&key, &items);
        let rows: Vec<String> = content
            .items
            .iter()
            .take(ROWS_MAX)
            .map(|stored| {
                let mark = mark(&content.table, &stored.item, changes);
                let class = if mark.is_some() { " class=\"console-changed\"" } else { "" };
                let last =
                    if news { format!("<td>{}</td>", mark.unwrap_or_default()) } else { String::new() };
                format!(
                    "<tr{class}>{}<td>{}</td>{last}</tr>",
                    cells(&columns, &stored.item),
                    bytes(stored.bytes)
                )
            })
            .collect();
        let count = if items.len() == 1 { "1 item".to_owned() } else { format!("{} items", items.len()) };
        let all: usize = content.items.iter().map(|stored| stored.bytes).sum();
        let caption =
            format!("Table {}: {count}, {} bytes, in the order of a scan", content.table, bytes(all));
        let last = if news { "<th scope=\"col\">last change</th>" } else { "" };
        framed(&caption, &columns, &format!("<th scope=\"col\">bytes</th>{last}"), &rows, items.len())
    });
    shown.collect()
}

/// What became of an item by these changes, in a word.
fn mark(table: &str, item: &Value, changes: &[Change]) -> Option<&'static str> {
    let about = |change: &&Change| {
        change.table == table
            && change.before != change.after
            && change
                .key
                .as_object()
                .is_some_and(|key| key.iter().all(|(name, value)| item.get(name) == Some(value)))
    };
    let change = changes.iter().find(about)?;
    Some(if change.before.is_none() { "new" } else { "changed" })
}

/// The key's attributes, and then the others by name.
fn columns<'a>(key: &[&'a str], items: &[&'a Value]) -> Vec<&'a str> {
    let is_there = |name: &&str| items.iter().any(|item| item.get(*name).is_some());
    let mut columns: Vec<&str> = key.iter().copied().filter(is_there).collect();
    let mut others: Vec<&str> = items
        .iter()
        .filter_map(|item| item.as_object())
        .flat_map(|item| item.keys().map(String::as_str))
        .filter(|name| !columns.contains(name))
        .collect();
    others.sort_unstable();
    others.dedup();
    columns.extend(others);
    columns.truncate(COLUMNS_MAX);
    columns
}

fn cells(columns: &[&str], item: &Value) -> String {
    let cell = |name: &&str| match item.get(*name) {
        Some(value) => format!("<td>{}</td>", cell(value)),
        None => "<td></td>".to_owned(),
    };
    columns.iter().map(cell).collect()
}

/// A value with its type. A key that is made of parts may be broken between them.
fn cell(value: &Value) -> String {
    let short = short(value);
    let parts: Vec<String> = short.split_inclusive('#').map(escape).collect();
    format!("{}&nbsp;<span class=\"console-type\">{}</span>", parts.join("<wbr>"), escape(kind(value)))
}

fn framed(caption: &str, columns: &[&str], more_columns: &str, rows: &[String], all: usize) -> String {
    let head: Vec<String> =
        columns.iter().map(|name| format!("<th scope=\"col\">{}</th>", escape(name))).collect();
    let more = if all > rows.len() { format!(", the first {} of {all}", rows.len()) } else { String::new() };
    format!(
        "<div class=\"table-wrapper\"><table><caption>{}{more}</caption><thead><tr>{}{more_columns}</tr></thead><tbody>{}</tbody></table></div>",
        escape(caption),
        head.concat(),
        rows.concat()
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_a_reader_typed_is_text_and_no_markup() {
        let item = json!({"board": {"S": "<img src=x>"}, "<b>": {"S": "&"}});
        let html = table("<i>", &["board"], &[&item]);
        assert!(!html.contains("<img") && !html.contains("<b>") && !html.contains("<i>"), "{html}");
        assert!(html.contains("&lt;img src=x&gt;"), "{html}");
    }

    #[test]
    fn the_key_comes_first_and_large_tables_are_cut() {
        let item = json!({"a": {"N": "1"}, "board": {"S": "x"}, "card": {"S": "y"}});
        assert_eq!(columns(&["board", "card"], &[&item]), ["board", "card", "a"]);
        let wide: Value = (0..20).map(|number| (format!("a{number:02}"), json!({"N": "1"}))).collect();
        assert_eq!(columns(&["board"], &[&wide]).len(), COLUMNS_MAX);
        let many: Vec<&Value> = vec![&item; ROWS_MAX + 1];
        let html = table("All", &[], &many);
        assert!(
            html.contains("the first 40 of 41") && html.matches("<tr>").count() == ROWS_MAX + 1,
            "{html}"
        );
    }

    #[test]
    fn an_item_is_marked_where_it_was_changed() {
        let stored = |views: &str| {
            Some(Stored { item: json!({"board": {"S": "x"}, "views": {"N": views}}), bytes: 9 })
        };
        let of =
            |before, after| Change { table: "t".into(), key: json!({"board": {"S": "x"}}), before, after };
        let item = stored("1").unwrap().item;
        assert_eq!(mark("t", &item, &[of(stored("0"), stored("1"))]), Some("changed"));
        assert_eq!(mark("t", &item, &[of(None, stored("1"))]), Some("new"));
        assert_eq!(mark("t", &item, &[of(stored("1"), stored("1"))]), None);
        assert_eq!(mark("u", &item, &[of(None, stored("1"))]), None);
    }
}
