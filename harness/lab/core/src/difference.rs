//! What differs between two observations: the lines, a few around them, and the head of a table whose rows are shown.

use lab_manifest::table::{self, Place};
use similar::{ChangeTag, TextDiff};

/// Equal lines shown around one that differs.
const CONTEXT: usize = 2;

/// Longer differences are cut: nobody reads them.
const MAX_LINES: usize = 60;

/// In the place of lines that are left out.
const CUT: &str = "    …";

/// The lines that differ with a few around them, each ended by a line break. What is left out has its `…`.
pub(crate) fn difference(expected: &str, yours: &str, color: bool) -> String {
    let (expected, yours) = table::aligned(expected, yours);
    let diff = TextDiff::from_lines(&expected, &yours);
    let (old, new) = (Side::of(&expected), Side::of(&yours));
    let mut lines = Vec::new();
    let mut end = 0;
    for group in diff.grouped_ops(CONTEXT) {
        let (Some(first), Some(last)) = (group.first(), group.last()) else { continue };
        if first.old_range().start > end {
            lines.push(CUT.to_owned());
        }
        end = last.old_range().end;
        let mut shown = None;
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let (side, at) = match (change.old_index(), change.new_index()) {
                (Some(at), _) => (&old, at),
                (None, Some(at)) => (&new, at),
                (None, None) => continue,
            };
            match side.places.get(at) {
                Some(Place::Row(head)) if shown != Some(side.lines[*head]) => {
                    shown = Some(side.lines[*head]);
                    lines.extend([0, 1].map(|line| format!("    {}", side.lines[head + line])));
                }
                // In the diff the heads of both sides may follow each other.
                Some(Place::Head(head)) => {
                    if shown.is_none() && at > *head {
                        lines.push(format!("    {}", side.lines[*head]));
                    }
                    shown = Some(side.lines[*head]);
                }
                Some(Place::Row(_)) | None => {}
                Some(Place::Outside) => shown = None,
            }
            lines.push(painted(change.tag(), change.value(), color));
        }
    }
    if end < old.lines.len() {
        lines.push(CUT.to_owned());
    }
    let more = lines.len().saturating_sub(MAX_LINES);
    lines.truncate(MAX_LINES);
    if more > 0 {
        lines.push(format!("{CUT} and {more} lines more"));
    }
    lines.join("\n") + "\n"
}

fn painted(tag: ChangeTag, line: &str, color: bool) -> String {
    let (sign, paint) = match tag {
        ChangeTag::Delete => ('-', "\u{1b}[31m"),
        ChangeTag::Insert => ('+', "\u{1b}[32m"),
        ChangeTag::Equal => (' ', ""),
    };
    let line = format!("  {sign} {line}");
    let line = line.trim_end();
    if color && !paint.is_empty() { format!("{paint}{line}\u{1b}[0m") } else { line.to_owned() }
}

/// One of two observations.
struct Side<'a> {
    lines: Vec<&'a str>,
    places: Vec<Place>,
}

impl<'a> Side<'a> {
    fn of(text: &'a str) -> Self {
        Self { lines: text.lines().collect(), places: table::places(text) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_lines_far_from_a_difference_are_left_out() {
        let lines = |changed: &str| {
            (0..20)
                .map(|line| if line == 10 { format!("{changed}\n") } else { format!("line {line}\n") })
                .collect::<String>()
        };
        assert_eq!(
            difference(&lines("a"), &lines("b"), false),
            "    …\n    line 8\n    line 9\n  - a\n  + b\n    line 11\n    line 12\n    …\n"
        );
    }

    #[test]
    fn a_flood_is_cut() {
        let yours: String = (0..500).fold(String::new(), |text, line| text + &line.to_string() + "\n");
        let text = difference("", &yours, false);
        assert_eq!(text.lines().count(), MAX_LINES + 1);
        assert!(text.ends_with("… and 440 lines more\n"), "{text}");
    }

    fn table(seventh: &str, after: &str) -> String {
        let row = |row| format!("  card-{row}  {}", if row == 6 { seventh } else { "1" });
        let rows: Vec<String> = (0..8).map(row).collect();
        format!("cards:\n  card    views\n  ------  -----\n{}\n{after}\n", rows.join("\n"))
    }

    #[test]
    fn a_row_is_shown_below_the_head_of_its_table() {
        assert_eq!(
            difference(&table("1", "environments: 1"), &table("2", "environments: 1"), false),
            "    …\n      card    views\n      ------  -----\n      card-4  1\n      card-5  1\n  -   card-6  1\n  +   card-6  2\n      \
             card-7  1\n    environments: 1\n"
        );
    }

    #[test]
    fn a_head_that_is_shown_anyway_is_shown_once() {
        let expected = "cards:\n  card  views\n  ----  -----\n  a     1\n";
        let text = difference(expected, &expected.replace("1\n", "2\n"), false);
        assert_eq!(text.matches("views").count(), 1, "{text}");
    }

    #[test]
    fn a_column_that_widens_changes_no_other_row() {
        let expected = "cards:\n  card  views\n  ----  -----\n  a     1\n  b     2\n  c     3\n";
        let yours = "cards:\n  card    views\n  ------  -----\n  a       1\n  b-long  2\n  c       3\n";
        assert_eq!(
            difference(expected, yours, false),
            "    …\n      card    views\n      ------  -----\n      a       1\n  -   b       2\n  +   b-long  2\n      \
             c       3\n"
        );
    }

    #[test]
    fn a_line_after_a_table_has_no_head() {
        let text = difference(&table("1", "environments: 1"), &table("1", "environments: 2"), false);
        assert_eq!(text.matches("views").count(), 1, "the last two rows are kept, with their head: {text}");
        let text = difference(
            "a:\n  x\n  -\n  1\nb: 1\nc: 1\nd: 1\n",
            "a:\n  x\n  -\n  1\nb: 1\nc: 1\nd: 2\n",
            false,
        );
        assert_eq!(text, "    …\n    b: 1\n    c: 1\n  - d: 1\n  + d: 2\n");
    }
}
