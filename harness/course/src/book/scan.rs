//! What stands where in a page: directives, terms, links and headings, found by the parser and not by guessing.

use std::ops::Range;

use pulldown_cmark::{Event, HeadingLevel, Parser, Tag, TagEnd};

use super::markdown;

/// The directives that are this course's own.
pub(super) const OURS: [&str; 9] =
    ["quiz", "predict", "try", "console", "sim", "diagram", "step", "hints", "glossary"];

/// A directive, alone on its line.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Directive {
    /// The line, without its end.
    pub(super) range: Range<usize>,
    pub(super) name: String,
    pub(super) argument: String,
}

/// A link to a term: `[text](term:id)`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Term {
    pub(super) range: Range<usize>,
    /// The link's text.
    pub(super) inner: Range<usize>,
    pub(super) id: String,
}

/// What stands where.
#[derive(Debug, Default)]
pub(super) struct Scan {
    pub(super) directives: Vec<Directive>,
    /// Offsets of directives that stand in a line with something else.
    pub(super) strays: Vec<(usize, String)>,
    pub(super) terms: Vec<Term>,
    /// Offset and target of every other link and image.
    pub(super) links: Vec<(usize, String)>,
    /// Offset and level of every heading.
    headings: Vec<(usize, usize)>,
}

impl Scan {
    /// Reads `text`.
    pub(super) fn of(text: &str) -> Self {
        let mut scan = Self::default();
        let code = scan.read_markdown(text);
        scan.read_directives(text, &code);
        scan.set_torn_aside();
        scan
    }

    /// A directive on a line within a term's text would be resolved twice.
    fn set_torn_aside(&mut self) {
        let terms = &self.terms;
        let torn = |directive: &Directive| {
            let is_in = |term: &Term| {
                term.range.start < directive.range.end && directive.range.start < term.range.end
            };
            terms.iter().any(is_in)
        };
        let (torn, whole): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.directives).into_iter().partition(torn);
        self.directives = whole;
        self.strays.extend(torn.into_iter().map(|directive| (directive.range.start, directive.name)));
    }

    /// The level that a heading at `offset` has under the heading before it.
    pub(super) fn level_below(&self, offset: usize) -> usize {
        let above = self.headings.iter().take_while(|(at, _)| *at < offset).last();
        above.map_or(2, |(_, level)| (level + 1).min(6))
    }

    /// Returns the ranges of code, where nothing is a directive.
    fn read_markdown(&mut self, text: &str) -> Vec<Range<usize>> {
        let mut code = Vec::new();
        let mut open: Vec<(Range<usize>, String, Option<Range<usize>>)> = Vec::new();
        for (event, range) in Parser::new_ext(text, markdown::options()).into_offset_iter() {
            let is_link = matches!(event, Event::Start(Tag::Link { .. }) | Event::End(TagEnd::Link));
            if let (false, Some((_, _, inner))) = (is_link, open.last_mut()) {
                let start = inner.as_ref().map_or(range.start, |inner| inner.start.min(range.start));
                let end = inner.as_ref().map_or(range.end, |inner| inner.end.max(range.end));
                *inner = Some(start..end);
            }
            match event {
                Event::Start(Tag::CodeBlock(_)) | Event::Code(_) => code.push(range),
                Event::Start(Tag::Heading { level, .. }) => self.headings.push((range.start, number(level))),
                Event::Start(Tag::Image { dest_url, .. }) => {
                    self.links.push((range.start, dest_url.to_string()));
                }
                Event::Start(Tag::Link { dest_url, .. }) => open.push((range, dest_url.to_string(), None)),
                Event::End(TagEnd::Link) => {
                    let (range, target, inner) = open.pop().expect("an end follows its start");
                    match target.strip_prefix("term:") {
                        Some(id) => {
                            let inner = inner.unwrap_or(range.end..range.end);
                            self.terms.push(Term { range, inner, id: id.to_owned() });
                        }
                        None => self.links.push((range.start, target)),
                    }
                }
                _ => {}
            }
        }
        code
    }

    fn read_directives(&mut self, text: &str, code: &[Range<usize>]) {
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            let offset = start;
            start += line.len();
            let content = line.trim_end_matches(['\n', '\r']);
            for (at, _) in content.match_indices("{{#") {
                let escaped = content[..at].ends_with('\\');
                if escaped || code.iter().any(|code| code.contains(&(offset + at))) {
                    continue;
                }
                let Some((name, argument, end)) = directive(&content[at..]) else { continue };
                if !OURS.contains(&name) {
                    continue;
                }
                if content[..at].trim().is_empty() && content[at + end..].trim().is_empty() {
                    let range = offset..offset + content.len();
                    self.directives.push(Directive {
                        range,
                        name: name.to_owned(),
                        argument: argument.to_owned(),
                    });
                } else {
                    self.strays.push((offset + at, name.to_owned()));
                }
            }
        }
    }
}

/// Reads `{{#name argument}}` at the start of `text`: name, argument, and where it ends.
pub(super) fn directive(text: &str) -> Option<(&str, &str, usize)> {
    let inner = text.strip_prefix("{{#")?;
    let close = inner.find("}}")?;
    let inner = inner[..close].trim();
    let (name, argument) = inner.split_once(char::is_whitespace).unwrap_or((inner, ""));
    Some((name, argument.trim(), close + "{{#".len() + "}}".len()))
}

fn number(level: HeadingLevel) -> usize {
    match level {
        HeadingLevel::H1 => 1,
        HeadingLevel::H2 => 2,
        HeadingLevel::H3 => 3,
        HeadingLevel::H4 => 4,
        HeadingLevel::H5 => 5,
        HeadingLevel::H6 => 6,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directive_in_code_or_escaped_is_none() {
        let scan = Scan::of("{{#quiz a}}\n\n```\n{{#quiz b}}\n```\n\n`{{#quiz c}}`\n\n\\{{#quiz d}}\n");
        assert_eq!(scan.directives.len(), 1);
        assert_eq!((scan.directives[0].argument.as_str(), scan.directives[0].range.clone()), ("a", 0..11));
        assert!(scan.strays.is_empty());
    }

    #[test]
    fn a_directive_beside_text_is_a_stray() {
        let scan = Scan::of("See {{#quiz a}}.\n");
        assert_eq!(scan.strays, [(4, "quiz".to_owned())]);
    }

    #[test]
    fn a_directive_within_a_terms_text_is_a_stray() {
        let scan = Scan::of("A [cold\n{{#quiz a}}\nstart](term:cold-start) costs.\n");
        assert_eq!((scan.terms.len(), scan.directives.len()), (1, 0));
        assert_eq!(scan.strays, [(8, "quiz".to_owned())]);
    }

    #[test]
    fn a_terms_text_keeps_its_markup() {
        let text = "A [`cold` *start*](term:cold-start) costs [more][ref].\n\n[ref]: map.md\n";
        let scan = Scan::of(text);
        assert_eq!(&text[scan.terms[0].inner.clone()], "`cold` *start*");
        assert_eq!(&text[scan.terms[0].range.clone()], "[`cold` *start*](term:cold-start)");
        assert_eq!(scan.links, [(42, "map.md".to_owned())]);
    }

    #[test]
    fn a_heading_in_a_directive_is_a_level_below_the_one_above() {
        let text = "# One\n\n## Two\n\n{{#try a}}\n";
        let scan = Scan::of(text);
        assert_eq!(scan.level_below(scan.directives[0].range.start), 3);
        assert_eq!(Scan::of("{{#try a}}").level_below(0), 2);
    }
}
