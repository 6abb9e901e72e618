//! What the tests of a run have observed, handed out instead of being compared (`LAB_OBSERVE`).

use std::collections::BTreeMap;

use lab_manifest::exercise::Step;

use super::bench::{Bench, Trial};
use super::binary::Binary;
use crate::failure::Failure;
use crate::file_tree::FileTree;

/// Observations by test: `step_3_views__all_are_counted`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Observations(pub BTreeMap<String, String>);

impl Observations {
    /// Runs the tests of `steps` (all where it is empty) of a package with `seed`, on `backend`.
    pub fn of(
        bench: &Bench<'_>,
        package: &str,
        steps: &[Step],
        seed: u64,
        backend: &str,
    ) -> Result<(Self, Trial), Failure> {
        Self::by(bench, seed, |variables| {
            let variables = [variables, &[("DYNAMODB", backend)]].concat();
            bench.test(package, steps, &variables)
        })
    }

    /// Runs the tests of `binary` that `filters` name (all where it is empty) with `seed`, on the first backend.
    pub fn of_binary(
        bench: &Bench<'_>,
        binary: &Binary,
        filters: &[String],
        seed: u64,
    ) -> Result<(Self, Trial), Failure> {
        Self::by(bench, seed, |variables| binary.run_filtered(bench, filters, variables))
    }

    fn by(
        bench: &Bench<'_>,
        seed: u64,
        run: impl FnOnce(&[(&str, &str)]) -> Result<Trial, Failure>,
    ) -> Result<(Self, Trial), Failure> {
        let folder = bench.overlay.scratch()?;
        let (seed, shown) = (seed.to_string(), folder.path().display().to_string());
        let trial = run(&[("LAB_SEED", &*seed), ("LAB_OBSERVE", &*shown)])?;
        let files = FileTree::read(folder.path())?.0;
        let observed = files.into_iter().filter_map(|(path, bytes)| {
            Some((path.strip_suffix(".txt")?.to_owned(), String::from_utf8_lossy(&bytes).into_owned()))
        });
        Ok((Self(observed.collect()), trial))
    }

    /// What the tests of a step observed.
    pub fn step(&self, step: &Step) -> BTreeMap<&str, &str> {
        let prefix = format!("{}__", step.tests);
        self.0
            .iter()
            .filter(|(test, _)| test.starts_with(&prefix))
            .map(|(test, text)| (test.as_str(), text.as_str()))
            .collect()
    }

    /// The tests of a step that observed otherwise, or only in one of the two, with both texts.
    pub fn differing<'b>(&'b self, other: &'b Self, step: &Step) -> Vec<(&'b str, &'b str, &'b str)> {
        let (this, that) = (self.step(step), other.step(step));
        let mut tests: Vec<&str> = this.keys().chain(that.keys()).copied().collect();
        tests.sort_unstable();
        tests.dedup();
        tests
            .into_iter()
            .map(|test| (test, this.get(test).copied().unwrap_or(""), that.get(test).copied().unwrap_or("")))
            .filter(|(_, this, that)| this != that)
            .collect()
    }
}
