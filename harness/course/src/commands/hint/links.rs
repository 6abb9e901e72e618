//! A hint is Markdown for the page. In a terminal its links are their words, and where these lead is told below.

/// Where a link leads: its words and its file or address.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Link {
    pub(super) words: String,
    pub(super) to: String,
}

/// `markdown` with the words of its links in their places, and the links, each place once.
pub(super) fn told_apart(markdown: &str) -> (String, Vec<Link>) {
    let mut text = String::new();
    let mut links: Vec<Link> = Vec::new();
    let mut rest = markdown;
    while let Some(at) = rest.find(['[', '`']) {
        text.push_str(&rest[..at]);
        rest = &rest[at..];
        let skipped = match (code(rest), link(rest)) {
            // In code, brackets are brackets.
            (Some(end), _) => {
                text.push_str(&rest[..end]);
                end
            }
            (None, Some((words, target, end))) => {
                text.push_str(words);
                let to = place(target);
                if links.iter().all(|known| known.to != to) {
                    links.push(Link { words: words.to_owned(), to });
                }
                end
            }
            (None, None) => {
                text.push_str(&rest[..1]);
                1
            }
        };
        rest = &rest[skipped..];
    }
    text.push_str(rest);
    (text, links)
}

/// Where the code span at the start of `text` ends.
fn code(text: &str) -> Option<usize> {
    let marks = text.len() - text.trim_start_matches('`').len();
    if marks == 0 {
        return None;
    }
    text[marks..].find(&text[..marks]).map(|end| end + 2 * marks)
}

/// The words, the target and the end of the link at the start of `text`.
fn link(text: &str) -> Option<(&str, &str, usize)> {
    let words = text.strip_prefix('[')?;
    let (words, target) = words.split_once("](")?;
    let (target, _) = target.split_once(')')?;
    let is_one = !words.contains(['[', ']']) && !target.contains(char::is_whitespace);
    is_one.then_some((words, target, words.len() + target.len() + "[]()".len()))
}

/// A page of the book is told by its source: it is there without a browser.
pub(super) fn place(target: &str) -> String {
    if target.contains("://") {
        return target.to_owned();
    }
    match target.strip_prefix("term:") {
        Some(term) => format!("book/src/glossary.md#{term}"),
        None => format!("book/src/{}", target.replace(".html", ".md")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(markdown: &str) -> (String, Vec<(String, String)>) {
        let (text, links) = told_apart(markdown);
        (text, links.into_iter().map(|link| (link.words, link.to)).collect())
    }

    #[test]
    fn a_link_is_its_words_and_its_place_is_told_once() {
        let (text, links) =
            told("A [transaction](01-a.html#dynamodb) is: [all](01-a.html#dynamodb) or [x](https://a.b/c).");
        assert_eq!(text, "A transaction is: all or x.");
        let place = |words: &str, to: &str| (words.to_owned(), to.to_owned());
        assert_eq!(links, [place("transaction", "book/src/01-a.md#dynamodb"), place("x", "https://a.b/c")]);
        assert_eq!(told("[cold](term:cold-start)").1, [place("cold", "book/src/glossary.md#cold-start")]);
    }

    #[test]
    fn what_is_no_link_stays() {
        for text in
            ["", "`a[0](b)`", "``a ` [b](c)``", "an [index]", "[a] (b)", "`open [", "[a](b c)", "#[x](é"]
        {
            assert_eq!(told(text), (text.to_owned(), Vec::new()));
        }
    }
}
