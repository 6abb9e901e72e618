//! `{{#include FILE:ANCHOR}}`: mdBook's own, checked before mdBook resolves it, because mdBook prints nothing where an
//! anchor is missing, and exits 0.

use std::path::Path;

use super::page::Page;
use super::problem::{Place, Trouble, choices};
use super::scan;

/// The directives of mdBook that read a file, and may name a part of it.
const READING: [&str; 2] = ["include", "rustdoc_include"];
/// The directives of mdBook that need no check.
const OTHERS: [&str; 3] = ["playground", "playpen", "title"];

/// Checks every include of a page, in code too: that is where they stand.
pub(super) fn check(page: &mut Page<'_>, text: &str, shown: &str) {
    for (index, line) in text.lines().enumerate() {
        let place = Place::line(shown, index + 1);
        for (at, _) in line.match_indices("{{#") {
            if line[..at].ends_with('\\') {
                continue;
            }
            let Some((name, argument, _)) = scan::directive(&line[at..]) else { continue };
            let checked = if READING.contains(&name) {
                check_one(page, argument)
            } else if scan::OURS.contains(&name) || OTHERS.contains(&name) || line.contains('`') {
                Ok(())
            } else {
                let known = choices(name, scan::OURS.into_iter().chain(READING).chain(OTHERS));
                Err(Trouble::new(format!("there is no directive {name}"), known))
            };
            if let Err(trouble) = checked {
                page.problems.push(trouble.at(place.clone()));
            }
        }
    }
}

fn check_one(page: &Page<'_>, argument: &str) -> Result<(), Trouble> {
    let argument = argument.split_whitespace().next().unwrap_or_default();
    let (file, part) = argument.split_once(':').unwrap_or((argument, ""));
    let source = page.sources.book.join("src").join(&page.path);
    let path = source.parent().expect("a page is in a folder").join(file);
    let shown = page.sources.shown(&normal(&path));
    let first = part.split(':').next().unwrap_or_default();
    if first.is_empty() || first.parse::<usize>().is_ok() {
        return lines(&path, &shown, part);
    }
    region(&path, &shown, first).map(|_| ())
}

/// The numbers of the lines that a region of a file has, without those of its anchors at both ends.
pub(super) fn lines_of(path: &Path, region: &str) -> Option<std::ops::Range<usize>> {
    let text = std::fs::read_to_string(path).ok()?;
    let numbered = || text.lines().enumerate().map(|(index, line)| (index + 1, line));
    let (first, _) = numbered().find(|(_, line)| mark(line, "ANCHOR:") == Some(region))?;
    let (end, _) = numbered().find(|(_, line)| mark(line, "ANCHOR_END:") == Some(region))?;
    (end > first + 1).then_some(first + 1..end)
}

/// Checks a range of lines: `10`, `10:20`, `:20`, `10:`, or nothing.
fn lines(path: &Path, shown: &str, part: &str) -> Result<(), Trouble> {
    let text = read(path, shown)?;
    let last = part.split(':').filter_map(|number| number.parse::<usize>().ok()).max();
    let count = text.lines().count();
    match last {
        Some(last) if last > count => {
            Err(Trouble::new(format!("{shown} has {count} lines, not {last}"), "name a region: lines move"))
        }
        _ => Ok(()),
    }
}

/// The lines between `ANCHOR: name` and `ANCHOR_END: name`, without the lines of other anchors.
pub(super) fn region(path: &Path, shown: &str, name: &str) -> Result<String, Trouble> {
    let text = read(path, shown)?;
    let mut kept: Option<Vec<&str>> = None;
    for line in text.lines() {
        match (mark(line, "ANCHOR_END:"), mark(line, "ANCHOR:"), &mut kept) {
            (Some(end), _, Some(kept)) if end == name => {
                return if kept.iter().all(|line| line.trim().is_empty()) {
                    Err(Trouble::new(
                        format!("the region {name} of {shown} is empty"),
                        "put code between its anchors",
                    ))
                } else {
                    Ok(kept.join("\n"))
                };
            }
            (None, Some(start), None) if start == name => kept = Some(Vec::new()),
            (None, None, Some(kept)) => kept.push(line),
            _ => {}
        }
    }
    if kept.is_some() {
        let message = format!("the region {name} of {shown} has no end");
        return Err(Trouble::new(message, format!("write `// ANCHOR_END: {name}` after it")));
    }
    let known = choices(name, text.lines().filter_map(|line| mark(line, "ANCHOR:")));
    let remedy = format!("write `// ANCHOR: {name}` and `// ANCHOR_END: {name}` around it; {known}");
    Err(Trouble::new(format!("{shown} has no region {name}"), remedy))
}

fn read(path: &Path, shown: &str) -> Result<String, Trouble> {
    std::fs::read_to_string(path).map_err(|error| {
        Trouble::new(format!("{shown}: {error}"), "the path starts at the page's own folder")
    })
}

/// The name after `word` in a line, as mdBook reads it.
fn mark<'a>(line: &'a str, word: &str) -> Option<&'a str> {
    let rest = line[line.find(word)? + word.len()..].trim_start();
    let end = rest.find(|letter: char| !(letter.is_alphanumeric() || letter == '_' || letter == '-'));
    let name = &rest[..end.unwrap_or(rest.len())];
    (!name.is_empty()).then_some(name)
}

/// A path without `.` and `..`, for showing.
pub(super) fn normal(path: &Path) -> std::path::PathBuf {
    let mut normal = std::path::PathBuf::new();
    for part in path.components() {
        match part {
            std::path::Component::ParentDir => {
                normal.pop();
            }
            std::path::Component::CurDir => {}
            part => normal.push(part),
        }
    }
    normal
}
