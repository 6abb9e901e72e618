//! What the reader has done: `.course/progress.json`.
//!
//! Keyed on the stable ids of `exercise.toml` (`uuid/step`), never on a number or a folder, so that it survives a
//! rename. Written to a neighbor and moved into place, so that no moment has half a file.

mod plain_runs;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use lab_manifest::exercise::{Exercise, Step};
pub use lab_manifest::plain_run::now_ms;
use lab_manifest::report::{Outcome, TestReport};
use serde::{Deserialize, Serialize};

use crate::course::Course;
use crate::failure::Failure;

/// The version of the file's form.
const VERSION: u32 = 1;

/// How a step stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// It was never run.
    #[default]
    Unknown,
    /// It ended in its `todo!`.
    Todo,
    /// A test failed.
    Failed,
    /// Every test passed.
    Passed,
}

/// What is known of a step.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepRecord {
    /// How it stood at its last run.
    pub status: Status,
    /// When it last ran, in milliseconds since 1970: an earlier run says nothing any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ran_ms: Option<u64>,
    /// When it first passed, in milliseconds since 1970; it has passed once even where it is red now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_passed_ms: Option<u64>,
    /// The deepest hint that was asked for, 1 to 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<u8>,
}

impl StepRecord {
    /// Takes over how a run of the step ended.
    fn ended(&mut self, status: Status, at_ms: u64) {
        self.status = status;
        self.ran_ms = Some(at_ms);
        if status == Status::Passed && self.first_passed_ms.is_none() {
            self.first_passed_ms = Some(at_ms);
        }
    }

    /// The step is to be done again: no run until now says anything. That it once passed stays known.
    pub fn forget(&mut self) {
        self.status = Status::Unknown;
        self.ran_ms = Some(now_ms());
    }
}

/// What the reader has done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    version: u32,
    steps: BTreeMap<String, StepRecord>,
}

impl Default for Progress {
    fn default() -> Self {
        Self { version: VERSION, steps: BTreeMap::new() }
    }
}

impl Progress {
    /// The course's progress, with the results of the reader's own `cargo test`.
    pub fn read(course: &Course) -> Result<Self, Failure> {
        let mut progress = Self::read_file(course)?;
        plain_runs::take_in(course, &mut progress);
        Ok(progress)
    }

    /// As [`Progress::read`], and keeps what was taken in, where the course can be written to.
    pub fn keep(course: &Course) -> Result<Self, Failure> {
        Self::update(course, |_| {}).or_else(|_| Self::read(course))
    }

    /// Without a file nothing was done yet.
    fn read_file(course: &Course) -> Result<Self, Failure> {
        let path = file(course);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(source) => return Err(Failure::Io { doing: "read", path, source }),
        };
        let progress: Self = serde_json::from_str(&text)
            .map_err(|error| Failure::Progress { path: path.clone(), message: error.to_string() })?;
        if progress.version != VERSION {
            let message = format!("its version is {}, this course reads {VERSION}", progress.version);
            return Err(Failure::Progress { path, message });
        }
        Ok(progress)
    }

    /// Writes it, whole or not at all.
    pub fn write(&self, course: &Course) -> Result<(), Failure> {
        let path = file(course);
        let mut text =
            serde_json::to_vec_pretty(self).expect("the document has no map with other keys than text");
        text.push(b'\n');
        write_whole(&path, &text).map_err(|source| Failure::Io { doing: "write", path, source })
    }

    /// Reads, changes and writes under a lock, so that two commands at once lose nothing of each other's.
    pub fn update(course: &Course, change: impl FnOnce(&mut Self)) -> Result<Self, Failure> {
        let folder = course.own_folder();
        let io = |doing, path: &Path| {
            let path = path.to_owned();
            move |source| Failure::Io { doing, path, source }
        };
        std::fs::create_dir_all(&folder).map_err(io("make", &folder))?;
        let lock = folder.join("progress.lock");
        let held = std::fs::File::create(&lock).map_err(io("write", &lock))?;
        held.lock().map_err(io("lock", &lock))?;
        let mut progress = Self::read_file(course)?;
        let before = progress.clone();
        plain_runs::take_in(course, &mut progress);
        change(&mut progress);
        if progress != before {
            progress.write(course)?;
        }
        Ok(progress)
    }

    /// What is known of a step.
    pub fn step(&self, exercise: &Exercise, step: &Step) -> StepRecord {
        self.steps.get(&exercise.key(step)).cloned().unwrap_or_default()
    }

    /// Changes what is known of a step.
    pub fn step_mut(&mut self, exercise: &Exercise, step: &Step) -> &mut StepRecord {
        self.steps.entry(exercise.key(step)).or_default()
    }

    /// Takes over how the steps of a run ended. Steps that were not run keep what is known of them, and so do those whose
    /// reference was changed: what they say is not the course's word.
    pub fn record(&mut self, exercise: &Exercise, tests: &[TestReport]) {
        for step in &exercise.steps {
            let own = tests.iter().filter(|test| test.step == step.id && test.edited.is_empty());
            let Some(status) = status(own) else { continue };
            self.step_mut(exercise, step).ended(status, now_ms());
        }
    }

    /// The steps that are green now.
    pub fn passed(&self, exercise: &Exercise) -> usize {
        exercise.steps.iter().filter(|step| self.step(exercise, step).status == Status::Passed).count()
    }

    /// Whether the step has ever passed: its solution may be shown.
    pub fn has_passed(&self, exercise: &Exercise, step: &Step) -> bool {
        self.step(exercise, step).first_passed_ms.is_some()
    }

    /// The first step that is not green.
    pub fn first_red<'a>(&self, exercise: &'a Exercise) -> Option<(usize, &'a Step)> {
        exercise
            .steps
            .iter()
            .enumerate()
            .map(|(index, step)| (index + 1, step))
            .find(|(_, step)| self.step(exercise, step).status != Status::Passed)
    }
}

/// How a step stands, from its tests: it has failed where one has, and waits where one reached a `todo!`.
pub fn status<'a>(tests: impl Iterator<Item = &'a TestReport>) -> Option<Status> {
    status_of(tests.map(|test| test.outcome))
}

fn status_of(outcomes: impl Iterator<Item = Outcome>) -> Option<Status> {
    outcomes
        .map(|outcome| match outcome {
            Outcome::Passed => Status::Passed,
            Outcome::Todo => Status::Todo,
            Outcome::Failed | Outcome::Panicked => Status::Failed,
        })
        .max_by_key(|status| match status {
            Status::Unknown => 0,
            Status::Passed => 1,
            Status::Todo => 2,
            Status::Failed => 3,
        })
}

/// Writes `bytes` to a neighbor of `path`, to the disk, and moves it into place.
pub fn write_whole(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let folder = path.parent().expect("a file is in a folder");
    std::fs::create_dir_all(folder)?;
    let neighbor = path.with_extension(format!("new-{}", std::process::id()));
    let write = || {
        let mut file = std::fs::File::create(&neighbor)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&neighbor, path)
    };
    write().inspect_err(|_| {
        let _ = std::fs::remove_file(&neighbor);
    })
}

fn file(course: &Course) -> PathBuf {
    course.own_folder().join("progress.json")
}
