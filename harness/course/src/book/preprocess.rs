//! The preprocessor `course`: resolves this course's directives in every page, before mdBook's own.
//!
//! It runs inside `cargo course`, and as a program of mdBook's protocol (`course preprocess`) for `mdbook build book`.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use lab_manifest::workspace;
use mdbook_preprocessor::book::Book;
use mdbook_preprocessor::errors::{Error, Result};
use mdbook_preprocessor::{Preprocessor, PreprocessorContext};

use super::page::{LinkUse, Page};
use super::problem::{Place, Problem, Problems, Trouble};
use super::scan::{Directive, Scan};
use super::sources::{Sources, line_of};
use super::{
    console, diagram, glossary, hints, include, origin, predict, quiz, simulator, step, term, try_run,
};

/// The preprocessor's name in `book.toml`.
pub const NAME: &str = "course";

/// What a run found, beside the pages.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) problems: Vec<Problem>,
    pub(super) links: Vec<LinkUse>,
}

/// The preprocessor.
#[derive(Debug, Default)]
pub struct Directives {
    /// Where problems are collected; without it the first page with one fails the build.
    found: Option<Arc<Mutex<Found>>>,
}

impl Directives {
    /// One that puts its problems into the page and into `found`, and goes on.
    pub(super) fn collecting(found: Arc<Mutex<Found>>) -> Self {
        Self { found: Some(found) }
    }
}

impl Preprocessor for Directives {
    fn name(&self) -> &str {
        NAME
    }

    fn run(&self, context: &PreprocessorContext, mut book: Book) -> Result<Book> {
        let found = resolve(&context.root, &mut book);
        match &self.found {
            Some(collected) => *collected.lock().unwrap_or_else(PoisonError::into_inner) = found,
            None if found.problems.is_empty() => {}
            None => return Err(Error::new(Problems(found.problems))),
        }
        Ok(book)
    }

    fn supports_renderer(&self, renderer: &str) -> Result<bool> {
        Ok(renderer == "html")
    }
}

/// Resolves the directives of every page of `book`, whose folder is `folder`.
fn resolve(folder: &Path, book: &mut Book) -> Found {
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    let root =
        workspace::root(&folder).unwrap_or_else(|| folder.parent().map_or_else(PathBuf::new, Path::to_owned));
    let titles: BTreeMap<String, String> = book
        .chapters()
        .filter_map(|chapter| Some((shown(chapter.path.as_ref()?), chapter.name.clone())))
        .collect();
    let (sources, problems) = Sources::read(&root, &folder, titles);
    let mut found = Found { problems, links: Vec::new() };
    let mut asked = BTreeSet::new();
    book.for_each_chapter_mut(|chapter| {
        let Some(path) = chapter.path.as_ref().map(shown) else { return };
        let (content, page) = resolve_page(&sources, &path, &chapter.content);
        chapter.content = content;
        found.problems.extend(page.problems);
        found.links.extend(page.links);
        asked.extend(page.questions);
    });
    for (id, place) in sources.quizzes.all().filter(|(id, _)| !asked.contains(*id)) {
        let remedy = format!("put {{{{#quiz {id}}}}} or {{{{#predict {id}}}}} into a page, or take it away");
        found.problems.push(Problem::new(place.clone(), format!("{id} is on no page"), remedy));
    }
    found.problems.sort();
    found
}

fn resolve_page<'a>(sources: &'a Sources, path: &str, text: &str) -> (String, Page<'a>) {
    let shown = sources.shown(&sources.book.join("src").join(path));
    let mut page = Page::new(sources, path);
    let place = |offset: usize| Place::line(shown.clone(), line_of(text, offset));
    let scan = Scan::of(text);
    include::check(&mut page, text, &shown);
    for (offset, target) in &scan.links {
        page.use_link(target, &place(*offset));
    }
    for (offset, name) in &scan.strays {
        let trouble =
            Trouble::new(format!("{{{{#{name}}}}} is not alone on its line"), "give it a line of its own");
        page.trouble(trouble, place(*offset));
    }
    let mut edits: Vec<(Range<usize>, String)> = Vec::new();
    for found in &scan.directives {
        let html = resolve_directive(&mut page, found, scan.level_below(found.range.start))
            .unwrap_or_else(|trouble| page.trouble(trouble, place(found.range.start)));
        edits.push((found.range.clone(), format!("\n{html}\n")));
    }
    for linked in &scan.terms {
        let html = term::render(&mut page, linked, text, &place(linked.range.start));
        edits.push((linked.range.clone(), html));
    }
    edits.extend(origin::captions(&page, text));
    let content = apply(text, edits);
    let data = term::data(&mut page);
    (format!("{}\n\n{data}\n", content.trim_end()), page)
}

fn resolve_directive(
    page: &mut Page<'_>,
    directive: &Directive,
    level: usize,
) -> std::result::Result<String, Trouble> {
    let argument = directive.argument.as_str();
    if argument.is_empty() && directive.name != "glossary" {
        return Err(Trouble::new(format!("{} names nothing", directive.name), "write {{#NAME ID}}"));
    }
    match directive.name.as_str() {
        "quiz" => quiz::render(page, argument),
        "predict" => predict::render(page, argument),
        "try" => try_run::render(page, argument, level),
        "console" => console::render(page, argument, level),
        "sim" => simulator::render(page, argument, level),
        "diagram" => diagram::render(page, argument),
        "step" => step::render(page, argument, level),
        "hints" => hints::render(page, argument),
        "glossary" => glossary::render(page, argument),
        name => unreachable!("{name} is scanned for and not resolved"),
    }
}

fn apply(text: &str, mut edits: Vec<(Range<usize>, String)>) -> String {
    edits.sort_by_key(|(range, _)| range.start);
    let mut applied = String::with_capacity(text.len());
    let mut end = 0;
    for (range, new) in edits {
        applied.push_str(&text[end..range.start]);
        applied.push_str(&new);
        end = range.end;
    }
    applied + &text[end..]
}

/// A page's path with forward slashes.
fn shown(path: impl AsRef<Path>) -> String {
    path.as_ref().to_string_lossy().replace('\\', "/")
}
