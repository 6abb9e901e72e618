//! What every judgment needs and none may change: prepared once for a version of the course.
//!
//! - `pristine`: a copy of the course, with the starters in place of whatever is in `exercises/`
//! - `build`: the driver, the dependencies, and the compiler lines of an exercise
//! - `line`: one compiler line, to be replayed
//! - `proof`: the reference, graded before anybody is
//! - `libraries`: the shared libraries that a program loads
//! - `reference`: what the reference observes, by step and seed

pub mod line;

mod build;
mod libraries;
mod pristine;
mod proof;
pub(crate) mod reference;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use lab_manifest::exercise::{Exercise, Step};
use lab_manifest::workspace;

use crate::cell::probe::{self, Offer};
use crate::compile::Compiled;
use crate::verdict::{Cancel, Judge, Outcome, Settings, StepVerdict, Tier, Verdict, Work};
use crate::{check, compile};

pub use build::Prepared;

/// Where a bench is, and what it is made from.
#[derive(Clone, Debug)]
pub struct Place {
    /// The course's checkout.
    pub course: PathBuf,
    /// A folder of the bench's own. It is made if it is not there, and kept for the next run.
    pub folder: PathBuf,
    /// The command that makes a cell, such as `/…/course cell`.
    pub cell: Vec<OsString>,
}

/// A bench: judges work on the exercises that it was prepared for.
#[derive(Clone, Debug)]
pub struct Bench {
    place: Place,
    offer: Offer,
    tier: Tier,
    version: String,
    exercises: BTreeMap<u32, Prepared>,
    /// One judgment at a time makes an observation of the reference; the others find it.
    pub(crate) referring: Arc<Mutex<()>>,
    /// Nobody else changes the folder as long as this bench is in use.
    _lock: Arc<File>,
}

/// Why there is no bench.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// A file of the course or of the bench.
    #[error("{path}: {source}")]
    File {
        /// Which.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// An exercise that the course doesn't have, or whose document is broken.
    #[error("{0}")]
    Course(String),
    /// A program of the grader's own.
    #[error("{program}: {message}")]
    Program {
        /// Which.
        program: String,
        /// What it said, or why it didn't start.
        message: String,
    },
    /// The sandbox.
    #[error("the sandbox of this machine is of tier {tier}, and grading needs base at least")]
    Tier {
        /// What there is.
        tier: Tier,
        /// What was found, a line each.
        facts: Vec<String>,
        /// What to do.
        remedy: Option<String>,
    },
    /// The grader does not give the reference all its points here.
    #[error("the solution of exercise {exercise} does not earn every point on this machine ({outcome})")]
    Unproved {
        /// Of which exercise.
        exercise: u32,
        /// What it got instead, and where.
        outcome: String,
    },
    /// Somebody wants it to end.
    #[error("interrupted")]
    Cancelled,
}

impl BenchError {
    pub(crate) fn file(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::File { path: path.display().to_string(), source }
    }
}

impl Bench {
    /// Prepares the exercises `numbers`, in minutes where nothing was prepared before, else in seconds. What is under way
    /// is told to `progress`, a short phrase at a time.
    pub fn prepare(
        place: Place,
        numbers: &[u32],
        cancel: &Cancel,
        progress: &mut dyn FnMut(&str),
    ) -> Result<Self, BenchError> {
        let offer = probe::offer(&place.cell);
        if offer.tier < Tier::Base {
            return Err(BenchError::Tier { tier: offer.tier, facts: offer.facts, remedy: offer.remedy });
        }
        std::fs::create_dir_all(&place.folder).map_err(BenchError::file(&place.folder))?;
        let place =
            Place { folder: place.folder.canonicalize().map_err(BenchError::file(&place.folder))?, ..place };
        progress("copying the course");
        let lock = lock(&place.folder, progress)?;
        let (course, version) = pristine::copy(&place.course, &place.folder, numbers)?;
        let (found, broken) = workspace::exercises(&course);
        let mut exercises = BTreeMap::new();
        for &number in numbers {
            let exercise = found.iter().find(|exercise| exercise.number == number).ok_or_else(|| {
                let broken: Vec<String> = broken.iter().map(ToString::to_string).collect();
                BenchError::Course(format!("there is no exercise {number} {}", broken.join("; ")))
            })?;
            let prepared =
                build::prepare(&course, &place.folder, exercise.clone(), &version, cancel, progress)?;
            exercises.insert(number, prepared);
        }
        let tier = offer.tier;
        Ok(Self { place, offer, tier, version, exercises, referring: Arc::default(), _lock: lock.into() })
    }

    /// Grades the solutions: a grader that does not give them all their points gives nobody a mark.
    pub fn prove(&self, cancel: &Cancel, progress: &mut dyn FnMut(&str)) -> Result<(), BenchError> {
        proof::prove(self, cancel, progress)
    }

    /// The same in a weaker sandbox, for the tests of it. A stronger one than the machine offers is not to be had.
    #[must_use]
    pub fn at_tier(&self, tier: Tier) -> Self {
        Self { tier: tier.min(self.offer.tier), ..self.clone() }
    }

    /// The sandbox, as it was found.
    pub fn offer(&self) -> &Offer {
        &self.offer
    }

    /// The sandbox that is used.
    pub fn tier(&self) -> Tier {
        self.tier
    }

    /// Names the course as it is: a digest of everything that a verdict depends on.
    pub fn course_version(&self) -> &str {
        &self.version
    }

    /// An exercise that was prepared.
    pub fn exercise(&self, number: u32) -> Option<&Exercise> {
        self.exercises.get(&number).map(|prepared| &prepared.exercise)
    }

    /// The verdict on `work` as far as the steps `only` go, for the tests of it.
    pub fn judge_steps(&self, work: &Work, settings: &Settings, only: &[&str], cancel: &Cancel) -> Verdict {
        match self.compile_steps(work, settings, only, cancel) {
            Ok(compiled) => self.judge_compiled(work.exercise, &compiled, settings, only, cancel),
            Err(verdict) => verdict,
        }
    }

    /// The program of `work`, or the verdict on the steps `only` where there is none. With [`Self::judge_compiled`] it is
    /// judged in several sandboxes.
    pub fn compile_steps(
        &self,
        work: &Work,
        settings: &Settings,
        only: &[&str],
        cancel: &Cancel,
    ) -> Result<Compiled, Verdict> {
        let prepared = self.prepared_steps(work.exercise, only)?;
        self.compile(&prepared, work, settings, cancel)
    }

    /// The verdict on what was compiled of work on exercise `number`, as far as the steps `only` go.
    pub fn judge_compiled(
        &self,
        number: u32,
        compiled: &Compiled,
        settings: &Settings,
        only: &[&str],
        cancel: &Cancel,
    ) -> Verdict {
        match self.prepared_steps(number, only) {
            Ok(prepared) => self.check(&prepared, compiled, settings, cancel),
            Err(verdict) => verdict,
        }
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.place.folder
    }

    pub(crate) fn cell(&self) -> &[OsString] {
        &self.place.cell
    }

    pub(crate) fn prepared(&self, number: u32) -> Option<&Prepared> {
        self.exercises.get(&number)
    }

    /// An exercise as far as its steps `only` go.
    fn prepared_steps(&self, number: u32, only: &[&str]) -> Result<Prepared, Verdict> {
        let mut prepared = self.prepared(number).ok_or_else(|| self.unprepared())?.clone();
        prepared.exercise.steps.retain(|step| only.contains(&step.id.as_str()));
        Ok(prepared)
    }

    fn compile(
        &self,
        prepared: &Prepared,
        work: &Work,
        settings: &Settings,
        cancel: &Cancel,
    ) -> Result<Compiled, Verdict> {
        let steps = &prepared.exercise.steps;
        compile::compile(self, prepared, work, &settings.limits, cancel).map_err(|failed| match failed {
            compile::Failed::Work { outcome, message } => self.whole(steps, outcome, message),
            compile::Failed::Bench(error) => self.whole(steps, Outcome::InfraError, error.to_string()),
        })
    }

    fn check(
        &self,
        prepared: &Prepared,
        compiled: &Compiled,
        settings: &Settings,
        cancel: &Cancel,
    ) -> Verdict {
        check::check(self, prepared, compiled, settings, cancel).unwrap_or_else(|error| {
            self.whole(&prepared.exercise.steps, Outcome::InfraError, error.to_string())
        })
    }

    fn unprepared(&self) -> Verdict {
        self.whole(&[], Outcome::InfraError, "the exercise was not prepared".into())
    }

    /// A verdict of one outcome for every step: nothing was run.
    fn whole(&self, steps: &[Step], outcome: Outcome, note: String) -> Verdict {
        Verdict {
            outcome,
            tier: self.tier,
            steps: steps
                .iter()
                .map(|step| StepVerdict {
                    step: step.id.clone(),
                    title: step.title.clone(),
                    points: step.points,
                    outcome,
                    tests: Vec::new(),
                })
                .collect(),
            notes: vec![note],
            unstable: false,
        }
    }
}

/// One bench at a time in a folder: a second would build another version of the course under the first.
fn lock(folder: &Path, progress: &mut dyn FnMut(&str)) -> Result<File, BenchError> {
    let path = folder.join("lock");
    let file = File::create(&path).map_err(BenchError::file(&path))?;
    if file.try_lock().is_err() {
        progress("another grader uses the bench: waiting for it");
        file.lock().map_err(BenchError::file(&path))?;
    }
    Ok(file)
}

impl Judge for Bench {
    fn judge(&self, work: &Work, settings: &Settings, cancel: &Cancel) -> Verdict {
        let Some(prepared) = self.prepared(work.exercise) else { return self.unprepared() };
        match self.compile(prepared, work, settings, cancel) {
            Ok(compiled) => self.check(prepared, &compiled, settings, cancel),
            Err(verdict) => verdict,
        }
    }
}
