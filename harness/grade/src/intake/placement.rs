//! Where in a submission an exercise is: in its own folder, or where people put it instead.

use std::collections::BTreeSet;

use lab_manifest::exercise::Exercise;

use super::pattern::Pattern;
use super::refusal::Refusal;

/// What intake must know of an exercise.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The N of `exercise-N`.
    pub number: u32,
    /// The folder's name, such as `01-serverless-functions`.
    pub slug: String,
    /// What is taken.
    pub patterns: Vec<Pattern>,
    /// The paths that the starter has, relative to the package.
    pub starter: BTreeSet<String>,
}

/// Where an exercise was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// What stands before the paths that are taken; empty, or ends in a slash.
    pub prefix: String,
    /// What is put before them, where somebody sent the files without their folder.
    pub missing: String,
    /// What to tell, where it is not in its own folder.
    pub note: Option<String>,
}

impl Wanted {
    /// What intake must know of `exercise`, whose starter has `starter`.
    pub fn new(exercise: &Exercise, starter: impl IntoIterator<Item = String>) -> Self {
        Self {
            number: exercise.number,
            slug: exercise.slug().to_owned(),
            patterns: exercise.submit.iter().map(|pattern| Pattern::new(pattern)).collect(),
            starter: starter.into_iter().collect(),
        }
    }

    #[cfg(test)]
    pub(crate) fn for_tests(number: u32, slug: &str, starter: &[&str]) -> Self {
        Self {
            number,
            slug: slug.into(),
            patterns: vec![Pattern::new("src/**/*.rs")],
            starter: starter.iter().map(|path| (*path).to_owned()).collect(),
        }
    }

    /// Whether `path`, relative to the package, is taken.
    pub fn takes(&self, path: &str) -> bool {
        self.patterns.iter().any(|pattern| pattern.fits(path))
    }

    /// The folder in which most of it is: `src`.
    fn folder(&self) -> String {
        self.patterns.first().map(Pattern::folder).unwrap_or_default()
    }

    fn takes_under(&self, prefix: &str, missing: &str, path: &str) -> bool {
        path.strip_prefix(prefix).is_some_and(|rest| self.takes(&format!("{missing}{rest}")))
    }

    /// How many of the starter's files are there under `prefix`.
    fn resembles(&self, prefix: &str, missing: &str, paths: &[String]) -> usize {
        paths
            .iter()
            .filter_map(|path| path.strip_prefix(prefix))
            .filter(|rest| self.starter.contains(&format!("{missing}{rest}")))
            .count()
    }

    /// Finds the exercise among `paths`. `others` are the course's other exercises: what lies in no folder of its own
    /// may be one of those, unless `asked` says that it is this one.
    pub fn find(&self, paths: &[String], others: &[Self], asked: bool) -> Result<Place, Refusal> {
        let own = [format!("exercises/{}/", self.slug)];
        let named = [format!("{}/", self.slug), format!("exercise-{}/", self.number)];
        let nameless = [String::new()];
        let folder = self.folder();
        let bare = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let ranks: [(&[String], &str); 4] = [(&own, ""), (&named, ""), (&nameless, ""), (&nameless, &bare)];
        for (rank, (suffixes, missing)) in ranks.into_iter().enumerate() {
            let guessed = rank >= 2;
            let mut found = self.prefixes(suffixes, missing, paths);
            if guessed {
                found.retain(|prefix| self.is_meant(prefix, missing, paths, others, asked));
            }
            let mut found: Vec<String> = found.into_iter().collect();
            match found.len() {
                0 => {}
                1 => {
                    let prefix = found.remove(0);
                    let note = (rank > 0).then(|| self.note(&prefix, missing));
                    return Ok(Place { prefix, missing: missing.to_owned(), note });
                }
                _ => return Err(Refusal::Ambiguous { exercise: self.number, places: found }),
            }
        }
        Err(Refusal::Missing(format!(
            "there is nothing of exercise {}: no file fits `{}` in `exercises/{}`, in a folder `{}`, or at the top",
            self.number,
            self.patterns.first().map_or_else(String::new, |_| format!("{bare}**/*.rs")),
            self.slug,
            self.slug
        )))
    }

    /// The prefixes that end in one of `suffixes`, at the top or one folder down, and have something to take.
    fn prefixes(&self, suffixes: &[String], missing: &str, paths: &[String]) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        for path in paths {
            let wrapper = path.split_once('/').map(|(first, _)| format!("{first}/"));
            for suffix in suffixes {
                for prefix in [Some(suffix.clone()), wrapper.as_ref().map(|first| format!("{first}{suffix}"))]
                    .into_iter()
                    .flatten()
                {
                    if self.takes_under(&prefix, missing, path) && !is_the_courses_own(&prefix) {
                        found.insert(prefix);
                    }
                }
            }
        }
        // What is at the top is not also one folder down: `src/src/lib.rs` is a module's file.
        if suffixes.iter().any(|suffix| found.contains(suffix)) {
            found.retain(|prefix| suffixes.contains(prefix));
        }
        found
    }

    /// Whether files that are in no exercise's folder are this exercise's: because it was asked for and nothing says
    /// otherwise, or because they resemble its starter more than any other's.
    fn is_meant(&self, prefix: &str, missing: &str, paths: &[String], others: &[Self], asked: bool) -> bool {
        let own = self.resembles(prefix, missing, paths);
        let best = others.iter().map(|other| other.resembles(prefix, missing, paths)).max().unwrap_or(0);
        own > best || (asked && own == best && (own > 0 || missing.is_empty()))
    }

    fn note(&self, prefix: &str, missing: &str) -> String {
        let place = if prefix.is_empty() { "at the top".to_owned() } else { format!("in `{prefix}`") };
        let what = if missing.is_empty() {
            String::new()
        } else {
            format!(", without its folder `{}`", missing.trim_end_matches('/'))
        };
        format!("exercise {} was found {place}{what}, not in `exercises/{}/`", self.number, self.slug)
    }
}

/// Folders of the course that have sources and are no exercise.
fn is_the_courses_own(prefix: &str) -> bool {
    let first = prefix.split('/').next().unwrap_or_default();
    matches!(first, "solutions" | "harness" | "book" | "tests" | "variants") || prefix == "exercises/"
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn one() -> Wanted {
        Wanted::for_tests(1, "01-one", &["src/lib.rs", "src/views.rs"])
    }

    fn two() -> Wanted {
        Wanted::for_tests(2, "02-two", &["src/lib.rs", "src/queue.rs"])
    }

    fn find(paths: &[&str]) -> Result<Place, Refusal> {
        let paths: Vec<String> = paths.iter().map(|path| (*path).to_owned()).collect();
        one().find(&paths, &[two()], false)
    }

    #[test]
    fn an_exercise_in_its_own_folder_needs_no_word() {
        for top in ["", "course-main/"] {
            let path = format!("{top}exercises/01-one/src/lib.rs");
            let place = find(&[&path, "solutions/01-one/src/lib.rs", "README.md"]).unwrap();
            assert_eq!((place.prefix, place.note), (format!("{top}exercises/01-one/"), None));
        }
    }

    #[test]
    fn an_exercise_in_the_wrong_folder_is_found_and_told() {
        for (path, prefix) in [
            ("01-one/src/lib.rs", "01-one/"),
            ("exercise-1/src/lib.rs", "exercise-1/"),
            ("anna/exercise-1/src/lib.rs", "anna/exercise-1/"),
            ("src/views.rs", ""),
            ("anna/src/views.rs", "anna/"),
        ] {
            let place = find(&[path]).unwrap();
            assert_eq!(place.prefix, prefix, "{path}");
            assert!(place.note.is_some(), "{path}");
        }
    }

    #[test]
    fn files_without_their_folder_are_put_into_it() {
        let place = find(&["lib.rs", "views.rs"]).unwrap();
        assert_eq!((place.prefix.as_str(), place.missing.as_str()), ("", "src/"));
    }

    #[test]
    fn nameless_files_are_the_exercise_that_they_resemble() {
        let paths = ["src/lib.rs".to_owned(), "src/queue.rs".to_owned()];
        assert!(matches!(one().find(&paths, &[two()], true), Err(Refusal::Missing(_))));
        assert_eq!(two().find(&paths, &[one()], false).unwrap().prefix, "");
        let undecided = ["src/lib.rs".to_owned()];
        assert!(one().find(&undecided, &[two()], false).is_err());
        assert!(one().find(&undecided, &[two()], true).is_ok());
    }

    #[test]
    fn two_places_are_told_and_none_is_taken() {
        let refusal = find(&["a/src/views.rs", "b/src/views.rs"]).unwrap_err();
        assert_eq!(
            refusal.to_string(),
            "there is more than one place that could be exercise 1: a/, b/; leave one"
        );
    }

    #[test]
    fn solutions_and_copies_of_the_starter_are_never_taken_for_the_exercise() {
        for path in
            ["solutions/01-one/src/views.rs", "exercises/01-one/.starter/src/views.rs", "book/src/a.rs"]
        {
            assert!(find(&[path]).is_err(), "{path}");
        }
    }

    proptest! {
        #[test]
        fn what_is_found_holds_something_to_take(paths in proptest::collection::vec(
            "((exercises|anna|src|01-one|exercise-1)/){0,3}(lib|views|x)\\.(rs|md)", 0..8,
        )) {
            if let Ok(place) = one().find(&paths, &[two()], true) {
                prop_assert!(paths.iter().any(|path| one().takes_under(&place.prefix, &place.missing, path)));
            }
        }
    }
}
