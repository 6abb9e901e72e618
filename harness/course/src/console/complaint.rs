//! What is wrong with a line, and what to do about it.

use crate::book::problem::choices;

/// What is wrong with a line that was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub remedy: String,
    /// The place in what was typed, where there is one: the text, and below it a caret.
    pub place: Option<String>,
}

/// Characters of a text that are shown on either side of a place in it.
const AROUND: usize = 28;

impl Complaint {
    /// A complaint without a place.
    pub fn new(message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { message: message.into(), remedy: remedy.into(), place: None }
    }

    /// Of a name that is none; the remedy lists those that are, the closest first.
    pub fn unknown<'a>(message: impl Into<String>, name: &str, known: impl Iterator<Item = &'a str>) -> Self {
        Self::new(message, choices(name, known))
    }

    /// Of an option's value that is no JSON.
    pub fn no_json(option: &str, value: &str, error: &serde_json::Error) -> Self {
        let reason = error.to_string();
        let reason = reason.split(" at line ").next().unwrap_or_default();
        let remedy = if value.starts_with("file://") || value.starts_with("fileb://") {
            "No file is read here: type the JSON itself, in single quotes."
        } else if value.contains(['“', '”', '‘', '’']) {
            "The quotes are typographic ones, as text editors make them. JSON has \" and nothing else."
        } else if value.contains('=') && !value.starts_with(['{', '[']) {
            "The AWS CLI's shorthand is not read here. Write JSON, in single quotes: '{\"board\": {\"S\": \"harbor\"}}'."
        } else if value.contains(['{', '[']) && !value.contains('"') {
            "Put the JSON into single quotes. Without them its double quotes are taken for the line's own."
        } else {
            "JSON stands in single quotes, and every value says its type: '{\"board\": {\"S\": \"harbor\"}}'."
        };
        Self {
            message: format!("{option} is no JSON: {reason}."),
            remedy: remedy.into(),
            place: Some(place(value, error.line(), error.column())),
        }
    }
}

/// The text around a place, on one line, and a caret below it. Lines and columns are counted from 1, columns in bytes.
fn place(text: &str, line: usize, column: usize) -> String {
    let shown = text.lines().nth(line.saturating_sub(1)).unwrap_or_default();
    let before = shown.floor_char_boundary(column.saturating_sub(1));
    let (left, right) = shown.split_at(before);
    let skipped = left.chars().count().saturating_sub(AROUND);
    let left: String = left.chars().skip(skipped).collect();
    let right: String = right.chars().take(AROUND).collect();
    let (begin, end) =
        (if skipped > 0 { "…" } else { "" }, if right.chars().count() == AROUND { "…" } else { "" });
    let indent = " ".repeat(begin.chars().count() + left.chars().count());
    format!("{begin}{left}{right}{end}\n{indent}^").replace('\t', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(value: &str) -> Complaint {
        let error = serde_json::from_str::<serde_json::Value>(value).unwrap_err();
        Complaint::no_json("--key", value, &error)
    }

    #[test]
    fn bad_json_says_where() {
        let told = of(r#"{"board" {"S": "harbor"}}"#);
        assert_eq!(told.message, "--key is no JSON: expected `:`.");
        assert_eq!(told.place.unwrap(), "{\"board\" {\"S\": \"harbor\"}}\n         ^");
        let long =
            format!(r#"{{"a": {{"S": "{}"}}, "b" 1, "c": {{"S": "{}"}}}}"#, "x".repeat(90), "y".repeat(90));
        let (shown, caret) =
            of(&long).place.unwrap().split_once('\n').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
        assert!(shown.starts_with('…') && shown.ends_with('…') && shown.chars().count() < 64, "{shown}");
        assert_eq!(shown.chars().nth(caret.chars().count() - 1), Some('1'), "{shown}\n{caret}");
    }

    #[test]
    fn each_usual_slip_has_its_own_remedy() {
        for (value, expected) in [
            ("{board:{S:harbor}}", "single quotes"),
            ("board={S=harbor}", "shorthand"),
            ("board=harbor", "shorthand"),
            ("file://key.json", "No file is read"),
            ("{“board”: 1}", "typographic"),
            ("{\"board\": }", "says its type"),
        ] {
            assert!(of(value).remedy.contains(expected), "{value}: {}", of(value).remedy);
        }
    }
}
