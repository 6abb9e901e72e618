//! `{{#try ID}}`: a registered run, with its code and its recorded output.

use super::html::{block, code_block, escape};
use super::page::Page;
use super::problem::Trouble;
use super::{include, origin};

/// The region of an example that the page shows.
const SHOWN: &str = "book";

/// The run on the page: title, code, recording.
pub(super) fn render(page: &mut Page<'_>, id: &str, level: usize) -> Result<String, Trouble> {
    let sources = page.sources;
    let (exercise, run) = sources.run(id)?;
    let recording = sources.recording(exercise, run)?;
    let path = sources
        .root
        .join("solutions")
        .join(exercise.slug())
        .join("examples")
        .join(format!("{}.rs", run.example));
    let code = include::region(&path, &sources.shown(&path), SHOWN)?;
    let origin = include::lines_of(&path, SHOWN)
        .map(|lines| origin::caption(sources.repository.as_deref(), &sources.shown(&path), &lines))
        .unwrap_or_default();
    Ok(block(&format!(
        "<section class=\"try\" data-try=\"{id}\">\n\
         <header><h{level}>{title}</h{level}></header>\n<p class=\"try-about\">{about}</p>\n\
         <div class=\"try-code\">{code}{origin}</div>\n\
         <div class=\"try-output\"><p>Recorded output</p>\n{recording}</div>\n</section>",
        id = escape(id),
        title = escape(&run.title),
        about = escape(&run.about),
        code = code_block("rust", &dedent(&code)),
        recording = code_block("text", &recording),
    )))
}

/// `code` without the indentation that all its lines share.
pub(super) fn dedent(code: &str) -> String {
    let indent = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let shared = code.lines().filter(|line| !line.trim().is_empty()).map(indent).min().unwrap_or(0);
    code.lines().map(|line| line.get(shared..).unwrap_or("")).collect::<Vec<_>>().join("\n")
}
