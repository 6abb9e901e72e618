//! What `exercise.toml` names for submission: patterns such as `src/**/*.rs`.

/// A pattern over paths: `*` stands for any part of a name, `**` for any number of folders, also none.
#[derive(Clone, Debug)]
pub struct Pattern {
    parts: Vec<String>,
}

impl Pattern {
    /// The pattern that `text` is.
    pub fn new(text: &str) -> Self {
        Self { parts: text.split('/').map(str::to_owned).collect() }
    }

    /// Whether `path`, relative and with forward slashes, is meant.
    pub fn fits(&self, path: &str) -> bool {
        let names: Vec<&str> = path.split('/').collect();
        folders_fit(&self.parts, &names)
    }

    /// The folder that all of its paths are in, such as `src`; empty where there is none.
    pub fn folder(&self) -> String {
        let fixed = self.parts.iter().take(self.parts.len().saturating_sub(1));
        fixed.take_while(|part| !part.contains('*')).cloned().collect::<Vec<_>>().join("/")
    }
}

/// Row by row, so that no pattern takes more than names times parts.
fn folders_fit(parts: &[String], names: &[&str]) -> bool {
    let mut fits = vec![false; names.len() + 1];
    fits[0] = true;
    for part in parts {
        let mut next = vec![false; names.len() + 1];
        if part == "**" {
            let mut any = false;
            for (index, slot) in next.iter_mut().enumerate() {
                any |= fits[index];
                *slot = any;
            }
        } else {
            for (index, name) in names.iter().enumerate() {
                next[index + 1] = fits[index] && name_fits(part, name);
            }
        }
        fits = next;
    }
    fits[names.len()]
}

fn name_fits(pattern: &str, name: &str) -> bool {
    let mut pieces = pattern.split('*');
    let first = pieces.next().unwrap_or_default();
    let Some(mut rest) = name.strip_prefix(first) else { return false };
    let mut pieces: Vec<&str> = pieces.collect();
    let Some(last) = pieces.pop() else { return rest.is_empty() };
    for piece in pieces {
        let Some(at) = rest.find(piece) else { return false };
        rest = &rest[at + piece.len()..];
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_usual_pattern_takes_sources_at_any_depth_and_nothing_else() {
        let pattern = Pattern::new("src/**/*.rs");
        for path in ["src/lib.rs", "src/a/b/c.rs", "src/.rs"] {
            assert!(pattern.fits(path), "{path}");
        }
        for path in
            ["lib.rs", "src", "src/lib.txt", "src/a.rs/b", "srcs/lib.rs", "x/src/lib.rs", "tests/a.rs"]
        {
            assert!(!pattern.fits(path), "{path}");
        }
        assert_eq!(pattern.folder(), "src");
        assert_eq!(Pattern::new("*.toml").folder(), "");
    }

    #[test]
    fn stars_inside_a_name_stand_for_any_part() {
        assert!(Pattern::new("a*c*e").fits("abcde"));
        assert!(Pattern::new("a*").fits("a"));
        assert!(!Pattern::new("aa*aa").fits("aaa"));
    }

    proptest! {
        #[test]
        fn any_pattern_and_any_path_end(pattern in "[a*/]{0,24}", path in "[a/]{0,40}") {
            let _ = Pattern::new(&pattern).fits(&path);
        }

        #[test]
        fn a_path_fits_the_pattern_that_is_itself(path in "[a-z]{1,4}(/[a-z.]{1,4}){0,4}") {
            prop_assert!(Pattern::new(&path).fits(&path));
            prop_assert!(Pattern::new("**").fits(&path));
        }
    }
}
