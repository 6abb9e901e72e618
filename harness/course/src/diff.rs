//! Two texts, as a unified diff in the terminal.

use similar::TextDiff;

use crate::terminal::{Style, Terminal};

/// Equal lines around a change.
const CONTEXT_LINES: usize = 3;

/// What changes from `old` to `new`, as a unified diff of `path`; empty where nothing does.
pub fn unified(path: &str, old: &str, new: &str) -> String {
    let (old, new) = (old.replace('\r', ""), new.replace('\r', ""));
    TextDiff::from_lines(&old, &new)
        .unified_diff()
        .context_radius(CONTEXT_LINES)
        .missing_newline_hint(false)
        .header(path, path)
        .to_string()
}

/// Code without the marks by which the book's pages include it: they are no part of an answer.
pub fn without_anchors(code: &str) -> String {
    code.split_inclusive('\n').filter(|line| !line.trim_start().starts_with("// ANCHOR")).collect()
}

/// Prints a unified diff, its lines colored where there are colors.
pub fn print(terminal: &Terminal, diff: &str) {
    for line in diff.lines() {
        let style = match line.as_bytes().first() {
            _ if line.starts_with("+++") || line.starts_with("---") => Some(Style::Strong),
            Some(b'+') => Some(Style::Good),
            Some(b'-') => Some(Style::Bad),
            Some(b'@') => Some(Style::Quiet),
            _ => None,
        };
        terminal.line(&style.map_or_else(|| line.to_owned(), |style| terminal.paint(style, line)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_books_marks_are_left_out() {
        assert_eq!(without_anchors("a\n    // ANCHOR: x\nb\n// ANCHOR_END: x\n"), "a\nb\n");
    }

    #[test]
    fn equal_texts_have_no_diff_whatever_their_line_ends() {
        assert_eq!(unified("a", "x\r\n", "x\n"), "");
        assert!(unified("a", "x\n", "y\n").contains("-x\n+y\n"));
    }
}
