//! Every internal link and anchor, checked in what was built: only there is it known what a heading's anchor is.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::markdown::is_external;
use super::page::LinkUse;
use super::problem::{Place, Problem, choices};

/// Pages that repeat what others say: their anchors are renamed, their links are the others'.
const REPEATING: [&str; 3] = ["print.html", "toc.html", "404.html"];

/// A built page: what can be linked in it, and what it links.
#[derive(Debug, Default)]
struct Built {
    ids: BTreeSet<String>,
    twice: Vec<String>,
    links: Vec<String>,
}

/// Checks the links that were written, and then those that were built, in `folder`.
pub(super) fn check(folder: &Path, written: &[LinkUse]) -> std::io::Result<Vec<Problem>> {
    let (pages, files) = read(folder)?;
    let mut problems = Vec::new();
    let mut told = BTreeSet::new();
    for link in written {
        if let Err((message, remedy)) = look_up(&link.page, &link.target, &pages, &files) {
            told.insert((link.page.clone(), link.target.clone()));
            problems.push(Problem::new(link.place.clone(), message, remedy));
        }
    }
    for (path, page) in &pages {
        let place = || Place::file(format!("{path} (built)"));
        for id in &page.twice {
            let remedy = "give one of the two another id";
            problems.push(Problem::new(place(), format!("two elements have the id {id}"), remedy));
        }
        if REPEATING.contains(&path.as_str()) || path == "index.html" {
            continue;
        }
        for link in page.links.iter().filter(|link| !told.contains(&(path.clone(), (*link).clone()))) {
            if let Err((message, remedy)) = look_up(path, link, &pages, &files) {
                problems.push(Problem::new(place(), message, remedy));
            }
        }
    }
    Ok(problems)
}

fn look_up(
    page: &str,
    target: &str,
    pages: &BTreeMap<String, Built>,
    files: &BTreeSet<String>,
) -> Result<(), (String, String)> {
    if is_external(target) || target.starts_with("//") {
        return Ok(());
    }
    let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
    let path = path.split('?').next().unwrap_or_default();
    let path = if path.is_empty() { page.to_owned() } else { resolve(page, path) };
    if !files.contains(&path) {
        let known = choices(&path, pages.keys().map(String::as_str));
        return Err((format!("the link {target} leads to no page"), known));
    }
    match pages.get(&path) {
        Some(linked) if !anchor.is_empty() && !linked.ids.contains(anchor) => {
            let known = choices(anchor, linked.ids.iter().map(String::as_str));
            Err((format!("{path} has no anchor #{anchor}"), known))
        }
        _ => Ok(()),
    }
}

/// `path`, as a link on `page`, from the book's root.
fn resolve(page: &str, path: &str) -> String {
    let mut parts: Vec<&str> = if path.starts_with('/') { Vec::new() } else { page.split('/').collect() };
    parts.pop();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    let resolved = parts.join("/");
    if path.ends_with('/') || resolved.is_empty() {
        format!("{resolved}/index.html").trim_start_matches('/').to_owned()
    } else {
        resolved
    }
}

fn read(folder: &Path) -> std::io::Result<(BTreeMap<String, Built>, BTreeSet<String>)> {
    let mut pages = BTreeMap::new();
    let mut files = BTreeSet::new();
    super::site::visit(folder, "", &mut |path, file| {
        if super::site::is_page(path) {
            pages.insert(path.to_owned(), parse(&std::fs::read_to_string(file)?));
        }
        files.insert(path.to_owned());
        Ok(())
    })?;
    Ok((pages, files))
}

/// Reads the tags of a page. mdBook writes them well-formed, which spares a parser.
fn parse(html: &str) -> Built {
    let mut built = Built::default();
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        rest = &rest[start..];
        if let Some(comment) = rest.strip_prefix("<!--") {
            rest = comment.find("-->").map_or("", |end| &comment[end..]);
            continue;
        }
        let (tag, after) = tag(rest);
        rest = after;
        let name: String = tag.chars().skip(1).take_while(char::is_ascii_alphanumeric).collect();
        if name.is_empty() {
            continue;
        }
        if let Some(id) = attribute(tag, "id")
            && !built.ids.insert(id.clone())
        {
            built.twice.push(id);
        }
        let linked = match name.as_str() {
            "a" => attribute(tag, "href"),
            "img" => attribute(tag, "src"),
            _ => None,
        };
        built.links.extend(linked);
        if matches!(name.as_str(), "script" | "style") {
            rest = rest.find(&format!("</{name}")).map_or("", |end| &rest[end..]);
        }
    }
    built
}

/// The tag at the start of `html`, and what follows it.
fn tag(html: &str) -> (&str, &str) {
    let mut quote = None;
    for (index, letter) in html.char_indices() {
        match (quote, letter) {
            (None, '"' | '\'') if index > 0 => quote = Some(letter),
            (Some(open), letter) if open == letter => quote = None,
            (None, '>') => return html.split_at(index + 1),
            _ => {}
        }
    }
    (html, "")
}

/// The value of an attribute in a tag; it is preceded by white space and double-quoted, or it is not one.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let key = format!("{name}=\"");
    let start = tag
        .match_indices(&key)
        .find(|(at, _)| tag[..*at].ends_with(char::is_whitespace))
        .map(|(at, _)| at + key.len())?;
    let value = &tag[start..start + tag[start..].find('"')?];
    Some(value.replace("&amp;", "&").replace("&#39;", "'").replace("&quot;", "\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_ends_outside_its_quotes() {
        let built = parse(
            "<p id=\"a\" title=\"x > y\"><a href='no' href=\"b.html#c\">id=\"z\"</a><script>'<p id=\"q\">'</script>",
        );
        assert_eq!(built.ids.into_iter().collect::<Vec<_>>(), ["a"]);
        assert_eq!(built.links, ["b.html#c"]);
    }

    #[test]
    fn a_link_is_resolved_from_its_page() {
        assert_eq!(resolve("a/b.html", "../c.html"), "c.html");
        assert_eq!(resolve("a/b.html", "c/"), "a/c/index.html");
        assert_eq!(resolve("b.html", "./c.html"), "c.html");
    }
}
