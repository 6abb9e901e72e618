//! The value of an attribute, short enough for a cell or a sentence.

use serde_json::Value;

/// Characters of a value that are shown.
const CHARS_MAX: usize = 60;

/// The type of a value in DynamoDB's own JSON: `S`, `N`, …; empty where it has none.
pub(super) fn kind(value: &Value) -> &str {
    value.as_object().and_then(|typed| typed.keys().next()).map_or("", String::as_str)
}

/// A value in DynamoDB's own JSON as a person writes it, cut where it is long.
pub(super) fn short(value: &Value) -> String {
    let text = whole(value, false);
    if text.chars().count() <= CHARS_MAX {
        return text;
    }
    let length = match value.get("S").and_then(Value::as_str) {
        Some(text) => format!(" ({} bytes)", text.len()),
        None => String::new(),
    };
    text.chars().take(CHARS_MAX - 1).chain(['…']).chain(length.chars()).collect()
}

/// The value as part of an expression: a text in quotes.
pub(super) fn quoted(value: &Value) -> String {
    let short = short(value);
    if kind(value) == "S" { format!("\"{short}\"") } else { short }
}

fn whole(value: &Value, inner: bool) -> String {
    let Some((kind, value)) = value.as_object().and_then(|typed| typed.iter().next()) else {
        return value.to_string();
    };
    let list = |values: &Value, open: char, close: char, each: &dyn Fn(&Value) -> String| {
        let values: Vec<String> = values.as_array().into_iter().flatten().map(each).collect();
        format!("{open}{}{close}", values.join(", "))
    };
    let bare = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match kind.as_str() {
        "S" if inner => value.to_string(),
        "S" | "N" | "B" => bare(value),
        "NULL" => "null".to_owned(),
        "SS" => list(value, '{', '}', &Value::to_string),
        "NS" | "BS" => list(value, '{', '}', &bare),
        "L" => list(value, '[', ']', &|value| whole(value, true)),
        "M" => {
            let members = value.as_object().into_iter().flatten();
            let members: Vec<String> =
                members.map(|(name, value)| format!("{name}: {}", whole(value, true))).collect();
            format!("{{{}}}", members.join(", "))
        }
        _ => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_type_is_written_as_a_person_would() {
        for (value, expected) in [
            (json!({"S": "harbor"}), "harbor"),
            (json!({"N": "12"}), "12"),
            (json!({"B": "AQI="}), "AQI="),
            (json!({"BOOL": false}), "false"),
            (json!({"NULL": true}), "null"),
            (json!({"SS": ["a", "b"]}), "{\"a\", \"b\"}"),
            (json!({"NS": ["1", "2"]}), "{1, 2}"),
            (json!({"L": [{"S": "x"}, {"N": "1"}]}), "[\"x\", 1]"),
            (json!({"M": {"city": {"S": "Cove"}}}), "{city: \"Cove\"}"),
            (json!("no value"), "\"no value\""),
        ] {
            assert_eq!(short(&value), expected);
        }
        assert_eq!((kind(&json!({"SS": []})), kind(&json!(7))), ("SS", ""));
        assert_eq!((quoted(&json!({"S": "a"})), quoted(&json!({"N": "1"}))), ("\"a\"".into(), "1".into()));
    }

    #[test]
    fn a_long_value_is_cut_and_says_how_long_it_is() {
        let cut = short(&json!({"S": "ü".repeat(100)}));
        assert_eq!(cut, format!("{}… (200 bytes)", "ü".repeat(CHARS_MAX - 1)));
    }
}
