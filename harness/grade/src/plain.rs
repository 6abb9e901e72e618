//! Text of others, made fit to be shown: bounded, and nothing in it that a terminal or a reader takes for a command.

/// At most `most_bytes` of `text`, from its start, without control characters, escapes, or marks that turn the direction
/// of writing. What is left out at the end is said.
pub fn plain(text: &str, most_bytes: usize) -> String {
    let mut shown = String::new();
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        if shown.len() >= most_bytes {
            shown.push_str("\n[the rest is left out]");
            return shown;
        }
        match character {
            '\u{1b}' => skip_escape(&mut characters),
            '\n' | '\t' => shown.push(character),
            _ if character.is_control() || is_unseen(character) => {}
            _ => shown.push(character),
        }
    }
    shown
}

/// What follows an escape character: `[`, parameters and a letter; or `]`, words, and a bell or a string terminator.
fn skip_escape(characters: &mut std::iter::Peekable<std::str::Chars<'_>>) {
    match characters.next() {
        Some('[') => {
            while characters.next().is_some_and(|character| !('\u{40}'..='\u{7e}').contains(&character)) {}
        }
        Some(']' | 'P' | '_' | '^' | 'X') => {
            while let Some(character) = characters.next() {
                if character == '\u{7}' || character == '\u{1b}' && characters.next_if_eq(&'\\').is_some() {
                    return;
                }
            }
        }
        _ => {}
    }
}

/// Marks of direction, joiners, tags: what looks like nothing and changes what is beside it.
fn is_unseen(character: char) -> bool {
    matches!(character,
        '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_left_that_a_terminal_obeys() {
        let hostile = "a\u{1b}[31mb\u{1b}]8;;http://x\u{1b}\\c\u{1b}]0;t\u{7}d\u{202e}e\u{0}f\r\ng\u{9b}2Jh";
        assert_eq!(plain(hostile, 1000), "abcdef\ng2Jh");
        assert_eq!(plain("unended \u{1b}]8;;", 1000), "unended ");
    }

    #[test]
    fn a_long_text_is_cut_and_says_so() {
        assert_eq!(plain("ééé", 3), "éé\n[the rest is left out]");
        assert_eq!(plain("abc", 3), "abc");
    }
}
