//! Text from a submission, made harmless for whoever shows it. Everything that a report quotes goes through here first,
//! and then through the escaping of its own format.

use std::fmt::Write as _;

/// How much of one text a report for people shows, in characters.
const MOST_CHARACTERS: usize = 16 * 1024;
/// How much of it a single line shows.
const MOST_IN_A_LINE: usize = 300;

/// `text` with everything that is not seen, or that turns the reading direction, as an escape such as `\u{1b}`. Lines
/// stay lines.
pub fn visible(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    let mut count = 0;
    while let Some(letter) = letters.next() {
        if count >= MOST_CHARACTERS {
            plain.push_str("\n… (the rest is left out)");
            break;
        }
        count += 1;
        match letter {
            '\n' | '\t' => plain.push(letter),
            '\r' if letters.peek() == Some(&'\n') => {}
            _ if is_hidden(letter) => {
                write!(plain, "\\u{{{:x}}}", u32::from(letter)).expect("a string takes every write");
            }
            _ => plain.push(letter),
        }
    }
    plain
}

/// `text` in one line.
pub fn line(text: &str) -> String {
    let whole = visible(text);
    let mut words = whole.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((cut, _)) = words.char_indices().nth(MOST_IN_A_LINE) {
        words.truncate(cut);
        words.push('…');
    }
    words
}

/// `text` for a log that GitHub Actions reads: a line that begins with `::`, or has `##[`, would be a command to it
/// (actions/runner, `ActionCommand`).
pub fn for_log(text: &str) -> String {
    let lines = text.split('\n').map(|line| {
        let line = line.replace("##[", "## [");
        let (margin, rest) = line.split_at(line.len() - line.trim_start().len());
        match rest.strip_prefix("::") {
            Some(rest) => format!("{margin}: :{rest}"),
            None => line,
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// What a terminal or a page would act on, or not show.
fn is_hidden(letter: char) -> bool {
    let code = u32::from(letter);
    letter.is_control()
        // Noncharacters, of which XML has two that it refuses.
        || code & 0xfffe == 0xfffe
        || matches!(code,
            // Marks, embeddings, overrides and isolates of the reading direction (Unicode TR 9).
            0x061c | 0x200e | 0x200f | 0x202a..=0x202e | 0x2066..=0x2069
            // Nothing to see, or a line's end that is none.
            | 0x00ad | 0x115f | 0x1160 | 0x180e | 0x200b | 0x2028 | 0x2029 | 0x2060..=0x2065 | 0x206a..=0x206f
            | 0x3164 | 0xfeff | 0xffa0 | 0xfff9..=0xfffb | 0xfdd0..=0xfdef | 0xe0000..=0xe0fff)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_a_terminal_would_act_on_is_spelled_out() {
        assert_eq!(visible("\x1b]8;;http://x\x07a\x1b[2J"), "\\u{1b}]8;;http://x\\u{7}a\\u{1b}[2J");
        assert_eq!(visible("a\u{202e}b\u{9b}c\u{feff}"), "a\\u{202e}b\\u{9b}c\\u{feff}");
        assert_eq!(visible("é 李\tx\r\ny"), "é 李\tx\ny");
    }

    #[test]
    fn no_line_is_a_command_to_the_machine_that_reads_the_log() {
        assert_eq!(
            for_log("::notice::x\n  ::set-env name=A::b\na::b"),
            ": :notice::x\n  : :set-env name=A::b\na::b"
        );
        assert_eq!(for_log("x ##[add-mask]y"), "x ## [add-mask]y");
    }

    proptest! {
        #[test]
        fn nothing_hidden_is_left(text in "\\PC*|.*") {
            prop_assert!(visible(&text).chars().all(|letter| matches!(letter, '\n' | '\t') || !is_hidden(letter)));
            prop_assert!(!line(&text).contains(['\n', '\t']));
        }

        #[test]
        fn no_text_is_a_command(text in "[:# \\[\n\t\u{a0}\u{2003}a]{0,40}") {
            for line in for_log(&visible(&text)).split('\n') {
                prop_assert!(!line.trim_start().starts_with("::"));
                prop_assert!(!line.contains("##["));
            }
        }
    }
}
