//! Step 6. Which of a bucket's notifications a trigger asks for.

use serde_json::Value;

/// The records of a notification that a trigger asks for, in their order and as they came. They are the list `Records` of
/// the document.
///
/// - `events` has names such as `ObjectCreated:Put`, or `ObjectCreated:*` for every name that begins so; a record's
///   name is its `eventName`.
/// - A record's key is `s3.object.key`, encoded as in a form: `+` for a space, `%C3%A9` for `é`. `prefix` and
///   `suffix` are those of the decoded key.
///
/// A record without a name or a key is not asked for.
pub fn wanted(notification: &Value, events: &[String], prefix: &str, suffix: &str) -> Vec<Value> {
    let records = notification["Records"].as_array().map(Vec::as_slice).unwrap_or_default();
    let wanted = |record: &&Value| {
        let (Some(name), Some(key)) = (record["eventName"].as_str(), record["s3"]["object"]["key"].as_str())
        else {
            return false;
        };
        let key = decode(key);
        let named = events.iter().any(|event| match event.strip_suffix('*') {
            Some(beginning) => name.starts_with(beginning),
            None => name == event,
        });
        named && key.starts_with(prefix) && key.ends_with(suffix)
    };
    records.iter().filter(wanted).cloned().collect()
}

/// Undoes form encoding.
pub fn decode(text: &str) -> String {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let digits = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        // Rust reads `+f` as a number; an escape has two digits.
        let digits = digits.filter(|digits| byte == b'%' && !digits.starts_with('+'));
        let escaped = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        decoded.push(match byte {
            b'+' => b' ',
            byte => escaped.unwrap_or(byte),
        });
        rest = if escaped.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn keys(records: &[(&str, &str)], events: &[&str], prefix: &str, suffix: &str) -> Vec<String> {
        let records: Vec<Value> = records
            .iter()
            .map(|(name, key)| json!({ "eventName": name, "s3": { "object": { "key": key } } }))
            .collect();
        let events: Vec<String> = events.iter().map(|&event| event.to_owned()).collect();
        wanted(&json!({ "Records": records }), &events, prefix, suffix)
            .iter()
            .map(|record| record["s3"]["object"]["key"].as_str().unwrap().to_owned())
            .collect()
    }

    #[test]
    fn names_match_whole_or_by_their_beginning() {
        let records =
            [("ObjectCreated:Put", "a"), ("ObjectCreated:Copy", "b"), ("ObjectRemoved:Delete", "c")];
        assert_eq!(keys(&records, &["ObjectCreated:*"], "", ""), ["a", "b"]);
        assert_eq!(keys(&records, &["ObjectCreated:Put", "ObjectRemoved:Delete"], "", ""), ["a", "c"]);
        assert_eq!(keys(&records, &["ObjectCreated"], "", ""), Vec::<String>::new());
    }

    #[test]
    fn prefix_and_suffix_are_those_of_the_decoded_key() {
        let records = [("ObjectCreated:Put", "from+caf%C3%A9/1.jpg"), ("ObjectCreated:Put", "cafe/1.jpg")];
        assert_eq!(keys(&records, &["ObjectCreated:*"], "from café/", ".jpg"), ["from+caf%C3%A9/1.jpg"]);
    }

    #[test]
    fn a_document_of_another_form_asks_for_nothing() {
        let events = ["*".to_owned()];
        for document in [json!({}), json!([]), json!({ "Records": {} }), json!({ "Records": [{}] })] {
            assert_eq!(wanted(&document, &events, "", ""), Vec::<Value>::new());
        }
        assert_eq!(decode("100%"), "100%");
        assert_eq!(decode("%2"), "%2");
    }
}
