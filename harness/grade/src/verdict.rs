//! What is judged, by which settings, and what comes of it.
//!
//! The seam of the grader's two halves: who collects work and reports on it knows nothing of sandboxes, and who judges
//! knows nothing of classes.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::limits::Limits;

/// The version of a verdict's form. A journal of another one is not read as this one's.
pub const FORMAT: u32 = 1;

/// One submission of one exercise, as intake hands it over: copied, capped, UTF-8.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Work {
    /// The N of `exercise-N`.
    pub exercise: u32,
    /// Contents by path relative to the package, such as `src/views.rs`; relative, without `..`.
    pub files: BTreeMap<PathBuf, Vec<u8>>,
    /// Names the verdict that this work gets: equal digests, equal verdicts. [`Digest::of`] makes it.
    pub digest: Digest,
}

impl Work {
    /// The work of `files`, named with everything else that a verdict depends on: the course's version and whatever
    /// stands for the seeds and limits of the class.
    pub fn new(
        exercise: u32,
        files: BTreeMap<PathBuf, Vec<u8>>,
        course_version: &str,
        settings_id: &str,
    ) -> Self {
        let digest = Digest::of(exercise, &files, course_version, settings_id);
        Self { exercise, files, digest }
    }
}

/// A SHA-256, as 64 lower-case hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Digest(String);

impl Digest {
    /// The digest of a work and of what its verdict depends on. Each part is preceded by its length, so that no two
    /// different works have the same bytes.
    pub fn of(
        exercise: u32,
        files: &BTreeMap<PathBuf, Vec<u8>>,
        course_version: &str,
        settings_id: &str,
    ) -> Self {
        let mut hash = Sha256::new();
        let mut part = |bytes: &[u8]| {
            hash.update(u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_le_bytes());
            hash.update(bytes);
        };
        part(&FORMAT.to_le_bytes());
        part(&exercise.to_le_bytes());
        part(course_version.as_bytes());
        part(settings_id.as_bytes());
        for (path, content) in files {
            part(path_bytes(path).as_slice());
            part(content);
        }
        Self(crate::hexadecimal::digits(&hash.finalize()))
    }

    /// The 64 digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// The same on every system, whatever it separates a path's parts with.
fn path_bytes(path: &Path) -> Vec<u8> {
    let parts: Vec<_> = path.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    parts.join("/").into_bytes()
}

/// By what a work is judged; the same for a whole class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The first is 0, the disclosed one; the others are hidden and never leave the grader.
    pub seeds: Vec<u64>,
    /// What compiling and running may take.
    pub limits: Limits,
    /// How often each step is run with each seed, at least 1. What differs from run to run is unstable.
    pub repeats: u32,
    /// Where only a hidden seed fails, this many disclosed ones (1, 2, …) are tried for one that fails alike.
    pub search: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self { seeds: vec![0], limits: Limits::default(), repeats: 1, search: 20 }
    }
}

/// Who judges.
pub trait Judge: Sync {
    /// The verdict on `work`. It never fails: trouble of the grader's own is [`Outcome::InfraError`], and so is a
    /// judgment that `cancel` ended.
    fn judge(&self, work: &Work, settings: &Settings, cancel: &Cancel) -> Verdict;
}

/// Ends a judgment from another thread. Final: what is asked of the same handle later does not start.
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// Ends whatever is under way with this handle.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether somebody cancelled.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// What came of a work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// [`Outcome::Pass`] where every step passed; else what stopped the whole work (it does not compile), or the
    /// outcome of the first step that did not pass.
    pub outcome: Outcome,
    /// The sandbox that it ran in.
    pub tier: Tier,
    /// Every step of the exercise, in order, also where nothing ran.
    pub steps: Vec<StepVerdict>,
    /// What a person should know: the compiler's message, what was left out. Bounded, without control characters.
    pub notes: Vec<String>,
    /// Two runs differed: for a person to look at.
    pub unstable: bool,
}

impl Verdict {
    /// The points of the steps that passed.
    pub fn points(&self) -> u32 {
        sum_of(self.steps.iter().map(StepVerdict::earned))
    }

    /// The points of all steps.
    pub fn points_possible(&self) -> u32 {
        sum_of(self.steps.iter().map(|step| step.points))
    }

    /// Whether this says nothing about the work and should be tried again.
    pub fn is_infra_error(&self) -> bool {
        let steps = self.steps.iter().map(|step| step.outcome);
        steps.chain([self.outcome]).any(|outcome| outcome == Outcome::InfraError)
    }
}

/// Points added up. A journal may be anybody's: what no sum holds is the most that one does.
pub(crate) fn sum_of(points: impl Iterator<Item = u32>) -> u32 {
    points.fold(0, u32::saturating_add)
}

/// What came of a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepVerdict {
    /// The step's stable id.
    pub step: String,
    /// What it is called.
    pub title: String,
    /// What it is worth.
    pub points: u32,
    /// [`Outcome::Pass`] where every test passed with every seed.
    pub outcome: Outcome,
    /// The tests that did not pass, and with the disclosed seed those that did.
    pub tests: Vec<TestVerdict>,
}

impl StepVerdict {
    /// What was earned: all or nothing.
    pub fn earned(&self) -> u32 {
        if self.outcome == Outcome::Pass { self.points } else { 0 }
    }
}

/// What came of a test with a seed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestVerdict {
    /// Module and name, such as `step_3_views::twenty_views_at_once_are_all_counted`.
    pub test: String,
    /// Which seed it ran with.
    pub seed: SeedKind,
    /// How it ended.
    pub outcome: Outcome,
    /// What the reference observed; for disclosed seeds only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// What was observed of the work; for disclosed seeds only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actual: Option<String>,
    /// Why, in a sentence that names no hidden input; empty where it passed.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub cause: String,
}

/// A seed, as far as a report may name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SeedKind {
    /// The seed of the snapshots in the repository: 0.
    Disclosed(u64),
    /// The n-th of the class's hidden ones, counted from 1.
    Hidden(u32),
    /// A disclosed one that fails as a hidden one did; `cargo course grade --self --seed N` shows it.
    Found(u64),
}

/// How a work, a step or a test ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It does what the reference does.
    Pass,
    /// It does something else.
    Fail,
    /// It does not compile.
    CompileError,
    /// It asked for what no exercise needs: unsafe code, a file, a socket, a process.
    Forbidden,
    /// Its time was up.
    Timeout,
    /// Its memory was.
    Oom,
    /// Its process ended before its work did.
    Crash,
    /// It wrote more than it may.
    OutputLimit,
    /// The grader failed. Never a zero: it is tried again.
    InfraError,
}

impl Outcome {
    /// As in documents: `compile_error`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::CompileError => "compile_error",
            Self::Forbidden => "forbidden",
            Self::Timeout => "timeout",
            Self::Oom => "oom",
            Self::Crash => "crash",
            Self::OutputLimit => "output_limit",
            Self::InfraError => "infra_error",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// How strong the sandbox is that this machine offers. Ordered: stronger is greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// Less than the base: nothing is run, nothing is scored.
    None,
    /// Landlock, seccomp, resource limits, no new privileges.
    Base,
    /// Namespaces besides: a file system, a network and processes of its own.
    Strong,
}

impl Tier {
    /// As in documents: `strong`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Base => "base",
            Self::Strong => "strong",
        }
    }
}

impl fmt::Display for Tier {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn work(files: &[(&str, &str)], version: &str, settings: &str) -> Digest {
        let files = files.iter().map(|(path, text)| (PathBuf::from(path), text.as_bytes().to_vec()));
        Work::new(1, files.collect(), version, settings).digest
    }

    #[test]
    fn a_digest_depends_on_everything_that_a_verdict_depends_on() {
        let base = work(&[("src/a.rs", "one"), ("src/b.rs", "two")], "1", "s");
        assert_eq!(base, work(&[("src/b.rs", "two"), ("src/a.rs", "one")], "1", "s"));
        let others = [
            work(&[("src/a.rs", "onetwo"), ("src/b.rs", "")], "1", "s"),
            work(&[("src/a.rs", "one"), ("src/c.rs", "two")], "1", "s"),
            work(&[("src/a.rs", "one")], "1", "s"),
            work(&[("src/a.rs", "one"), ("src/b.rs", "two")], "1s", ""),
            work(&[("src/a.rs", "one"), ("src/b.rs", "two")], "1", "t"),
        ];
        for other in others {
            assert_ne!(base, other);
        }
        assert_eq!(base.as_str().len(), 64);
    }

    #[test]
    fn outcomes_are_written_as_the_reports_call_them() {
        for outcome in [Outcome::CompileError, Outcome::OutputLimit, Outcome::InfraError, Outcome::Oom] {
            assert_eq!(serde_json::to_value(outcome).unwrap(), outcome.as_str());
        }
        assert_eq!(serde_json::to_value(SeedKind::Hidden(2)).unwrap(), serde_json::json!({"hidden": 2}));
        assert!(Tier::Strong > Tier::Base && Tier::Base > Tier::None);
    }
}
