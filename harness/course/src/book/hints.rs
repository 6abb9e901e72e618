//! `{{#hints N.K}}`: four hints to a step, each inside the one before: nudge, concept, outline, and the worked diff.

use std::path::Path;

use super::html::{block, code_block, escape};
use super::page::Page;
use super::problem::{Place, Trouble};
use crate::diff::unified;

/// What the levels are called. The fourth says that it gives the answer away.
const SUMMARIES: [&str; 4] =
    ["Hint 1: a nudge", "Hint 2: the idea", "Hint 3: an outline", "Hint 4: show the solution, as a diff"];

/// The hints, nested, so that each is opened on purpose.
pub(super) fn render(page: &mut Page<'_>, name: &str) -> Result<String, Trouble> {
    let sources = page.sources;
    let (exercise, _, step) = sources.step(name)?;
    let place = Place::file(format!("{}/exercise.toml", sources.shown(&exercise.folder)));
    let solution = sources.root.join("solutions").join(exercise.slug());
    // The reader may have edited what is in `exercise.folder`.
    let starter = crate::starter::folder(exercise);
    let mut diffs = Vec::new();
    for file in &step.files {
        let (from, to) = (read(page, &starter, file)?, read(page, &solution, file)?);
        let diff = unified(file, &from, &to);
        diffs.push(if diff.is_empty() {
            format!("<p>Nothing is left to change in <code>{}</code>.</p>", escape(file))
        } else {
            code_block("diff", &diff)
        });
    }
    let mut html = details(4, &diffs.join("\n"));
    for (index, hint) in step.hints.iter().enumerate().rev() {
        html = details(index + 1, &format!("{}\n{html}", page.markdown(hint, &place)));
    }
    Ok(block(&html))
}

fn details(level: usize, content: &str) -> String {
    let class = if level == SUMMARIES.len() { "hint hint-reveal" } else { "hint" };
    format!(
        "<details class=\"{class}\" data-level=\"{level}\"><summary>{}</summary>\n{content}\n</details>",
        SUMMARIES[level - 1]
    )
}

/// A step's file in a package, without the marks by which pages include it.
fn read(page: &Page<'_>, folder: &Path, file: &str) -> Result<String, Trouble> {
    let path = folder.join(file);
    std::fs::read_to_string(&path).map(|text| without_anchors(&text)).map_err(|error| {
        let message = format!("{}: {error}", page.sources.shown(&path));
        Trouble::new(message, "a step's files are in the starter and in the solution alike")
    })
}

/// Code without the marks by which pages include it.
fn without_anchors(code: &str) -> String {
    code.split_inclusive('\n').filter(|line| !line.contains("// ANCHOR")).collect()
}
