//! The course on disk: where it is and what it holds.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use lab_manifest::DocumentError;
use lab_manifest::console::Document;
use lab_manifest::exercise::{Exercise, Step};
use lab_manifest::workspace;

use crate::failure::Failure;

/// The course on disk.
#[derive(Debug)]
pub struct Course {
    /// The folder that holds `book/`, `exercises/` and `solutions/`, absolute.
    pub root: PathBuf,
    /// The exercises whose `exercise.toml` can be read, by number.
    pub exercises: Vec<Exercise>,
    /// What is wrong with the others.
    pub broken: Vec<DocumentError>,
}

impl Course {
    /// The course that the working directory is in, or else the one that this binary was built from.
    pub fn find() -> Result<Self, Failure> {
        let here = std::env::current_dir().map_err(|source| Failure::Io {
            doing: "find the working directory",
            path: PathBuf::from("."),
            source,
        })?;
        // `cargo run` says where the package is, so that the alias works with `--manifest-path` too.
        let package = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
        workspace::root(&here)
            .or_else(|| package.and_then(|folder| workspace::root(&folder)))
            .map(|root| Self::read(&root))
            .ok_or(Failure::NotACourse { folder: here })
    }

    /// The course at `root`. A broken `exercise.toml` costs that exercise alone.
    pub fn read(root: &Path) -> Self {
        let (exercises, broken) = workspace::exercises(root);
        Self { root: root.to_owned(), exercises, broken }
    }

    /// The exercise with this number.
    pub fn exercise(&self, number: u32) -> Result<&Exercise, Failure> {
        self.exercises.iter().find(|exercise| exercise.number == number).ok_or_else(|| {
            Failure::NoSuchExercise {
                number,
                known: self.exercises.iter().map(|exercise| exercise.number).collect(),
                broken: self.broken.iter().map(ToString::to_string).collect(),
            }
        })
    }

    /// The consoles that can be opened, by id. The book tells of one whose document is broken.
    pub fn consoles(&self) -> BTreeMap<String, Arc<Document>> {
        let all = self
            .exercises
            .iter()
            .flat_map(|exercise| exercise.consoles.iter().map(move |console| (exercise, console)));
        all.filter_map(|(exercise, console)| {
            let document = Document::read(&exercise.console(&console.id)).ok()?;
            Some((console.id.clone(), Arc::new(document)))
        })
        .collect()
    }

    /// The step of `exercise` that the reader means by `text`: its number, or its id.
    pub fn step<'a>(&self, exercise: &'a Exercise, text: &str) -> Result<(usize, &'a Step), Failure> {
        exercise
            .steps
            .iter()
            .enumerate()
            .map(|(index, step)| (index + 1, step))
            .find(|(number, step)| step.id == text || number.to_string() == text)
            .ok_or_else(|| Failure::NoSuchStep {
                exercise: exercise.number,
                step: text.to_owned(),
                known: exercise.steps.iter().map(|step| step.id.clone()).collect(),
            })
    }

    /// `path` as a reader knows it: from the course's root, with forward slashes.
    pub fn shown(&self, path: &Path) -> String {
        path.strip_prefix(&self.root).unwrap_or(path).display().to_string().replace('\\', "/")
    }

    /// The solution's folder of an exercise.
    pub fn solution(&self, exercise: &Exercise) -> PathBuf {
        self.root.join("solutions").join(exercise.slug())
    }

    /// Where the reader's own progress, backups and reports are kept.
    pub fn own_folder(&self) -> PathBuf {
        self.root.join(".course")
    }

    /// The book's folder.
    pub fn book(&self) -> PathBuf {
        self.root.join("book")
    }
}
