//! What a page was called first. What a reader's browser keeps for a page is kept by that name, and so survives when an
//! author gives it another. `[output.html.redirect]` of `book.toml` says which page was which: without it old links would
//! break, so an author who renames a page has it there.

use std::collections::BTreeMap;

/// For each page that was renamed, by its file without the extension: the name before all.
pub(super) fn all(html: &toml::Table) -> BTreeMap<String, String> {
    let redirects = html.get("redirect").and_then(toml::Value::as_table);
    let moved: BTreeMap<String, String> = redirects
        .into_iter()
        .flatten()
        .filter_map(|(old, new)| Some((stem(new.as_str()?)?, stem(old)?)))
        .collect();
    let first = |name: &String| {
        let mut name = name;
        // A name that comes back would go round for ever.
        for _ in 0..moved.len() {
            let Some(earlier) = moved.get(name) else { break };
            name = earlier;
        }
        name.clone()
    };
    moved.keys().map(|name| (name.clone(), first(name))).collect()
}

/// `b` of `/a/b.html`; nothing of what leads into a page or elsewhere.
fn stem(path: &str) -> Option<String> {
    let file = path.rsplit('/').next()?.strip_suffix(".html")?;
    (!path.contains("://")).then(|| file.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(redirects: &str) -> Vec<(String, String)> {
        all(&format!("[redirect]\n{redirects}").parse().unwrap()).into_iter().collect()
    }

    #[test]
    fn a_page_is_known_by_the_name_before_all() {
        let twice = "\"/one.html\" = \"two.html\"\n\"/two.html\" = \"/three.html\"";
        let pair = |new: &str| (new.to_owned(), "one".to_owned());
        assert_eq!(names(twice), [pair("three"), pair("two")]);
    }

    #[test]
    fn what_leads_elsewhere_is_no_name() {
        assert!(names("\"/one.html\" = \"https://a.example/two.html\"").is_empty());
        assert!(names("\"/one.html\" = \"two.html#part\"").is_empty());
        assert!(all(&toml::Table::new()).is_empty());
    }

    #[test]
    fn names_that_go_round_end_somewhere() {
        assert_eq!(names("\"/a.html\" = \"b.html\"\n\"/b.html\" = \"a.html\"").len(), 2);
    }
}
