//! The template of a chapter: an exercise of two steps with its solution, variants, page and quiz. It holds all five
//! gates as it is, so that an author always starts from green.

use std::path::PathBuf;

/// What the template's words stand for.
#[derive(Clone, Debug)]
pub struct Chapter {
    /// `3`.
    pub number: u32,
    /// `03-object-storage`.
    pub slug: String,
    /// `Object storage`.
    pub title: String,
    /// The exercise's stable id.
    pub uuid: String,
}

macro_rules! files {
    ($($from:literal => $to:literal),+ $(,)?) => {
        [$((include_str!(concat!("../templates/chapter/", $from)), $to)),+]
    };
}

/// Texts, and where they go. `@SLUG@` stands in the paths too.
const FILES: [(&str, &str); 24] = files! {
    "exercise/package.toml" => "exercises/@SLUG@/Cargo.toml",
    "exercise/exercise.toml" => "exercises/@SLUG@/exercise.toml",
    "exercise/src/lib.rs" => "exercises/@SLUG@/src/lib.rs",
    "exercise/src/greeting.rs" => "exercises/@SLUG@/src/greeting.rs",
    "exercise/src/tally.rs" => "exercises/@SLUG@/src/tally.rs",
    "exercise/tests/steps/main.rs" => "exercises/@SLUG@/tests/steps/main.rs",
    "exercise/tests/steps/step_1_greeting.rs" => "exercises/@SLUG@/tests/steps/step_1_greeting.rs",
    "exercise/tests/steps/step_2_tally.rs" => "exercises/@SLUG@/tests/steps/step_2_tally.rs",
    "exercise/variants/right/greets-by-format/variant.toml" =>
        "exercises/@SLUG@/variants/right/greets-by-format/variant.toml",
    "exercise/variants/right/greets-by-format/src/greeting.rs" =>
        "exercises/@SLUG@/variants/right/greets-by-format/src/greeting.rs",
    "exercise/variants/right/tallies-by-fold/variant.toml" =>
        "exercises/@SLUG@/variants/right/tallies-by-fold/variant.toml",
    "exercise/variants/right/tallies-by-fold/src/tally.rs" =>
        "exercises/@SLUG@/variants/right/tallies-by-fold/src/tally.rs",
    "exercise/variants/wrong/greets-without-the-name/variant.toml" =>
        "exercises/@SLUG@/variants/wrong/greets-without-the-name/variant.toml",
    "exercise/variants/wrong/greets-without-the-name/src/greeting.rs" =>
        "exercises/@SLUG@/variants/wrong/greets-without-the-name/src/greeting.rs",
    "exercise/variants/wrong/tallies-each-word-once/variant.toml" =>
        "exercises/@SLUG@/variants/wrong/tallies-each-word-once/variant.toml",
    "exercise/variants/wrong/tallies-each-word-once/src/tally.rs" =>
        "exercises/@SLUG@/variants/wrong/tallies-each-word-once/src/tally.rs",
    "solution/package.toml" => "solutions/@SLUG@/Cargo.toml",
    "solution/src/lib.rs" => "solutions/@SLUG@/src/lib.rs",
    "solution/src/greeting.rs" => "solutions/@SLUG@/src/greeting.rs",
    "solution/src/tally.rs" => "solutions/@SLUG@/src/tally.rs",
    "solution/tests/steps.rs" => "solutions/@SLUG@/tests/steps.rs",
    "solution/examples/words.rs" => "solutions/@SLUG@/examples/@NAME@-words.rs",
    "book/page.md" => "book/src/@SLUG@.md",
    "book/quiz.toml" => "book/quizzes/@SLUG@.toml",
};

impl Chapter {
    /// A chapter whose folder is to be `slug`: two digits, a dash, words in small letters with dashes between.
    pub fn new(slug: &str, title: Option<String>) -> Result<Self, String> {
        let is_word = |word: &str| {
            !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        };
        let (number, name) = slug.split_once('-').unwrap_or((slug, ""));
        let right = number.len() == 2 && name.split('-').all(is_word);
        let number = number.parse().ok().filter(|number| right && *number > 0);
        let number =
            number.ok_or_else(|| format!("{slug} is no folder of a chapter; one is 03-object-storage"))?;
        let mut words = name.replace('-', " ");
        words[..1].make_ascii_uppercase();
        Ok(Self { number, slug: slug.to_owned(), title: title.unwrap_or(words), uuid: uuid() })
    }

    /// The files of the chapter, by path from the course's root.
    pub fn files(&self) -> Vec<(PathBuf, String)> {
        FILES.iter().map(|(text, path)| (PathBuf::from(self.fill(path)), self.fill(text))).collect()
    }

    fn fill(&self, text: &str) -> String {
        let name = self.slug.split_once('-').map_or("", |(_, name)| name);
        text.replace("@NUMBER@", &self.number.to_string())
            .replace("@SLUG@", &self.slug)
            .replace("@NAME@", name)
            .replace("@TITLE@", &self.title)
            .replace("@UUID@", &self.uuid)
    }
}

/// A random id in the form of a version 4 UUID (RFC 9562 §5.4).
fn uuid() -> String {
    let random = || crate::commands::verify::random();
    let (high, low) = (random() & !0xf000 | 0x4000, random() & !(0b11 << 62) | 0b10 << 62);
    format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        high >> 32,
        high >> 16 & 0xffff,
        high & 0xffff,
        low >> 48,
        low & 0xffff_ffff_ffff
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chapter_is_named_by_its_folder() {
        let chapter = Chapter::new("03-object-storage", None).unwrap();
        assert_eq!((chapter.number, &*chapter.title), (3, "Object storage"));
        for wrong in ["3-storage", "03", "03-", "03-Storage", "00-map", "03_storage", "../03-x"] {
            assert!(Chapter::new(wrong, None).is_err(), "{wrong} was taken");
        }
    }

    #[test]
    fn no_word_of_the_template_is_left() {
        for (path, text) in Chapter::new("03-object-storage", None).unwrap().files() {
            let all = format!("{}{text}", path.display());
            assert!(
                !all.contains("@N") && !all.contains("@S") && !all.contains("@T") && !all.contains("@U"),
                "{all}"
            );
        }
    }

    #[test]
    fn an_id_is_a_version_4_uuid() {
        let id = uuid();
        let parts: Vec<usize> = id.split('-').map(str::len).collect();
        assert_eq!(parts, [8, 4, 4, 4, 12]);
        assert_eq!(&id[14..15], "4");
        assert!("89ab".contains(&id[19..20]), "{id}");
        assert_ne!(id, uuid());
    }
}
