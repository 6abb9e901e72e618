//! `[cold start](term:cold-start)`: a linked term, and the data of the terms that a page uses.

use serde_json::{Map, Value, json};

use super::html::escape;
use super::markdown;
use super::page::Page;
use super::problem::{Place, Trouble};
use super::scan::{Scan, Term};

/// Replaces a linked term by an element around its text, which stays Markdown.
pub(super) fn render(page: &mut Page<'_>, term: &Term, text: &str, place: &Place) -> String {
    let inner = &text[term.inner.clone()];
    if inner.trim().is_empty() {
        let trouble = Trouble::new(
            format!("a link to the term {} has no text", term.id),
            "write the word that is linked",
        );
        return page.trouble(trouble, place.clone());
    }
    page.use_term(&term.id, place);
    format!("{}{inner}</a>", markdown::term_start(&term.id, &page.to_root()))
}

/// Markdown with its linked terms replaced, for text that goes into a page as Markdown.
pub(super) fn replace(page: &mut Page<'_>, text: &str, place: &Place) -> String {
    let scan = Scan::of(text);
    for (_, target) in &scan.links {
        page.use_link(target, place);
    }
    let mut replaced = String::new();
    let mut end = 0;
    for term in &scan.terms {
        replaced.push_str(&text[end..term.range.start]);
        replaced.push_str(&render(page, term, text, place));
        end = term.range.end;
    }
    replaced + &text[end..]
}

/// The element at a page's end that holds the definitions of its terms, and the aliases of all.
pub(super) fn data(page: &mut Page<'_>) -> String {
    let mut terms = Map::new();
    for id in page.terms.clone() {
        let Some(term) = page.sources.glossary.get(&id) else { continue };
        let (html, _) = markdown::render(&term.text, &page.to_root());
        terms.insert(id, json!({ "name": term.name, "html": html }));
    }
    let aliases: Map<String, Value> = page
        .sources
        .glossary
        .terms()
        .flat_map(|term| term.aliases.iter().map(|alias| (alias.clone(), Value::from(term.name.clone()))))
        .collect();
    let first_names = match &page.sources.first_names {
        names if names.is_empty() => String::new(),
        names => format!(" data-first-names=\"{}\"", escape(&json!(names).to_string())),
    };
    format!(
        "<template class=\"course-data\" data-terms=\"{}\" data-aliases=\"{}\"{first_names}>\n</template>",
        escape(&Value::from(terms).to_string()),
        escape(&Value::from(aliases).to_string())
    )
}
