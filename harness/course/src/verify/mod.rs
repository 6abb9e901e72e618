//! Five gates that every exercise passes, so that what the book, the starter, the tests and the solution say agrees.
//!
//! - [`mod@bench`]: the overlay and how tests are run in it
//! - [`binary`]: tests that are run without cargo, while it builds the next
//! - [`lane`]: an exercise's package several times, so that several answers are built at once
//! - [`overlay`]: a second workspace below `target`, in which an exercise's sources are replaced
//! - [`dependencies`]: what is built already is not built again for it
//! - [`starters`]: gate 1, each step waits for its reader
//! - [`solutions`]: gate 2, every step passes, on every backend, and so do the recorded runs
//! - [`interface`], [`signatures`], [`documents`]: gate 3, what the starter offers, what is given, what is linked
//! - [`variants`]: gate 4, right answers pass and mistakes are caught where they should be
//! - [`seeds`]: gate 5, the same seed observes the same, another seed something else
//! - [`finding`]: what does not hold, and where

pub mod bench;
pub mod binary;
pub mod dependencies;
pub mod documents;
pub mod finding;
pub mod interface;
pub mod lane;
pub mod observations;
pub mod overlay;
pub mod recordings;
pub mod seeds;
pub mod signatures;
pub mod solutions;
pub mod starters;
pub mod variants;

use lab_manifest::exercise::Exercise;
use serde::Serialize;

use crate::failure::Failure;
use bench::Bench;
use finding::Report;

/// A gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Gate {
    /// Each step of the starter waits in its `todo!`, and nothing warns
    Starter,
    /// Every step of the solution passes, on every backend; clippy and the recorded runs agree
    Solution,
    /// What the starter offers the solution offers too; given files, checksums and links agree
    Api,
    /// Right variants pass, wrong ones are caught by the declared step with the declared diagnosis
    Variants,
    /// The same seed observes the same everywhere, another seed something else
    Seeds,
}

impl Gate {
    /// All of them, the cheap one first, and then so that each finds its build from the one before.
    pub const ALL: [Self; 5] = [Self::Api, Self::Starter, Self::Solution, Self::Seeds, Self::Variants];

    /// What it is called on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Starter => "starter",
            Self::Solution => "solution",
            Self::Api => "api",
            Self::Variants => "variants",
            Self::Seeds => "seeds",
        }
    }
}

/// Holds `exercise` against `gate`.
pub fn check(gate: Gate, exercise: &Exercise, bench: &Bench<'_>) -> Result<Report, Failure> {
    let mut report = Report::default();
    match gate {
        Gate::Starter => starters::check(exercise, bench, &mut report)?,
        Gate::Solution => solutions::check(exercise, bench, &mut report)?,
        Gate::Api => {
            interface::check(exercise, bench.course, &mut report)?;
            documents::check(exercise, bench.course, &mut report)?;
        }
        Gate::Variants => variants::check(exercise, bench, &mut report)?,
        Gate::Seeds => seeds::check(exercise, bench, &mut report)?,
    }
    Ok(report)
}
