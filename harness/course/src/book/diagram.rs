//! `{{#diagram NAME}}`: a drawing from `book/diagrams/NAME.svg`, inline, so that it takes the theme's colors.

use std::path::Path;

use super::html::{block, escape};
use super::page::Page;
use super::problem::Trouble;

/// A drawing: one SVG element, or a wide and a tall one, each with `title` and `desc`.
#[derive(Debug)]
pub(super) struct Drawing {
    /// The text of the first `title`.
    pub(super) title: String,
    /// The text of the first `desc`.
    pub(super) description: String,
    /// The elements, each with a role and a name.
    pub(super) html: String,
}

impl Drawing {
    pub(super) fn read(path: &Path, shown: &str) -> Result<Self, Trouble> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| Trouble::new(format!("{shown}: {error}"), "draw it, or name another one"))?;
        let refuse = |message: &str, remedy: &str| Err(Trouble::new(format!("{shown}: {message}"), remedy));
        let Some(start) = text.find("<svg") else {
            return refuse("it has no svg element", "it is inlined as it is: begin with <svg");
        };
        let (Some(title), Some(description)) = (element(&text, "title"), element(&text, "desc")) else {
            return refuse("it has no title or no desc", "a reader who can't see it is told these two");
        };
        if text.contains("<script") || text.contains("<foreignObject") || text.contains(" onload=") {
            return refuse("it holds a script", "a diagram is a drawing");
        }
        let html = without_comments(&text[start..]);
        let html =
            if html.contains("role=\"img\"") { html } else { html.replace("<svg ", "<svg role=\"img\" ") };
        Ok(Self { title, description, html: block(&html) })
    }
}

/// The drawing on the page, with a caption and its text.
pub(super) fn render(page: &mut Page<'_>, name: &str) -> Result<String, Trouble> {
    let path = page.sources.book.join("diagrams").join(format!("{name}.svg"));
    let drawing = Drawing::read(&path, &page.sources.shown(&path))?;
    Ok(block(&format!(
        "<figure class=\"diagram\" data-diagram=\"{name}\">\n{svg}\n<figcaption>{title}</figcaption>\n\
         <details class=\"diagram-text\"><summary>The diagram in words</summary>\n<p>{text}</p>\n</details>\n</figure>",
        name = escape(name),
        svg = drawing.html,
        title = escape(&drawing.title),
        text = escape(&drawing.description),
    )))
}

/// The text of the first element with this name, its entities resolved, its white space collapsed.
fn element(svg: &str, name: &str) -> Option<String> {
    let open = svg.find(&format!("<{name}>")).or_else(|| svg.find(&format!("<{name} ")))?;
    let start = open + svg[open..].find('>')? + 1;
    let end = start + svg[start..].find(&format!("</{name}>"))?;
    let text = svg[start..end].split_whitespace().collect::<Vec<_>>().join(" ");
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&");
    (!text.is_empty()).then_some(text)
}

fn without_comments(svg: &str) -> String {
    let mut kept = String::new();
    let mut rest = svg;
    while let Some(start) = rest.find("<!--") {
        kept.push_str(&rest[..start]);
        rest = rest[start..].find("-->").map_or("", |end| &rest[start + end + "-->".len()..]);
    }
    kept + rest
}
