//! `{{#sim NAME}}`: the place of a simulator, with a still figure for print and for readers without script.

use super::diagram::Drawing;
use super::html::{block, escape};
use super::page::Page;
use super::problem::Trouble;

/// The simulator's place: its title and text are the still's `title` and `desc`.
pub(super) fn render(page: &mut Page<'_>, name: &str, level: usize) -> Result<String, Trouble> {
    let folder = page.sources.book.join("simulators");
    let script = folder.join(format!("{name}.js"));
    if !script.is_file() {
        let message = format!("there is no simulator {name}: {} is missing", page.sources.shown(&script));
        return Err(Trouble::new(message, "write it, or name another one"));
    }
    let still = folder.join(format!("{name}.still.svg"));
    let drawing = Drawing::read(&still, &page.sources.shown(&still))?;
    Ok(block(&format!(
        "<section class=\"sim\" data-sim=\"{name}\">\n<h{level}>{title}</h{level}>\n\
         <div class=\"sim-still\">{svg}</div>\n<p class=\"sim-text\">{text}</p>\n</section>",
        name = escape(name),
        title = escape(&drawing.title),
        svg = drawing.html,
        text = escape(&drawing.description),
    )))
}
