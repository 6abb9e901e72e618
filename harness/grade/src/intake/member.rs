//! A member of a submission, as whoever packed it says: nothing of it is believed.

use super::caps::Caps;
use super::refusal::Refusal;

/// What a member is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// Anything else, by its name.
    Irregular(&'static str),
}

/// A member of a submission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Relative, with forward slashes, without `.` and `..`.
    pub path: String,
    /// What it is.
    pub kind: Kind,
}

/// What a name turned out to be.
#[derive(Debug, PartialEq, Eq)]
pub enum Name {
    /// A path inside the submission.
    Inside(String),
    /// The submission's own folder.
    Itself,
    /// A name that is left out, and why.
    LeftOut(String),
}

/// Reads a member's name. Backslashes separate too where `windows` tools may have written it.
pub fn name(raw: &[u8], windows: bool, caps: &Caps) -> Result<Name, Refusal> {
    let Ok(text) = std::str::from_utf8(raw) else {
        return Ok(Name::LeftOut(format!("{}: its name is not UTF-8", shown(&String::from_utf8_lossy(raw)))));
    };
    let text = if windows { text.replace('\\', "/") } else { text.to_owned() };
    let drive = text.as_bytes().get(1) == Some(&b':') && text.as_bytes()[0].is_ascii_alphabetic();
    if text.starts_with('/') || drive || text.split('/').any(|part| part == "..") {
        return Err(Refusal::Outside { path: shown(&text) });
    }
    let parts: Vec<&str> = text.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    if parts.is_empty() {
        return Ok(Name::Itself);
    }
    let path = parts.join("/");
    if path.len() > caps.path_bytes || parts.len() > caps.depth {
        return Ok(Name::LeftOut(format!("{}: its path is too long", shown(&path))));
    }
    if path.chars().any(|letter| letter.is_control() || matches!(letter, '\\' | ':')) {
        return Ok(Name::LeftOut(format!(
            "{}: its name has characters that not every system takes",
            shown(&path)
        )));
    }
    Ok(Name::Inside(path))
}

/// A hostile name as one short line of plain text.
pub fn shown(name: &str) -> String {
    const MOST_CHARACTERS: usize = 80;
    let mut text: String = name.chars().take(MOST_CHARACTERS).flat_map(char::escape_debug).collect();
    if name.chars().nth(MOST_CHARACTERS).is_some() {
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(raw: &str) -> Result<Name, Refusal> {
        name(raw.as_bytes(), true, &Caps::default())
    }

    #[test]
    fn what_points_outside_is_refused_however_it_is_written() {
        for path in ["../a", "a/../../b", "/etc/passwd", "..", "C:\\x", "c:x", "a\\..\\..\\b", "\\\\host\\x"]
        {
            assert!(matches!(read(path), Err(Refusal::Outside { .. })), "{path}");
        }
    }

    #[test]
    fn dots_and_doubled_slashes_say_nothing() {
        assert_eq!(read("./src//a.rs").unwrap(), Name::Inside("src/a.rs".into()));
        assert_eq!(read("./").unwrap(), Name::Itself);
        assert_eq!(read("src\\a.rs").unwrap(), Name::Inside("src/a.rs".into()));
    }

    #[test]
    fn odd_names_are_left_out_and_shown_harmlessly() {
        let long = "a/".repeat(300);
        for path in ["src/a\x1b[2J.rs", "src/\u{9b}x.rs", long.as_str()] {
            let Name::LeftOut(why) = read(path).unwrap() else { panic!("{path:?} is not left out") };
            assert!(!why.chars().any(char::is_control), "{why:?}");
        }
        assert!(matches!(name(b"src/\xff.rs", false, &Caps::default()).unwrap(), Name::LeftOut(_)));
        assert!(matches!(name(b"src/a\\b.rs", false, &Caps::default()).unwrap(), Name::LeftOut(_)));
    }

    proptest! {
        #[test]
        fn no_name_leads_outside(raw in proptest::collection::vec(any::<u8>(), 0..64), windows: bool) {
            if let Ok(Name::Inside(path)) = name(&raw, windows, &Caps::default()) {
                prop_assert!(!path.starts_with('/'));
                prop_assert!(path.split('/').all(|part| !part.is_empty() && part != ".." && part != "."));
            }
        }
    }
}
