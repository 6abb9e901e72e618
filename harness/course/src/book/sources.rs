//! What the directives refer to: questions, predictions, terms, exercises; read once a build, with their problems.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use lab_manifest::DocumentError;
use lab_manifest::exercise::{Exercise, Step, Try};
use serde::de::DeserializeOwned;

use super::glossary::{Glossary, GlossaryFile};
use super::problem::{Place, Problem, Trouble, choices};
use super::quiz::{QuizFile, Quizzes};
use super::{first_name, origin};
use crate::course::Course;

/// What the directives of every page refer to.
#[derive(Debug)]
pub(super) struct Sources {
    pub(super) root: PathBuf,
    /// The book's folder.
    pub(super) book: PathBuf,
    pub(super) exercises: Vec<Exercise>,
    pub(super) quizzes: Quizzes,
    pub(super) glossary: Glossary,
    /// Titles of the pages, by source path.
    pub(super) titles: BTreeMap<String, String>,
    /// What pages were called first, where they were renamed.
    pub(super) first_names: BTreeMap<String, String>,
    /// The repository's address in a browser, where it has one.
    pub(super) repository: Option<String>,
    broken: Vec<String>,
}

impl Sources {
    /// Reads everything; what can't be read is a problem and left out.
    pub(super) fn read(root: &Path, book: &Path, titles: BTreeMap<String, String>) -> (Self, Vec<Problem>) {
        let course = Course::read(root);
        let html = html_settings(book);
        let mut sources = Self {
            root: root.to_owned(),
            book: book.to_owned(),
            exercises: course.exercises,
            quizzes: Quizzes::default(),
            glossary: Glossary::default(),
            titles,
            first_names: first_name::all(&html),
            repository: origin::repository(root, &html),
            broken: Vec::new(),
        };
        let mut problems = Vec::new();
        for error in course.broken {
            let (shown, message) = sources.told(error);
            problems.push(Problem::new(Place::file(&shown), message, "`git diff` shows what was changed"));
            sources.broken.push(shown);
        }
        sources.read_quizzes(&mut problems);
        sources.read_glossary(&mut problems);
        (sources, problems)
    }

    fn read_quizzes(&mut self, problems: &mut Vec<Problem>) {
        let mut files: Vec<PathBuf> = std::fs::read_dir(self.book.join("quizzes"))
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
            .collect();
        files.sort();
        for path in files {
            if let Some((file, text, shown)) = self.document::<QuizFile>(&path, problems) {
                self.quizzes.add(file, &text, &shown, problems);
            }
        }
    }

    fn read_glossary(&mut self, problems: &mut Vec<Problem>) {
        let path = self.book.join("glossary.toml");
        if path.exists()
            && let Some((file, text, shown)) = self.document::<GlossaryFile>(&path, problems)
        {
            self.glossary = Glossary::new(file, &text, &shown, &self.titles, problems);
        }
    }

    fn document<T: DeserializeOwned>(
        &self,
        path: &Path,
        problems: &mut Vec<Problem>,
    ) -> Option<(T, String, String)> {
        let shown = self.shown(path);
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) => {
                problems.push(Problem::new(
                    Place::file(shown),
                    error.to_string(),
                    "see that the file can be read",
                ));
                return None;
            }
        };
        match toml::from_str(&text) {
            Ok(document) => Some((document, text, shown)),
            Err(error) => {
                let line = error.span().map(|span| line_of(&text, span.start));
                let message = error.message().to_owned();
                problems.push(Problem::new(
                    Place { file: shown, line },
                    message,
                    "another chapter's file shows every field",
                ));
                None
            }
        }
    }

    /// A path as its author knows it.
    pub(super) fn shown(&self, path: &Path) -> String {
        path.strip_prefix(&self.root).unwrap_or(path).display().to_string().replace('\\', "/")
    }

    /// A document that can't be used, as its author knows it, and what is wrong with it.
    pub(super) fn told(&self, error: DocumentError) -> (String, String) {
        match error {
            DocumentError::Read { path, source } => (self.shown(&path), source.to_string()),
            DocumentError::Invalid { path, message } => (self.shown(&path), message),
        }
    }

    /// The exercise and step that `N.K` names.
    pub(super) fn step(&self, text: &str) -> Result<(&Exercise, usize, &Step), Trouble> {
        let (exercise, number) = text
            .split_once('.')
            .and_then(|(exercise, step)| Some((exercise.parse::<u32>().ok()?, step.parse::<usize>().ok()?)))
            .ok_or_else(|| {
                Trouble::new(format!("{text} names no step"), "write exercise and step, such as 1.3")
            })?;
        let exercise = self.exercise(exercise)?;
        let step = number.checked_sub(1).and_then(|index| exercise.steps.get(index)).ok_or_else(|| {
            let count = exercise.steps.len();
            Trouble::new(
                format!("exercise {} has no step {number}", exercise.number),
                format!("it has {count} steps"),
            )
        })?;
        Ok((exercise, number, step))
    }

    fn exercise(&self, number: u32) -> Result<&Exercise, Trouble> {
        self.exercises.iter().find(|exercise| exercise.number == number).ok_or_else(|| {
            let known = || choices("", self.exercises.iter().map(Exercise::slug));
            Trouble::new(format!("there is no exercise {number}"), self.mend_first().unwrap_or_else(known))
        })
    }

    /// What to do first where something of an exercise is missing: not every one could be read.
    pub(super) fn mend_first(&self) -> Option<String> {
        (!self.broken.is_empty()).then(|| format!("mend {} first", self.broken.join(", ")))
    }

    /// The try with this id, and its exercise.
    pub(super) fn run(&self, id: &str) -> Result<(&Exercise, &Try), Trouble> {
        let mut all =
            self.exercises.iter().flat_map(|exercise| exercise.tries.iter().map(move |run| (exercise, run)));
        all.find(|(_, run)| run.id == id).ok_or_else(|| {
            let known = self.exercises.iter().flat_map(|exercise| &exercise.tries).map(|run| run.id.as_str());
            let declare = || format!("declare it as [[try]] in exercise.toml; {}", choices(id, known));
            Trouble::new(format!("no exercise has a try {id}"), self.mend_first().unwrap_or_else(declare))
        })
    }

    /// The recorded output of a try.
    pub(super) fn recording(&self, exercise: &Exercise, run: &Try) -> Result<String, Trouble> {
        let path = exercise.recording(&run.id);
        std::fs::read_to_string(&path).map_err(|error| {
            Trouble::new(
                format!("the recording of try {} can't be read: {}: {error}", run.id, self.shown(&path)),
                format!("make it by a real run: `cargo course record {}`", exercise.number),
            )
        })
    }
}

/// The line, from 1, that `offset` is in.
pub(super) fn line_of(text: &str, offset: usize) -> usize {
    text[..text.floor_char_boundary(offset)].matches('\n').count() + 1
}

/// `[output.html]` of `book.toml`; mdBook says what is wrong with it.
fn html_settings(book: &Path) -> toml::Table {
    let text = std::fs::read_to_string(book.join("book.toml")).unwrap_or_default();
    let mut table: toml::Table = text.parse().unwrap_or_default();
    let output = table.get_mut("output").and_then(|output| output.get_mut("html"));
    output.and_then(toml::Value::as_table_mut).map(std::mem::take).unwrap_or_default()
}
