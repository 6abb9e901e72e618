//! `course.toml`: how a class is graded. Its schema, with every key:
//!
//! ```toml
//! [grading]
//! class = "distributed-systems-2026" # in reports; part of the seeds
//! time-zone = "Europe/Prague"        # IANA; deadlines and times of submission without an offset are in it
//! repeats = 1                        # runs of each step with each seed; what differs is unstable
//! retries = 2                        # further attempts where the grader itself failed
//!
//! [[grading.exercise]]               # without any: every exercise, with the same weight and no deadline
//! number = 1
//! weight = 2                         # its share of the total; 1
//! deadline = "2026-11-30 23:59"      # the minute belongs to the deadline's second :00
//!
//! [grading.late]                     # without it, late work counts in full and is marked late
//! per-day-percent = 10               # taken from the mark for each started day
//! grace = "15 minutes"               # after the deadline that is not late yet
//! hard-stop = "7 days"               # after the deadline; what comes later counts nothing
//!
//! [grading.seeds]                    # without it, a secret is made up beside the journal
//! secret-env = "COURSE_SECRET"       # or: secret-file = "../course.secret", relative to this document
//! count = 3                          # hidden seeds an exercise
//!
//! [grading.limits]                   # what a submission may take; keys as in `Limits`, all optional
//! step-seconds = 120
//! compile = { memory-mib = 2048, wall-seconds = 90 }
//! run = { memory-mib = 512, cpu-seconds = 20 }
//! ```
//!
//! The time of a submission comes from the roster or from whoever starts the grader, never from a commit or a file:
//! those dates are the submitter's word.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Spanned;

use crate::limits::{Bounds, Limits};
use crate::policy::{ExercisePolicy, Late, Policy, PolicyError};

/// A secret shorter than this could be guessed.
pub const SECRET_BYTES_LEAST: usize = 16;
const SEEDS_MOST: u32 = 32;
const REPEATS_MOST: u32 = 10;
const RETRIES_MOST: u32 = 5;
const WEIGHT_MOST: u32 = 1000;

/// How a class is graded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grading {
    /// Weights, deadlines, late policy: what turns verdicts into marks.
    pub policy: Policy,
    /// Where the secret of the class is.
    pub secret: Option<Secret>,
    /// Hidden seeds an exercise.
    pub seeds: u32,
    /// Runs of each step with each seed.
    pub repeats: u32,
    /// Further attempts where the grader itself failed.
    pub retries: u32,
    /// What a submission may take.
    pub limits: Limits,
}

/// Where the secret of a class is: never in this document, which people commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Secret {
    /// In a variable of the environment.
    Env(String),
    /// In a file.
    File(PathBuf),
}

impl Default for Grading {
    fn default() -> Self {
        Self {
            policy: Policy::default(),
            secret: None,
            seeds: default_seeds(),
            repeats: 1,
            retries: default_retries(),
            limits: Limits::default(),
        }
    }
}

/// A `course.toml` that can't be used.
#[derive(Debug, thiserror::Error)]
pub enum CourseTomlError {
    /// It could not be read.
    #[error("could not read {path}: {source}", path = path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// It is not what it should be.
    #[error("{place}: {message}")]
    Invalid {
        /// File and line.
        place: String,
        /// What is wrong with it.
        message: String,
        /// What to write instead.
        remedy: String,
    },
}

/// A finding in the text: where, what, and what to do.
struct Finding {
    at: usize,
    message: String,
    remedy: String,
}

impl Grading {
    /// Reads the document at `path`.
    pub fn read(path: &Path) -> Result<Self, CourseTomlError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| CourseTomlError::Read { path: path.to_owned(), source })?;
        Self::parse(&text, path)
    }

    /// Reads the document that `text` is. `path` is what errors name, and what a secret's file is relative to.
    pub fn parse(text: &str, path: &Path) -> Result<Self, CourseTomlError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let document: Document = toml::from_str(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            invalid(
                path,
                text,
                Finding {
                    at,
                    message: error.message().to_owned(),
                    remedy: "`cargo course grade --help` shows a whole `course.toml`".into(),
                },
            )
        })?;
        document.grading.into_grading(path).map_err(|finding| invalid(path, text, finding))
    }
}

fn invalid(path: &Path, text: &str, finding: Finding) -> CourseTomlError {
    let before = text.get(..finding.at.min(text.len())).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    CourseTomlError::Invalid {
        place: format!("{}:{line}", path.display()),
        message: finding.message,
        remedy: finding.remedy,
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    grading: Raw,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Raw {
    class: Option<Spanned<String>>,
    time_zone: Option<Spanned<String>>,
    repeats: Option<Spanned<u32>>,
    retries: Option<Spanned<u32>>,
    #[serde(default, rename = "exercise")]
    exercises: Vec<RawExercise>,
    late: Option<RawLate>,
    seeds: Option<RawSeeds>,
    #[serde(default)]
    limits: RawLimits,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawExercise {
    number: Spanned<u32>,
    weight: Option<Spanned<u32>>,
    deadline: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawLate {
    per_day_percent: Spanned<u32>,
    grace: Option<Spanned<String>>,
    hard_stop: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawSeeds {
    secret_env: Option<Spanned<String>>,
    secret_file: Option<Spanned<String>>,
    count: Option<Spanned<u32>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawLimits {
    step_seconds: Option<u32>,
    #[serde(default)]
    compile: RawBounds,
    #[serde(default)]
    run: RawBounds,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawBounds {
    cpu_seconds: Option<u32>,
    wall_seconds: Option<u32>,
    memory_mib: Option<u32>,
    output_kib: Option<u32>,
    file_kib: Option<u32>,
    files: Option<u32>,
    tasks: Option<u32>,
}

impl Raw {
    fn into_grading(self, path: &Path) -> Result<Grading, Finding> {
        let at = self.time_zone.as_ref().map_or(0, |zone| zone.span().start);
        let late_at = self.late.as_ref().map_or(0, |late| late.per_day_percent.span().start);
        let mut policy = Policy {
            class: self.class.map_or_else(String::new, Spanned::into_inner),
            time_zone: self.time_zone.map(Spanned::into_inner),
            ..Policy::default()
        };
        policy.check().map_err(|error| finding(at, &error))?;
        for exercise in self.exercises {
            let number = exercise.number.span().start;
            let of_deadline = exercise.deadline.as_ref().map_or(number, |deadline| deadline.span().start);
            let weight = bounded(exercise.weight, 1, 0..=WEIGHT_MOST, "weight")?;
            let of_exercise = ExercisePolicy {
                number: exercise.number.into_inner(),
                weight,
                deadline: exercise.deadline.map(Spanned::into_inner),
            };
            policy.exercises.push(of_exercise);
            policy.check().map_err(|error| finding(of_deadline, &error))?;
        }
        if let Some(late) = self.late {
            let places = [late.grace.as_ref(), late.hard_stop.as_ref()];
            let at = places.into_iter().flatten().next().map_or(late_at, |text| text.span().start);
            policy.late = Some(Late {
                per_day_percent: bounded(Some(late.per_day_percent), 0, 0..=100, "per-day-percent")?,
                grace: late.grace.map(Spanned::into_inner),
                hard_stop: late.hard_stop.map(Spanned::into_inner),
            });
            policy.check().map_err(|error| finding(at, &error))?;
        }
        let (secret, seeds) = match self.seeds {
            None => (None, default_seeds()),
            Some(raw) => raw.read(path)?,
        };
        Ok(Grading {
            policy,
            secret,
            seeds,
            repeats: bounded(self.repeats, 1, 1..=REPEATS_MOST, "repeats")?,
            retries: bounded(self.retries, default_retries(), 0..=RETRIES_MOST, "retries")?,
            limits: self.limits.over(Limits::default()),
        })
    }
}

impl RawSeeds {
    fn read(self, path: &Path) -> Result<(Option<Secret>, u32), Finding> {
        let seeds = bounded(self.count, default_seeds(), 1..=SEEDS_MOST, "count")?;
        let beside = path.parent().unwrap_or_else(|| Path::new(""));
        let secret = match (self.secret_env, self.secret_file) {
            (Some(_), Some(file)) => {
                return Err(Finding {
                    at: file.span().start,
                    message: "the secret is in two places".into(),
                    remedy: "leave `secret-env` or `secret-file`".into(),
                });
            }
            (Some(name), None) => Some(Secret::Env(name.into_inner())),
            (None, Some(file)) => Some(Secret::File(beside.join(file.into_inner()))),
            (None, None) => None,
        };
        Ok((secret, seeds))
    }
}

impl RawLimits {
    fn over(self, limits: Limits) -> Limits {
        Limits {
            compile: self.compile.over(limits.compile),
            run: self.run.over(limits.run),
            step_seconds: self.step_seconds.unwrap_or(limits.step_seconds),
        }
    }
}

impl RawBounds {
    fn over(self, bounds: Bounds) -> Bounds {
        Bounds {
            cpu_seconds: self.cpu_seconds.unwrap_or(bounds.cpu_seconds),
            wall_seconds: self.wall_seconds.unwrap_or(bounds.wall_seconds),
            memory_mib: self.memory_mib.unwrap_or(bounds.memory_mib),
            output_kib: self.output_kib.unwrap_or(bounds.output_kib),
            file_kib: self.file_kib.unwrap_or(bounds.file_kib),
            files: self.files.unwrap_or(bounds.files),
            tasks: self.tasks.unwrap_or(bounds.tasks),
        }
    }
}

fn bounded(
    value: Option<Spanned<u32>>,
    default: u32,
    range: std::ops::RangeInclusive<u32>,
    name: &str,
) -> Result<u32, Finding> {
    let Some(value) = value else { return Ok(default) };
    let at = value.span().start;
    let value = value.into_inner();
    if range.contains(&value) {
        return Ok(value);
    }
    Err(Finding {
        at,
        message: format!("`{name}` is {value}"),
        remedy: format!("it goes from {} to {}", range.start(), range.end()),
    })
}

fn finding(at: usize, error: &PolicyError) -> Finding {
    Finding { at, message: error.to_string(), remedy: error.remedy() }
}

const fn default_seeds() -> u32 {
    3
}

const fn default_retries() -> u32 {
    2
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(text: &str) -> Result<Grading, CourseTomlError> {
        Grading::parse(text, Path::new("teaching/course.toml"))
    }

    #[test]
    fn the_example_in_the_documentation_is_a_course_toml() {
        let lines: Vec<&str> = include_str!("course_toml.rs")
            .lines()
            .map_while(|line| line.strip_prefix("//!"))
            .skip_while(|line| !line.contains("```toml"))
            .skip(1)
            .take_while(|line| !line.contains("```"))
            .collect();
        let grading = parse(&lines.join("\n")).unwrap();
        assert_eq!(grading.policy.class, "distributed-systems-2026");
        assert_eq!(grading.policy.exercises.len(), 1);
        assert_eq!(grading.limits.run.memory_mib, 512);
        assert_eq!((grading.seeds, grading.repeats, grading.retries), (3, 1, 2));
        assert_eq!(grading.secret, Some(Secret::Env("COURSE_SECRET".into())));
    }

    #[test]
    fn an_error_names_its_line_and_what_to_do() {
        for (text, line, message, remedy) in [
            ("[grading]\nclas = 'x'\n", 2, "unknown field `clas`", "--help"),
            ("[grading]\ntime-zone = 'Europe/Pargue'\n", 2, "Europe/Pargue", "IANA"),
            (
                "[grading]\ntime-zone='UTC'\n[[grading.exercise]]\nnumber=1\ndeadline='tomorrow'",
                5,
                "tomorrow",
                "2026-11-30 23:59",
            ),
            (
                "[grading]\n[[grading.exercise]]\nnumber=1\ndeadline='2026-11-30 23:59'",
                4,
                "no time zone",
                "time-zone",
            ),
            (
                "[grading]\n[[grading.exercise]]\nnumber=1\n[[grading.exercise]]\nnumber=1",
                5,
                "exercise 1 twice",
                "once",
            ),
            ("[grading.late]\nper-day-percent = 101\n", 2, "`per-day-percent` is 101", "from 0 to 100"),
            ("[grading.late]\nper-day-percent = 1\ngrace = 'a while'\n", 3, "a while", "15 minutes"),
            ("[grading.seeds]\nsecret-env='A'\nsecret-file='b'", 3, "two places", "leave"),
            ("[grading]\nrepeats = 0", 2, "`repeats` is 0", "from 1 to 10"),
            ("[grading", 1, "", ""),
        ] {
            let Err(CourseTomlError::Invalid { place, message: told, remedy: told_remedy }) = parse(text)
            else {
                panic!("{text} is taken");
            };
            assert_eq!(place, format!("teaching/course.toml:{line}"), "{text}: {told}");
            assert!(told.contains(message), "{told}");
            assert!(told_remedy.contains(remedy), "{told_remedy}");
        }
    }

    #[test]
    fn a_secrets_file_is_relative_to_the_document() {
        let grading = parse("[grading.seeds]\nsecret-file = 'secret'\n").unwrap();
        assert_eq!(grading.secret, Some(Secret::File("teaching/secret".into())));
    }

    proptest! {
        #[test]
        fn any_text_is_a_document_or_an_error(text in "(\\[grading\\]\n)?[a-z=\\-\\[\\]'0-9 \n.]{0,80}") {
            let _ = parse(&text);
        }
    }
}
