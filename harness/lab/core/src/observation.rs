//! What a test reports: short text, one fact a line, the same from run to run.

use std::fmt::{Display, Write as _};

use serde::Serialize;
use serde_json::Value;

use crate::Item;

/// A line that is longer than this is laid out over several.
const WIDTH: usize = 78;

/// What a test has observed, in the order in which it says so.
#[derive(Clone, Debug, Default)]
pub struct Observation {
    text: String,
}

/// The proof that a test has observed. [`crate::Lab::observe`] is the only way to one.
#[derive(Clone, Debug)]
pub struct Observed {
    pub(crate) text: String,
}

impl Observation {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// A fact: `label: value`. A value of several lines is laid out as [`Observation::text`].
    #[must_use]
    pub fn fact(mut self, label: &str, value: impl Display) -> Self {
        let value = value.to_string();
        if value.contains('\n') {
            return self.text(label, value);
        }
        self.line(&format!("{label}: {value}"));
        self
    }

    /// A value as JSON with sorted keys: on one line where it is short.
    #[must_use]
    pub fn json(mut self, label: &str, value: &impl Serialize) -> Self {
        let value =
            serde_json::to_value(value).unwrap_or_else(|error| Value::String(format!("not JSON: {error}")));
        let short = format!("{label}: {}", compact(&value));
        if short.chars().count() <= WIDTH {
            self.line(&short);
        } else {
            self.line(&format!("{label}:"));
            for line in pretty(&value).lines() {
                self.line(&format!("  {line}"));
            }
        }
        self
    }

    /// Rows under their columns' names, in the order given. Sort them where the order is no promise.
    #[must_use]
    pub fn table<R, C>(mut self, title: &str, columns: &[&str], rows: R) -> Self
    where
        R: IntoIterator,
        R::Item: IntoIterator<Item = C>,
        C: Display,
    {
        let rows: Vec<Vec<String>> = rows
            .into_iter()
            .map(|row| row.into_iter().map(|cell| one_line(&cell.to_string())).collect())
            .collect();
        let columns: Vec<String> = columns.iter().map(|&column| column.to_owned()).collect();
        self.grid(title, &columns, &rows);
        self
    }

    /// Items as a table: a column for each attribute that any of them has, by name; texts in quotes.
    #[must_use]
    pub fn items<'a>(mut self, title: &str, items: impl IntoIterator<Item = &'a Item>) -> Self {
        let items: Vec<&Item> = items.into_iter().collect();
        let mut columns: Vec<String> =
            items.iter().flat_map(|item| item.names()).map(str::to_owned).collect();
        columns.sort();
        columns.dedup();
        let mut rows: Vec<Vec<String>> =
            items.iter().map(|item| columns.iter().map(|column| item.cell(column)).collect()).collect();
        rows.sort();
        self.grid(title, &columns, &rows);
        self
    }

    /// A text of several lines, each with a bar in front.
    #[must_use]
    pub fn text(mut self, title: &str, text: impl Display) -> Self {
        self.line(&format!("{title}:"));
        let text = text.to_string();
        if text.is_empty() {
            self.line("  (empty)");
        }
        for line in text.lines() {
            self.line(format!("  | {line}").trim_end());
        }
        self
    }

    /// The observation as it is compared.
    pub(crate) fn into_text(self) -> String {
        self.text
    }

    fn grid(&mut self, title: &str, columns: &[String], rows: &[Vec<String>]) {
        self.line(&format!("{title}:"));
        if rows.is_empty() {
            self.line("  (none)");
            return;
        }
        let width = |column: usize| {
            std::iter::once(&columns[column])
                .chain(rows.iter().filter_map(|row| row.get(column)))
                .map(|cell| cell.chars().count())
                .max()
                .unwrap_or_default()
        };
        let widths: Vec<usize> = (0..columns.len()).map(width).collect();
        let rule: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
        for row in [columns, &rule].into_iter().chain(rows.iter().map(Vec::as_slice)) {
            let mut line = String::from(" ");
            for (cell, width) in row.iter().zip(&widths) {
                write!(line, " {cell:<width$} ").expect("a string takes every write");
            }
            self.line(line.trim_end());
        }
    }

    fn line(&mut self, line: &str) {
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }
}

/// Line breaks would tear a row of a table.
fn one_line(cell: &str) -> String {
    cell.replace('\r', "\\r").replace('\n', "\\n")
}

/// JSON on one line with sorted keys.
pub(crate) fn compact(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by_key(|(name, _)| *name);
            let members: Vec<String> = members
                .into_iter()
                .map(|(name, value)| format!("{}:{}", Value::String(name.clone()), compact(value)))
                .collect();
            format!("{{{}}}", members.join(","))
        }
        Value::Array(values) => format!("[{}]", values.iter().map(compact).collect::<Vec<_>>().join(",")),
        other => other.to_string(),
    }
}

/// JSON over several lines with sorted keys; what fits a line stays on one.
fn pretty(value: &Value) -> String {
    let short = compact(value);
    if short.chars().count() + 8 <= WIDTH {
        return short;
    }
    let indent = |text: &str| format!("  {}\n", text.replace('\n', "\n  "));
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by_key(|(name, _)| *name);
            let body: String = members
                .into_iter()
                .map(|(name, value)| indent(&format!("{}: {}", Value::String(name.clone()), pretty(value))))
                .collect();
            format!("{{\n{body}}}")
        }
        Value::Array(values) => {
            let body: String = values.iter().map(|value| indent(&pretty(value))).collect();
            format!("[\n{body}]")
        }
        _ => short,
    }
}
