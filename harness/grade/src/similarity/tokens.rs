//! A source file as the lexer of rustc sees it: names and literals lose their text, comments and white space are gone.
//! So a copy in which everything was renamed and reformatted is still the same.

use ra_ap_rustc_lexer::{FrontmatterAllowed, LiteralKind, TokenKind, tokenize};

/// Words that mean something to the language; every other name is one name.
const KEYWORDS: [&str; 39] = [
    "as", "async", "await", "break", "const", "continue", "crate", "dyn", "else", "enum", "extern", "false",
    "fn", "for", "if", "impl", "in", "let", "loop", "match", "mod", "move", "mut", "pub", "ref", "return",
    "self", "Self", "static", "struct", "super", "trait", "true", "type", "unsafe", "use", "where", "while",
    "union",
];
const NAME: u16 = 1000;
const LIFETIME: u16 = 1001;
const LITERAL: u16 = 1100;
const OTHER: u16 = 1200;

/// What is left of a token, and where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// Equal for tokens that count as equal.
    pub kind: u16,
    /// The line that it begins in, from 1.
    pub line: u32,
}

/// The tokens of `text`. Any text has some: what is no Rust is tokens that nothing knows.
pub fn tokens(text: &str) -> Vec<Token> {
    let mut found = Vec::new();
    let (mut at, mut line) = (0, 1);
    for token in tokenize(text, FrontmatterAllowed::No) {
        let end = at + token.len as usize;
        let written = text.get(at..end).unwrap_or_default();
        if let Some(kind) = kind(token.kind, written) {
            found.push(Token { kind, line });
        }
        line += u32::try_from(written.matches('\n').count()).unwrap_or(0);
        at = end;
    }
    found
}

fn kind(kind: TokenKind, written: &str) -> Option<u16> {
    Some(match kind {
        TokenKind::Whitespace | TokenKind::LineComment { .. } | TokenKind::BlockComment { .. } => {
            return None;
        }
        TokenKind::Ident | TokenKind::RawIdent | TokenKind::InvalidIdent => {
            let place = KEYWORDS.iter().position(|keyword| *keyword == written);
            place.and_then(|place| u16::try_from(place).ok()).unwrap_or(NAME)
        }
        TokenKind::Lifetime { .. } => LIFETIME,
        TokenKind::Literal { kind, .. } => LITERAL + literal(kind),
        _ => match written.as_bytes() {
            [byte] => OTHER + u16::from(*byte),
            _ => OTHER + 256,
        },
    })
}

fn literal(kind: LiteralKind) -> u16 {
    match kind {
        LiteralKind::Int { .. } => 1,
        LiteralKind::Float { .. } => 2,
        LiteralKind::Char { .. } | LiteralKind::Byte { .. } => 3,
        // Raw or not, of bytes or of text: a string.
        _ => 4,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn kinds(text: &str) -> Vec<u16> {
        tokens(text).into_iter().map(|token| token.kind).collect()
    }

    #[test]
    fn names_comments_and_layout_do_not_count() {
        let one = "fn add(left: u32, right: u32) -> u32 {\n    // adds\n    left + right + 1\n}\n";
        let other = "fn plus(a:u32,b:u32)->u32{a+b+2/* sum */}";
        assert_eq!(kinds(one), kinds(other));
        assert_ne!(kinds(one), kinds("fn plus(a:u32,b:u32)->u32{a-b+2}"));
    }

    #[test]
    fn a_token_knows_its_line() {
        let lines: Vec<u32> = tokens("a\n/* x\ny */ b\n\"c\nd\" e").iter().map(|token| token.line).collect();
        assert_eq!(lines, [1, 3, 4, 5]);
    }

    proptest! {
        #[test]
        fn any_text_has_tokens(text in "\\PC{0,80}|[\"'#/*r{}\\n]{0,40}") {
            let last = u32::try_from(text.matches('\n').count()).unwrap() + 1;
            prop_assert!(tokens(&text).iter().all(|token| (1..=last).contains(&token.line)));
        }
    }
}
