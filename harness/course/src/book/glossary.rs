//! `{{#glossary}}`: every term of `book/glossary.toml`, a heading each, so that search finds it.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::page::Page;
use super::problem::{Place, Problem, Trouble};
use super::sources::line_of;
use super::term;

/// `book/glossary.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GlossaryFile {
    #[serde(default, rename = "term")]
    terms: Vec<RawTerm>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTerm {
    id: Spanned<String>,
    name: String,
    #[serde(default)]
    aliases: Vec<String>,
    definition: String,
    chapter: String,
}

/// A term.
#[derive(Debug)]
pub(super) struct Definition {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) aliases: Vec<String>,
    /// Markdown, a sentence or two.
    pub(super) text: String,
    /// The source page that explains it.
    chapter: String,
    place: Place,
}

/// Every term of the book, by id.
#[derive(Debug, Default)]
pub(super) struct Glossary {
    terms: BTreeMap<String, Definition>,
}

impl Glossary {
    pub(super) fn new(
        file: GlossaryFile,
        text: &str,
        shown: &str,
        titles: &BTreeMap<String, String>,
        problems: &mut Vec<Problem>,
    ) -> Self {
        let mut glossary = Self::default();
        let mut names: BTreeMap<String, String> = BTreeMap::new();
        for raw in file.terms {
            let place = Place::line(shown, line_of(text, raw.id.span().start));
            let id = raw.id.into_inner();
            let mut refuse =
                |message: String, remedy: &str| problems.push(Problem::new(place.clone(), message, remedy));
            if !id
                .chars()
                .all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-')
            {
                refuse(
                    format!("{id} is no id"),
                    "small letters, digits and hyphens: it is an anchor of the page",
                );
            }
            if raw.definition.trim().is_empty() {
                refuse(format!("{id} is not defined"), "write its `definition`");
            }
            if !titles.contains_key(&raw.chapter) {
                refuse(
                    format!("{id}: there is no page {}", raw.chapter),
                    "`chapter` is a page of SUMMARY.md",
                );
            }
            for name in raw.aliases.iter().chain([&raw.name]) {
                if let Some(other) = names.insert(name.to_lowercase(), id.clone()) {
                    refuse(
                        format!("{id}: `{name}` is a name of {other} already"),
                        "search leads a name to one term",
                    );
                }
            }
            if glossary.terms.contains_key(&id) {
                refuse(format!("{id} is defined twice"), "join the two");
                continue;
            }
            glossary.terms.insert(
                id.clone(),
                Definition {
                    id,
                    name: raw.name,
                    aliases: raw.aliases,
                    text: raw.definition,
                    chapter: raw.chapter,
                    place,
                },
            );
        }
        glossary
    }

    pub(super) fn get(&self, id: &str) -> Option<&Definition> {
        self.terms.get(id)
    }

    pub(super) fn ids(&self) -> impl Iterator<Item = &str> {
        self.terms.keys().map(String::as_str)
    }

    pub(super) fn terms(&self) -> impl Iterator<Item = &Definition> {
        self.terms.values()
    }
}

/// The list of all terms, as Markdown: real headings, which mdBook links and its search splits at.
pub(super) fn render(page: &mut Page<'_>, argument: &str) -> Result<String, Trouble> {
    if !argument.is_empty() {
        return Err(Trouble::new(
            format!("glossary takes nothing, and was given {argument}"),
            "write {{#glossary}}",
        ));
    }
    let sources = page.sources;
    let mut terms: Vec<&Definition> = sources.glossary.terms().collect();
    terms.sort_by_key(|term| term.name.to_lowercase());
    let mut text = String::new();
    for entry in terms {
        let definition = term::replace(page, entry.text.trim(), &entry.place);
        text.extend(["### ", &entry.name, " {#", &entry.id, "}\n\n", &definition, "\n\n"]);
        if !entry.aliases.is_empty() {
            text.extend(["Also: ", &entry.aliases.join(", "), "\n\n"]);
        }
        let title = sources.titles.get(&entry.chapter).map_or(entry.chapter.as_str(), String::as_str);
        page.use_link(&entry.chapter, &entry.place);
        text.extend(["Chapter: [", title, "](", &page.to_root(), &entry.chapter, ")\n\n"]);
    }
    Ok(text)
}
