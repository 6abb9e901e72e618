//! `exercise.toml`: what an exercise declares about itself and its steps.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::diagnosis::Diagnosis;
use crate::document::{self, DocumentError};

/// The version of the document's form that this code reads.
pub const FORMAT: u32 = 1;

/// Who drives the reader's code, and through what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shape {
    /// A library that the test calls in its own process.
    Call,
    /// A function process that polls the Runtime API.
    Function,
    /// A server process that is handed its listener.
    Server,
}

/// An exercise, as its `exercise.toml` declares it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exercise {
    /// The version of this document's form; [`FORMAT`].
    pub format: u32,
    /// Stable: the reader's progress is keyed on it, never on the number or the folder.
    pub uuid: String,
    /// The N of `cargo test -p exercise-N`.
    pub number: u32,
    /// What the exercise is called in the book and in the terminal.
    pub title: String,
    /// The book's source page, relative to `book/src`, such as `01-serverless-functions.md`.
    pub chapter: String,
    /// Who drives the reader's code.
    pub shape: Shape,
    /// Minutes that a reader of average experience needs for the whole exercise.
    pub minutes: u32,
    /// 1 (an evening's start) to 5.
    pub difficulty: u8,
    /// Files that the starter and the solution share to the letter, relative to the package.
    #[serde(default)]
    pub given: Vec<String>,
    /// What a submission consists of, as patterns relative to the package.
    #[serde(default = "default_submit")]
    pub submit: Vec<String>,
    /// How a submission is graded.
    #[serde(default)]
    pub grading: Grading,
    /// The steps, in order.
    #[serde(rename = "step")]
    pub steps: Vec<Step>,
    /// Runs that the book offers, recorded by a real run.
    #[serde(default, rename = "try")]
    pub tries: Vec<Try>,
    /// Consoles that the book offers, each with a session recorded by a real run.
    #[serde(default, rename = "console")]
    pub consoles: Vec<Console>,
    /// The exercise's folder, absolute. Not part of the document.
    #[serde(skip)]
    pub folder: PathBuf,
}

/// What the grader has to know beside the steps.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grading {
    /// Roles of the tests' processes that are no part of a submission, and are played by the course's own code.
    #[serde(default)]
    pub given: Vec<String>,
}

/// A step of an exercise.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Stable within the exercise, such as `typed-event`.
    pub id: String,
    /// What the step is called.
    pub title: String,
    /// What the step is worth.
    pub points: u32,
    /// Minutes that a reader of average experience needs.
    pub minutes: u32,
    /// The files that the reader edits, relative to the package.
    pub files: Vec<String>,
    /// The module of `tests/steps` that holds the step's tests, such as `step_1_typed_event`.
    pub tests: String,
    /// Where the book explains it: a page of the built book and an anchor.
    pub read: String,
    /// Nudge, concept and outline, in Markdown. The fourth level, the worked diff, is made from the solution.
    pub hints: [String; 3],
    /// What a failure probably means, the likeliest first.
    #[serde(default, rename = "diagnosis")]
    pub diagnoses: Vec<Diagnosis>,
}

/// A run that the book offers: an example of the solution's package and its recorded output.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Try {
    /// Stable, unique in the book.
    pub id: String,
    /// What it is called on the page.
    pub title: String,
    /// The example of the solution's package that is run.
    pub example: String,
    /// One sentence: what the run shows.
    pub about: String,
}

/// A console that the book offers: a lab of the page's own. Its document is `consoles/ID.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Console {
    /// Stable, unique in the book.
    pub id: String,
    /// What it is called on the page.
    pub title: String,
    /// One sentence: what is in its lab.
    pub about: String,
}

impl Exercise {
    /// Reads `exercise.toml` in `folder`, and refuses one that contradicts itself or has a pattern that is none.
    pub fn read(folder: &Path) -> Result<Self, DocumentError> {
        let exercise = Self::read_for_a_test(folder)?;
        exercise.check_patterns().map_err(|message| DocumentError::invalid(&path_in(folder), message))?;
        Ok(exercise)
    }

    /// As [`Exercise::read`], without compiling the patterns of its diagnoses: that takes longer than a quick test,
    /// and a test that passes asks for none of them.
    pub fn read_for_a_test(folder: &Path) -> Result<Self, DocumentError> {
        let path = path_in(folder);
        let mut exercise: Self = document::read(&path)?;
        folder.clone_into(&mut exercise.folder);
        exercise.check().map_err(|message| DocumentError::invalid(&path, message))?;
        Ok(exercise)
    }

    /// The package, as cargo knows it.
    pub fn package(&self) -> String {
        format!("exercise-{}", self.number)
    }

    /// The solution's package.
    pub fn solution_package(&self) -> String {
        format!("solution-{}", self.number)
    }

    /// The folder's own name, such as `01-serverless-functions`; the solution's folder has the same.
    pub fn slug(&self) -> &str {
        self.folder.file_name().and_then(|name| name.to_str()).unwrap_or_default()
    }

    /// The chapter's page in the built book.
    pub fn page(&self) -> String {
        format!("{}.html", self.chapter.strip_suffix(".md").unwrap_or(&self.chapter))
    }

    /// Where what real runs gave is kept.
    pub fn recordings(&self) -> PathBuf {
        self.folder.join("recordings")
    }

    /// Where the recorded output of a try is kept.
    pub fn recording(&self, try_id: &str) -> PathBuf {
        self.recordings().join(format!("{try_id}.txt"))
    }

    /// Where it is said what a console begins with and suggests.
    pub fn console(&self, console_id: &str) -> PathBuf {
        self.folder.join("consoles").join(format!("{console_id}.toml"))
    }

    /// Where the recorded session of a console is kept.
    pub fn console_recording(&self, console_id: &str) -> PathBuf {
        self.recordings().join(format!("{console_id}.json"))
    }

    /// The step whose tests are in the module `tests`.
    pub fn step_of_module(&self, tests: &str) -> Option<&Step> {
        self.steps.iter().find(|step| step.tests == tests)
    }

    /// A step's stable key across the course.
    pub fn key(&self, step: &Step) -> String {
        format!("{}/{}", self.uuid, step.id)
    }

    fn check(&self) -> Result<(), String> {
        if self.format != FORMAT {
            return Err(format!("format is {}, this course reads {FORMAT}", self.format));
        }
        if self.steps.is_empty() {
            return Err("an exercise has at least one step".into());
        }
        if !(1..=5).contains(&self.difficulty) {
            return Err(format!("difficulty is {}, it goes from 1 to 5", self.difficulty));
        }
        unique("step id", self.steps.iter().map(|step| &step.id))?;
        unique("step module", self.steps.iter().map(|step| &step.tests))?;
        unique("try id", self.tries.iter().map(|run| &run.id))?;
        unique("console id", self.consoles.iter().map(|console| &console.id))?;
        for step in &self.steps {
            let of_step = |message: String| format!("step {}: {message}", step.id);
            unique("diagnosis id", step.diagnoses.iter().map(|diagnosis| &diagnosis.id)).map_err(of_step)?;
            if step.files.is_empty() {
                return Err(of_step("it names no file for the reader to edit".into()));
            }
        }
        Ok(())
    }

    fn check_patterns(&self) -> Result<(), String> {
        for step in &self.steps {
            for diagnosis in &step.diagnoses {
                diagnosis.check().map_err(|message| format!("step {}: {message}", step.id))?;
            }
        }
        Ok(())
    }
}

fn path_in(folder: &Path) -> PathBuf {
    folder.join("exercise.toml")
}

fn default_submit() -> Vec<String> {
    vec!["src/**/*.rs".into()]
}

fn unique<'a>(what: &str, ids: impl Iterator<Item = &'a String>) -> Result<(), String> {
    let mut seen = HashSet::new();
    for id in ids {
        if !seen.insert(id) {
            return Err(format!("{what} {id} appears twice"));
        }
    }
    Ok(())
}
