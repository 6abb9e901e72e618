//! Markdown fragments (a question, a hint, a definition) as HTML, with the page's own options.

use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, TagEnd, html};

use super::html::{block, escape};

/// mdBook's own options, so that a fragment reads like the page around it.
pub(super) fn options() -> Options {
    Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_HEADING_ATTRIBUTES
        | Options::ENABLE_SMART_PUNCTUATION
        | Options::ENABLE_DEFINITION_LIST
        | Options::ENABLE_GFM
}

/// What a fragment links to.
#[derive(Debug, Default)]
pub(super) struct Links {
    /// Ids of terms.
    pub(super) terms: Vec<String>,
    /// Other targets, as they are written.
    pub(super) targets: Vec<String>,
}

/// `text` as HTML blocks, without a blank line, and what it links to. `root` leads to the book's root: `../` a level.
pub(super) fn render(text: &str, root: &str) -> (String, Links) {
    let mut links = Links::default();
    let mut open_terms = Vec::new();
    let events = Parser::new_ext(text, options()).map(|event| match event {
        Event::Start(Tag::Link { dest_url, link_type, title, id }) => {
            if let Some(term) = dest_url.strip_prefix("term:") {
                links.terms.push(term.to_owned());
                open_terms.push(true);
                return Event::InlineHtml(CowStr::from(term_start(term, root)));
            }
            links.targets.push(dest_url.to_string());
            open_terms.push(false);
            Event::Start(Tag::Link { dest_url: page_link(&dest_url).into(), link_type, title, id })
        }
        Event::End(TagEnd::Link) if open_terms.pop() == Some(true) => Event::InlineHtml("</a>".into()),
        event => event,
    });
    let mut out = String::new();
    html::push_html(&mut out, events);
    (block(&out), links)
}

/// A rendered fragment without its paragraph, where it is a single one.
pub(super) fn inline(html: &str) -> &str {
    html.strip_prefix("<p>")
        .and_then(|html| html.strip_suffix("</p>"))
        .filter(|inner| !inner.contains("<p>"))
        .unwrap_or(html)
}

/// The start tag of a linked term.
pub(super) fn term_start(term: &str, root: &str) -> String {
    let term = escape(term);
    format!("<a class=\"term\" href=\"{root}glossary.html#{term}\" data-term=\"{term}\">")
}

/// A link to a source page as a link to the built one.
pub(super) fn page_link(target: &str) -> String {
    if is_external(target) {
        return target.to_owned();
    }
    let (path, anchor) = target.split_once('#').map_or((target, None), |(path, anchor)| (path, Some(anchor)));
    let path = path.strip_suffix(".md").map_or_else(|| path.to_owned(), |path| format!("{path}.html"));
    anchor.map_or_else(|| path.clone(), |anchor| format!("{path}#{anchor}"))
}

/// Whether a target leads out of the book: it names a scheme.
pub(super) fn is_external(target: &str) -> bool {
    target.split_once(':').is_some_and(|(scheme, _)| {
        scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme.chars().all(|letter| letter.is_ascii_alphanumeric() || "+.-".contains(letter))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_term_becomes_a_link_into_the_glossary() {
        let (html, links) = render("A [*cold* start](term:cold-start), see [there](map.md#x).", "");
        assert_eq!(
            html,
            "<p>A <a class=\"term\" href=\"glossary.html#cold-start\" data-term=\"cold-start\"><em>cold</em> start</a>, \
             see <a href=\"map.html#x\">there</a>.</p>"
        );
        assert_eq!((links.terms, links.targets), (vec!["cold-start".into()], vec!["map.md#x".into()]));
    }

    #[test]
    fn one_paragraph_is_taken_out_of_its_tag() {
        assert_eq!(inline("<p>a</p>"), "a");
        assert_eq!(inline("<p>a</p>\n<p>b</p>"), "<p>a</p>\n<p>b</p>");
    }

    #[test]
    fn only_a_scheme_leads_out_of_the_book() {
        assert!(is_external("https://example.org"));
        assert!(!is_external("map.md#a:b"));
    }
}
