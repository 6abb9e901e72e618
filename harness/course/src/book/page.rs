//! A page while its directives are resolved: what it uses, and what is wrong with it.

use std::collections::BTreeSet;

use super::html::escape;
use super::markdown;
use super::problem::{Place, Problem, Trouble, choices};
use super::sources::Sources;

/// An internal link, with the place that it was written at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LinkUse {
    pub(super) place: Place,
    /// The built page that the link is on.
    pub(super) page: String,
    /// As it was written.
    pub(super) target: String,
}

/// A page while its directives are resolved.
#[derive(Debug)]
pub(super) struct Page<'a> {
    pub(super) sources: &'a Sources,
    /// The source page, from `book/src`.
    pub(super) path: String,
    pub(super) problems: Vec<Problem>,
    /// Terms that the page links.
    pub(super) terms: BTreeSet<String>,
    pub(super) links: Vec<LinkUse>,
    /// Questions and predictions on the page.
    pub(super) questions: BTreeSet<String>,
}

impl<'a> Page<'a> {
    pub(super) fn new(sources: &'a Sources, path: &str) -> Self {
        Self {
            sources,
            path: path.to_owned(),
            problems: Vec::new(),
            terms: BTreeSet::new(),
            links: Vec::new(),
            questions: BTreeSet::new(),
        }
    }

    /// What leads from the built page to the book's root: `../` a level.
    pub(super) fn to_root(&self) -> String {
        "../".repeat(self.path.matches('/').count())
    }

    /// The built page.
    pub(super) fn built(&self) -> String {
        markdown::page_link(&self.path)
    }

    /// `text` as HTML blocks; its terms and links become the page's.
    pub(super) fn markdown(&mut self, text: &str, place: &Place) -> String {
        let (html, links) = markdown::render(text, &self.to_root());
        for term in links.terms {
            self.use_term(&term, place);
        }
        for target in links.targets {
            self.use_link(&target, place);
        }
        html
    }

    /// `text` as HTML, without its paragraph where it is a single one.
    pub(super) fn inline(&mut self, text: &str, place: &Place) -> String {
        markdown::inline(&self.markdown(text, place)).to_owned()
    }

    /// Notes that the page links a term, and that there is one.
    pub(super) fn use_term(&mut self, id: &str, place: &Place) {
        if self.sources.glossary.get(id).is_some() {
            self.terms.insert(id.to_owned());
        } else {
            let known = choices(id, self.sources.glossary.ids());
            let remedy = format!("define it in book/glossary.toml; {known}");
            self.problems.push(Problem::new(place.clone(), format!("the glossary has no term {id}"), remedy));
        }
    }

    /// Notes a link, to be checked in what was built.
    pub(super) fn use_link(&mut self, target: &str, place: &Place) {
        if !markdown::is_external(target) {
            self.links.push(LinkUse {
                place: place.clone(),
                page: self.built(),
                target: markdown::page_link(target),
            });
        }
    }

    /// Notes a question or prediction; one may be on one page, once, since its id is an element's.
    pub(super) fn use_question(&mut self, id: &str) -> Result<(), Trouble> {
        if self.questions.insert(id.to_owned()) {
            Ok(())
        } else {
            Err(Trouble::new(
                format!("{id} is on this page twice"),
                "take one away: its id is kept with the reader's answer",
            ))
        }
    }

    /// Notes a problem; what stands in the page in its place, where the page is shown all the same.
    pub(super) fn trouble(&mut self, trouble: Trouble, place: Place) -> String {
        let problem = trouble.at(place);
        let shown = format!(
            "<p class=\"course-problem\" role=\"alert\"><strong>Missing here:</strong> {} <small>({})</small></p>",
            escape(&problem.message),
            escape(&problem.remedy)
        );
        self.problems.push(problem);
        shown
    }
}
