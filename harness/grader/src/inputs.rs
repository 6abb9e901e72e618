//! What the subcommands read: `course.toml`, the exercises that are meant, the files of the course.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use grade::batch::Starter;
use grade::course_toml::Grading;
use grade::intake::Wanted;
use grade::journal::{GradedStep, Shard};
use lab_manifest::exercise::Exercise;

use crate::failure::Failure;
use course::course::Course;
use course::starter;

/// The document that is read where none is named, if it is there.
const CONFIG: &str = "course.toml";

/// An exercise that is meant, with what the course ships of it.
pub struct Meant<'a> {
    pub exercise: &'a Exercise,
    pub wanted: Wanted,
    pub starter: BTreeMap<PathBuf, Vec<u8>>,
    /// Somebody asked for it by number.
    pub asked: bool,
}

impl Meant<'_> {
    pub fn shipped(&self) -> Starter {
        Starter::new(self.starter.clone())
    }

    pub fn steps(&self) -> Vec<GradedStep> {
        let steps = self.exercise.steps.iter();
        steps
            .map(|step| GradedStep { id: step.id.clone(), title: step.title.clone(), points: step.points })
            .collect()
    }
}

/// The document that was named, or the one in the working directory, or what holds without one.
pub fn grading(config: Option<&Path>) -> Result<Grading, Failure> {
    match config {
        Some(path) => Ok(Grading::read(path)?),
        None if Path::new(CONFIG).is_file() => Ok(Grading::read(Path::new(CONFIG))?),
        None => Ok(Grading::default()),
    }
}

/// The exercises `numbers`, or those that `course.toml` lists, or all.
pub fn meant<'a>(course: &'a Course, numbers: &[u32], grading: &Grading) -> Result<Vec<Meant<'a>>, Failure> {
    let listed: Vec<u32> = grading.policy.exercises.iter().map(|exercise| exercise.number).collect();
    let named = if numbers.is_empty() { &listed } else { numbers };
    let mut exercises = named.iter().map(|number| course.exercise(*number)).collect::<Result<Vec<_>, _>>()?;
    if named.is_empty() {
        exercises = course.exercises.iter().collect();
    }
    exercises.sort_by_key(|exercise| exercise.number);
    exercises.dedup_by_key(|exercise| exercise.number);
    let asked = !named.is_empty();
    exercises
        .into_iter()
        .map(|exercise| {
            let files = starter::files(exercise)?;
            let starter = files.0.into_iter().map(|(path, bytes)| (PathBuf::from(path), bytes));
            let starter: BTreeMap<PathBuf, Vec<u8>> = starter.collect();
            let paths = starter.keys().map(|path| path.to_string_lossy().into_owned());
            Ok(Meant { exercise, wanted: Wanted::new(exercise, paths), starter, asked })
        })
        .collect()
}

/// `2/5`: the second of five parts.
#[derive(Clone, Copy, Debug)]
pub struct Part(pub Shard);

impl FromStr for Part {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('/').and_then(|(index, count)| {
            Some(Shard { index: index.parse().ok()?, count: count.parse().ok()? })
        });
        match parts {
            Some(shard) if shard.index >= 1 && shard.index <= shard.count => Ok(Self(shard)),
            _ => Err("a part is written i/n, from 1/n to n/n".into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_counted_from_one() {
        assert_eq!("2/5".parse::<Part>().unwrap().0, Shard { index: 2, count: 5 });
        for text in ["0/5", "6/5", "5", "a/b", "1/0", "-1/2", ""] {
            assert!(text.parse::<Part>().is_err(), "{text}");
        }
    }
}
