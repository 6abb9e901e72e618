//! The tables of an observation, as two sides are compared: by their cells, not by the room that these take.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::ops::Range;

/// What stands before every line of a table, and between two cells.
const GAP: &str = "  ";

/// What a line of an observation is to the table around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In no table.
    Outside,
    /// One of the two first lines of the table whose columns' names are on this line.
    Head(usize),
    /// A row of that table.
    Row(usize),
}

/// For each line its place: a rule makes the line above it a head, and what is indented below it rows.
pub fn places(text: &str) -> Vec<Place> {
    let lines: Vec<&str> = text.lines().collect();
    let mut places = vec![Place::Outside; lines.len()];
    let mut head = None;
    for (index, &line) in lines.iter().enumerate() {
        if index > 0 && is_rule(line) {
            head = Some(index - 1);
            places[index - 1] = Place::Head(index - 1);
            places[index] = Place::Head(index - 1);
        } else if !line.starts_with(GAP) {
            head = None;
        } else if let Some(head) = head {
            places[index] = Place::Row(head);
        }
    }
    places
}

/// Both sides line by line, with the same widths in tables of the same columns: then rows of the same cells are the
/// same text. Every line stays on its own line; only the room between cells changes.
pub fn aligned(one: &str, other: &str) -> (String, String) {
    let (one, other) = (Sheet::read(one), Sheet::read(other));
    let mut widths = one.widths.clone();
    for (table, there) in &other.widths {
        let here = widths.entry(table.clone()).or_insert_with(|| there.clone());
        for (here, there) in here.iter_mut().zip(there) {
            *here = (*here).max(*there);
        }
    }
    (one.laid_out(&widths), other.laid_out(&widths))
}

/// The tables of a text have a name each: the line above, the columns, and how many such came before.
type Name<'a> = (&'a str, Vec<&'a str>, usize);
type Widths<'a> = BTreeMap<Name<'a>, Vec<usize>>;

struct Sheet<'a> {
    text: &'a str,
    lines: Vec<Line<'a>>,
    widths: Widths<'a>,
}

enum Line<'a> {
    Text(&'a str),
    Cells { table: Name<'a>, cells: Vec<&'a str> },
    Rule { table: Name<'a> },
}

impl<'a> Sheet<'a> {
    fn read(text: &'a str) -> Self {
        let raw: Vec<&str> = text.lines().collect();
        let mut widths = Widths::new();
        let mut current: Option<(Name<'a>, Vec<Range<usize>>)> = None;
        let places = places(text);
        let mut lines = Vec::new();
        for (index, (&line, place)) in raw.iter().zip(&places).enumerate() {
            let (Place::Head(head) | Place::Row(head)) = *place else {
                lines.push(Line::Text(line));
                continue;
            };
            if index == head {
                let columns = columns(raw[head + 1]);
                let names = cells(line, &columns);
                let title = head.checked_sub(1).map_or("", |title| raw[title]);
                let before =
                    widths.keys().filter(|(above, known, _)| *above == title && *known == names).count();
                let name = (title, names, before);
                widths.insert(name.clone(), columns.iter().map(ExactSizeIterator::len).collect());
                current = Some((name, columns));
            }
            lines.push(match &current {
                Some((name, _)) if index == head + 1 => Line::Rule { table: name.clone() },
                Some((name, columns)) => Line::Cells { table: name.clone(), cells: cells(line, columns) },
                None => Line::Text(line),
            });
        }
        Self { text, lines, widths }
    }

    fn laid_out(&self, widths: &Widths<'_>) -> String {
        let lines = self.lines.iter().map(|line| match line {
            Line::Text(line) => (*line).to_owned(),
            Line::Cells { table, cells } => row(cells.iter().copied(), &widths[table]),
            Line::Rule { table } => {
                let dashes: Vec<String> = widths[table].iter().map(|width| "-".repeat(*width)).collect();
                row(dashes.iter().map(String::as_str), &widths[table])
            }
        });
        let mut text = lines.collect::<Vec<_>>().join("\n");
        if self.text.ends_with('\n') {
            text.push('\n');
        }
        text
    }
}

fn row<'a>(cells: impl Iterator<Item = &'a str>, widths: &[usize]) -> String {
    let mut line = String::new();
    for (cell, width) in cells.zip(widths) {
        write!(line, "{GAP}{cell:<width$}").expect("a string takes every write");
    }
    line.trim_end().to_owned()
}

/// Where the columns are, in characters: a rule has a dash for each.
fn columns(rule: &str) -> Vec<Range<usize>> {
    let mut columns: Vec<Range<usize>> = Vec::new();
    for (at, _) in rule.chars().enumerate().filter(|(_, letter)| *letter == '-') {
        match columns.last_mut() {
            Some(last) if last.end == at => last.end += 1,
            _ => columns.push(at..at + 1),
        }
    }
    columns
}

fn cells<'a>(line: &'a str, columns: &[Range<usize>]) -> Vec<&'a str> {
    let starts: Vec<usize> = line.char_indices().map(|(at, _)| at).chain([line.len()]).collect();
    let byte = |character: usize| starts.get(character).copied().unwrap_or(line.len());
    let ends = columns.iter().skip(1).map(|next| byte(next.start)).chain([line.len()]);
    columns.iter().zip(ends).map(|(column, end)| line[byte(column.start)..end].trim_end()).collect()
}

fn is_rule(line: &str) -> bool {
    line.strip_prefix(GAP)
        .is_some_and(|rule| rule.starts_with('-') && rule.chars().all(|c| c == '-' || c == ' '))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "cards:\n  card  views\n  ----  -----\n  a     1\n  é     2\nsent: 3\n";
    const WIDER: &str =
        "cards:\n  card      views\n  --------  -----\n  a         1\n  a longer  2\nsent: 3\n";

    #[test]
    fn a_row_is_the_same_however_wide_its_column_is() {
        let (one, wider) = aligned(ONE, WIDER);
        assert_eq!(wider, WIDER);
        let differ: Vec<(&str, &str)> =
            one.lines().zip(wider.lines()).filter(|(one, wider)| one != wider).collect();
        assert_eq!(differ, [("  é         2", "  a longer  2")]);
    }

    #[test]
    fn a_text_without_tables_or_beside_itself_stays_as_it_is() {
        for text in ["", "a: 1\nb: 2", ONE, WIDER, "  - x\n  | a  b\n", "t:\n  a\n  -\n\nt:\n  a\n  -\n  é\n"]
        {
            assert_eq!(aligned(text, text), (text.to_owned(), text.to_owned()));
        }
    }

    #[test]
    fn tables_of_other_columns_keep_their_own_widths() {
        let other = "cards:\n  card      likes\n  --------  -----\n  a         1\n";
        assert_eq!(aligned(ONE, other), (ONE.to_owned(), other.to_owned()));
    }

    #[test]
    fn each_line_has_its_place() {
        use Place::{Head, Outside, Row};
        assert_eq!(places(ONE), [Outside, Head(1), Head(1), Row(1), Row(1), Outside]);
    }
}
