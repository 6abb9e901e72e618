//! Gate 5: the reference observes the same for a seed, run after run and on every backend, and something else for
//! another seed, in every step.

use lab_manifest::exercise::Exercise;

use super::bench::{Bench, report_trouble};
use super::finding::{Report, count};
use super::observations::Observations;
use super::solutions::passes;
use crate::diff;
use crate::failure::Failure;

/// Runs of each seed on each backend.
const RUNS: usize = 2;

/// Holds the reference against the gate.
pub fn check(exercise: &Exercise, bench: &Bench<'_>, report: &mut Report) -> Result<(), Failure> {
    let mut known: Vec<(u64, Observations)> = Vec::new();
    for &seed in &bench.seeds {
        if let Some(observed) = same(exercise, bench, seed, report)? {
            for (other, earlier) in &known {
                different(exercise, (*other, earlier), (seed, &observed), report);
            }
            known.push((seed, observed));
        }
    }
    let runs = bench.seeds.len() * bench.backends.len() * RUNS;
    report.checked(format!("{}, {}", count(bench.seeds.len(), "seed"), count(runs, "run")));
    Ok(())
}

/// What every run with `seed` observes; `None` where one could not be had.
fn same(
    exercise: &Exercise,
    bench: &Bench<'_>,
    seed: u64,
    report: &mut Report,
) -> Result<Option<Observations>, Failure> {
    let mut first: Option<(String, Observations)> = None;
    for backend in &bench.backends {
        for run in 1..=RUNS {
            let name = format!("{backend}, run {run}");
            bench.doing(&format!("exercise {}, seed {seed}: {name}", exercise.number));
            let (observed, trial) =
                Observations::of(bench, &exercise.solution_package(), &[], seed, backend)?;
            let place = format!("solution, seed {seed}, {name}");
            let findings = report.findings.len();
            report_trouble(&trial, &place, report);
            passes(&trial, &place, report);
            if report.findings.len() > findings {
                return Ok(None);
            }
            let Some((reference, expected)) = &first else {
                first = Some((name, observed));
                continue;
            };
            for step in &exercise.steps {
                for (test, expected, observed) in expected.differing(&observed, step) {
                    let detail = diff::unified(test, expected, observed);
                    report.find_with(
                        &place,
                        format!("{test} observes otherwise than in {reference}"),
                        detail,
                    );
                }
            }
        }
    }
    Ok(first.map(|(_, observed)| observed))
}

fn different(
    exercise: &Exercise,
    (this_seed, this): (u64, &Observations),
    (that_seed, that): (u64, &Observations),
    report: &mut Report,
) {
    for (index, step) in exercise.steps.iter().enumerate() {
        if this.differing(that, step).is_empty() {
            report.find(
                format!("step {} ({})", index + 1, step.id),
                format!("it observes the same with the seeds {this_seed} and {that_seed}: take its inputs from lab.seed()"),
            );
        }
    }
}
