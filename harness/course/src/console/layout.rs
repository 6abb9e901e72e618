//! JSON laid out for people: what fits on a line is on one.

use serde_json::Value;

/// Characters of a line, its indentation included.
const WIDTH: usize = 96;

/// `value` as text, without a line break at its end.
pub fn text(value: &Value) -> String {
    let mut text = String::new();
    lay_out(value, 0, 0, &mut text);
    text
}

/// Appends `value`, which begins at `column` of a line that is indented by `indent`.
fn lay_out(value: &Value, indent: usize, column: usize, text: &mut String) {
    let line = on_a_line(value);
    let (open, close, parts): (char, char, Vec<(String, &Value)>) = match value {
        Value::Object(members) => (
            '{',
            '}',
            members
                .iter()
                .map(|(name, value)| (format!("{}: ", Value::from(name.as_str())), value))
                .collect(),
        ),
        Value::Array(values) => ('[', ']', values.iter().map(|value| (String::new(), value)).collect()),
        _ => return text.push_str(&line),
    };
    // What has nothing to unfold in it would only become higher.
    if column + line.chars().count() <= WIDTH
        || !parts.iter().any(|(_, value)| value.is_object() || value.is_array())
    {
        return text.push_str(&line);
    }
    text.push(open);
    let inner = indent + 2;
    for (place, (name, value)) in parts.iter().enumerate() {
        text.push_str(if place == 0 { "\n" } else { ",\n" });
        text.push_str(&" ".repeat(inner));
        text.push_str(name);
        lay_out(value, inner, inner + name.chars().count(), text);
    }
    text.push('\n');
    text.push_str(&" ".repeat(indent));
    text.push(close);
}

fn on_a_line(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let members = members
                .iter()
                .map(|(name, value)| format!("{}: {}", Value::from(name.as_str()), on_a_line(value)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
        }
        Value::Array(values) => format!("[{}]", values.iter().map(on_a_line).collect::<Vec<_>>().join(", ")),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn what_fits_is_on_a_line_and_what_does_not_is_unfolded() {
        let value = json!({"Items": [{"a": {"S": "x".repeat(40)}, "b": {"S": "y".repeat(40)}}, {"a": {"N": "1"}}], "Count": 2});
        let expected = format!(
            "{{\n  \"Count\": 2,\n  \"Items\": [\n    {{\n      \"a\": {{\"S\": \"{}\"}},\n      \"b\": {{\"S\": \"{}\"}}\n    }},\n    \
             {{\"a\": {{\"N\": \"1\"}}}}\n  ]\n}}",
            "x".repeat(40),
            "y".repeat(40)
        );
        assert_eq!(text(&value), expected);
        let long = json!({"S": "z".repeat(200)});
        assert_eq!(text(&long).lines().count(), 1);
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            ".{0,30}".prop_map(Value::from)
        ];
        leaf.prop_recursive(4, 40, 5, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                proptest::collection::btree_map(".{0,9}", inner, 0..5)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_laid_out_says_the_same(value in any_json()) {
            prop_assert_eq!(serde_json::from_str::<Value>(&text(&value)).unwrap(), value);
        }
    }
}
