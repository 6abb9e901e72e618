//! What is wrong in a page, with its place and remedy.

use std::fmt;

/// Where something stands: a file as its author knows it, from the course's root, and a line from 1.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// From the course's root, with forward slashes.
    pub file: String,
    /// From 1; `None` where only the file is known.
    pub line: Option<usize>,
}

impl Place {
    /// A line of a file.
    pub fn line(file: impl Into<String>, line: usize) -> Self {
        Self { file: file.into(), line: Some(line) }
    }

    /// A file.
    pub fn file(file: impl Into<String>) -> Self {
        Self { file: file.into(), line: None }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(out, "{}:{line}", self.file),
            None => write!(out, "{}", self.file),
        }
    }
}

/// Something wrong in a page.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// Where.
    pub place: Place,
    /// What.
    pub message: String,
    /// What to do about it.
    pub remedy: String,
}

impl Problem {
    /// A problem at `place`.
    pub fn new(place: Place, message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { place, message: message.into(), remedy: remedy.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {} ({})", self.place, self.message, self.remedy)
    }
}

/// Every problem of a build: what mdBook gets as the preprocessor's error.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
pub struct Problems(pub Vec<Problem>);

/// What a directive could not do; the page adds the place.
#[derive(Debug)]
pub(super) struct Trouble {
    pub(super) message: String,
    pub(super) remedy: String,
}

impl Trouble {
    pub(super) fn new(message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { message: message.into(), remedy: remedy.into() }
    }

    pub(super) fn at(self, place: Place) -> Problem {
        Problem::new(place, self.message, self.remedy)
    }
}

/// "a, b or c", for a remedy; the closest to `wanted` first, at most five. A name that goes on behind `wanted` is close.
pub(crate) fn choices<'a>(wanted: &str, known: impl Iterator<Item = &'a str>) -> String {
    const MOST: usize = 5;
    let mut known: Vec<&str> = known.collect();
    let goes_on = |name: &str| !wanted.is_empty() && name.starts_with(wanted);
    known.sort_by_key(|name| (!goes_on(name), distance(wanted, name), *name));
    known.truncate(MOST);
    if known.is_empty() { "there is none".into() } else { format!("there is {}", known.join(", ")) }
}

/// Levenshtein's distance, for names of a few letters.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (index, letter) in one.chars().enumerate() {
        let mut corner = row[0];
        row[0] = index + 1;
        for (column, candidate) in other.iter().enumerate() {
            let replaced = corner + usize::from(letter != *candidate);
            corner = row[column + 1];
            row[column + 1] = replaced.min(corner + 1).min(row[column] + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closest_name_comes_first() {
        assert_eq!(choices("cold-strat", ["event", "cold-start"].into_iter()), "there is cold-start, event");
        assert_eq!(
            choices("filter", ["limit", "filter-expression"].into_iter()),
            "there is filter-expression, limit"
        );
        assert_eq!(choices("x", [].into_iter()), "there is none");
    }

    #[test]
    fn a_place_is_written_as_editors_read_it() {
        assert_eq!(Place::line("book/src/map.md", 7).to_string(), "book/src/map.md:7");
    }
}
