//! What is printed, in a plain, narrow, colorless or piped terminal.

use std::fmt::Write as _;
use std::io::{IsTerminal, Write as _};

/// The widest text that reads well; a wider terminal is not filled.
const WIDEST: usize = 100;
/// The width where nothing says how wide the terminal is.
const DEFAULT_WIDTH: usize = 80;
/// Narrower than this, words would stand alone.
const NARROWEST: usize = 20;

/// What a piece of text is, not how it looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// It holds.
    Good,
    /// It does not.
    Bad,
    /// It waits for somebody.
    Note,
    /// What the eye should find first.
    Strong,
    /// What may be skipped.
    Quiet,
}

#[derive(Clone, Copy, Debug)]
enum Stream {
    Out,
    Err,
}

/// One of the process's two streams, with what is known of whoever reads it.
#[derive(Clone, Copy, Debug)]
pub struct Terminal {
    stream: Stream,
    /// The width that the environment gives.
    columns: Option<usize>,
    color: bool,
    live: bool,
}

impl Terminal {
    /// Standard output.
    pub fn stdout() -> Self {
        Self::new(Stream::Out, std::io::stdout().is_terminal())
    }

    /// Standard error.
    pub fn stderr() -> Self {
        Self::new(Stream::Err, std::io::stderr().is_terminal())
    }

    fn new(stream: Stream, is_terminal: bool) -> Self {
        let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        Self {
            stream,
            columns: std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok()),
            // https://no-color.org
            color: is_terminal && !dumb && !set("NO_COLOR"),
            live: is_terminal && !dumb,
        }
    }

    /// Columns that a line of text may take.
    pub fn width(&self) -> usize {
        self.columns().clamp(NARROWEST, WIDEST)
    }

    /// Columns that there are now: a session lasts for hours, and its window changes.
    fn columns(&self) -> usize {
        let size = || match self.stream {
            Stream::Out => size(std::io::stdout()),
            Stream::Err => size(std::io::stderr()),
        };
        self.columns.or_else(size).unwrap_or(DEFAULT_WIDTH)
    }

    /// Whether a line can be written over: somebody looks at it while it is written.
    pub fn is_live(&self) -> bool {
        self.live
    }

    /// `text` in the color of `style`, where there are colors.
    pub fn paint(&self, style: Style, text: &str) -> String {
        if !self.color {
            return text.to_owned();
        }
        let code = match style {
            Style::Good => "32",
            Style::Bad => "31",
            Style::Note => "33",
            Style::Strong => "1",
            Style::Quiet => "2",
        };
        format!("\x1b[{code}m{text}\x1b[0m")
    }

    /// Writes `text` as it is, a line.
    pub fn line(&self, text: &str) {
        self.write(&format!("{text}\n"));
    }

    /// Writes `text`, broken between words.
    pub fn text(&self, text: &str) {
        self.indented(0, text);
    }

    /// Writes `text`, broken between words, every line `indent` columns in.
    pub fn indented(&self, indent: usize, text: &str) {
        let margin = " ".repeat(indent);
        for line in text.lines().flat_map(|line| wrap(line, self.width().saturating_sub(indent))) {
            self.line(format!("{margin}{line}").trim_end());
        }
    }

    /// Writes `head text`, broken between words, the lines after the first two columns in.
    pub fn entry(&self, head: &str, text: &str) {
        let text = format!("{head} {text}");
        for (index, line) in text.lines().enumerate() {
            let first = if index == 0 { 0 } else { 2 };
            for (part, line) in wrap(line, self.width().saturating_sub(2)).into_iter().enumerate() {
                let indent = if part == 0 { first } else { 2 };
                self.line(format!("{}{line}", " ".repeat(indent)).trim_end());
            }
        }
    }

    /// Replaces the line that is being written; nothing where nobody looks. [`Terminal::settle`] ends it.
    pub fn live(&self, text: &str) {
        if self.live {
            // A line that is broken by the terminal could not be written over.
            let text: String = text.chars().take(self.columns().min(WIDEST).saturating_sub(1)).collect();
            self.write(&format!("\r\x1b[2K{text}"));
        }
    }

    /// Removes the line that [`Terminal::live`] wrote.
    pub fn settle(&self) {
        if self.live {
            self.write("\r\x1b[2K");
        }
    }

    /// A reader who went away (`| head`) is no error of ours.
    fn write(&self, text: &str) {
        if cfg!(test) {
            // libtest captures what its own macros print, and nothing else.
            print!("{text}");
            return;
        }
        let _ = match self.stream {
            Stream::Out => {
                let mut out = std::io::stdout().lock();
                out.write_all(text.as_bytes()).and_then(|()| out.flush())
            }
            Stream::Err => std::io::stderr().lock().write_all(text.as_bytes()),
        };
    }
}

/// `text` broken between words into lines of at most `width` columns; a longer word stands alone.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let indent: String = text.chars().take_while(|letter| *letter == ' ').collect();
    let mut lines = vec![indent.clone()];
    for word in words(text) {
        let line = lines.last_mut().expect("there is always a line");
        let empty = line.trim().is_empty();
        if !empty && columns(line) + 1 + columns(&word) > width {
            lines.push(format!("{indent}{word}"));
        } else {
            let gap = if empty { "" } else { " " };
            write!(line, "{gap}{word}").expect("a string takes every write");
        }
    }
    lines
}

/// The words of `text`. A command between backticks is one: it is copied whole.
fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut in_code = false;
    for word in text.split_whitespace() {
        match words.last_mut() {
            Some(last) if in_code => {
                last.push(' ');
                last.push_str(word);
            }
            _ => words.push(word.to_owned()),
        }
        in_code ^= word.matches('`').count() % 2 == 1;
    }
    words
}

/// Columns that `text` takes, its color codes left out.
fn columns(text: &str) -> usize {
    let mut count = 0;
    let mut in_code = false;
    for letter in text.chars() {
        match (in_code, letter) {
            (false, '\x1b') => in_code = true,
            (true, 'm') => in_code = false,
            (true, _) => {}
            (false, _) => count += 1,
        }
    }
    count
}

#[cfg(unix)]
fn size(stream: impl std::os::fd::AsFd) -> Option<usize> {
    rustix::termios::tcgetwinsize(stream)
        .ok()
        .map(|size| usize::from(size.ws_col))
        .filter(|columns| *columns > 0)
}

#[cfg(not(unix))]
fn size<T>(_: T) -> Option<usize> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_between_words_and_keep_their_indent() {
        assert_eq!(wrap("  one two three", 9), ["  one two", "  three"]);
        assert_eq!(wrap("", 9), [""]);
    }

    #[test]
    fn a_long_word_stands_alone_and_is_not_cut() {
        assert_eq!(
            wrap("see exercises/01-serverless-functions now", 12),
            ["see", "exercises/01-serverless-functions", "now"]
        );
    }

    #[test]
    fn a_command_is_not_broken() {
        assert_eq!(wrap("run `cargo course next` now", 14), ["run", "`cargo course next`", "now"]);
    }

    #[test]
    fn color_codes_take_no_room() {
        assert_eq!(columns("\x1b[31mred\x1b[0m"), 3);
    }
}
