//! The verdict: what was observed of a submission against what the reference observes, for each step and seed.

use std::collections::BTreeMap;

use lab_manifest::diagnosis::{self, Evidence};
use lab_manifest::exercise::Step;
use lab_manifest::report;

use crate::bench::{Bench, BenchError, Prepared, reference};
use crate::cell::Record;
use crate::cell::record::Ended;
use crate::compile::Compiled;
use crate::plain::plain;
use crate::run::{self, Cast, Run};
use crate::verdict::{Cancel, Outcome, SeedKind, Settings, StepVerdict, TestVerdict, Verdict};

/// Of an observation this much is shown.
const SHOWN_BYTES: usize = 16 * 1024;

/// A run that fails by the grader's own trouble is tried so often.
const TRIES: u32 = 2;

/// Runs every step, and says what came of it.
pub fn check(
    bench: &Bench,
    prepared: &Prepared,
    compiled: &Compiled,
    settings: &Settings,
    cancel: &Cancel,
) -> Result<Verdict, BenchError> {
    let checker = Checker { bench, prepared, compiled, settings, cancel };
    let (mut steps, mut notes, mut unstable) = (Vec::new(), Vec::new(), false);
    for step in &prepared.exercise.steps {
        let result = checker.step(step)?;
        notes.extend(result.note);
        unstable |= result.unstable;
        steps.push(StepVerdict {
            step: step.id.clone(),
            title: step.title.clone(),
            points: step.points,
            outcome: worst(&result.tests),
            tests: result.tests,
        });
    }
    let outcome = overall(steps.iter().map(|step| step.outcome));
    Ok(Verdict { outcome, tier: bench.tier(), steps, notes, unstable })
}

/// How a work ended: as its first step did that did not pass. Where the grader failed in any, nothing is said of the work.
fn overall(steps: impl Iterator<Item = Outcome>) -> Outcome {
    let failed: Vec<Outcome> = steps.filter(|outcome| *outcome != Outcome::Pass).collect();
    let infra = failed.iter().find(|outcome| **outcome == Outcome::InfraError);
    infra.or(failed.first()).copied().unwrap_or(Outcome::Pass)
}

struct Checker<'a> {
    bench: &'a Bench,
    prepared: &'a Prepared,
    compiled: &'a Compiled,
    settings: &'a Settings,
    cancel: &'a Cancel,
}

#[derive(Default)]
struct Checked {
    tests: Vec<TestVerdict>,
    note: Option<String>,
    unstable: bool,
}

impl Checker<'_> {
    fn step(&self, step: &Step) -> Result<Checked, BenchError> {
        let mut checked = Checked::default();
        for (index, &seed) in self.settings.seeds.iter().enumerate() {
            let kind = match u32::try_from(index) {
                Ok(0) | Err(_) => SeedKind::Disclosed(seed),
                Ok(index) => SeedKind::Hidden(index),
            };
            let (tests, unstable) = self.repeated(step, seed, kind)?;
            checked.unstable |= unstable;
            let failed = worst(&tests) != Outcome::Pass;
            let hidden = matches!(kind, SeedKind::Hidden(_));
            checked.tests.extend(tests.into_iter().filter(|test| !hidden || test.outcome != Outcome::Pass));
            if failed && hidden {
                self.find_alike(step, &mut checked)?;
            }
            if failed {
                // It has lost the step's points; another seed would tell nothing more.
                break;
            }
        }
        if checked.unstable {
            checked.note = Some(format!("Step {} did not end the same in each of its runs.", step.id));
        }
        Ok(checked)
    }

    /// Every run counts: the worst of them is the verdict, never the best.
    fn repeated(
        &self,
        step: &Step,
        seed: u64,
        kind: SeedKind,
    ) -> Result<(Vec<TestVerdict>, bool), BenchError> {
        let mut tests = self.once(step, seed, kind)?;
        let mut unstable = false;
        for _ in 1..self.settings.repeats {
            for (known, again) in tests.iter_mut().zip(self.once(step, seed, kind)?) {
                unstable |= known.outcome != again.outcome || known.actual != again.actual;
                if known.outcome == Outcome::Pass {
                    *known = again;
                }
            }
        }
        Ok((tests, unstable))
    }

    fn once(&self, step: &Step, seed: u64, kind: SeedKind) -> Result<Vec<TestVerdict>, BenchError> {
        let expected = reference::observations(self.bench, self.prepared, step, seed, self.cancel)?;
        let mut trouble = None;
        for _ in 0..TRIES {
            let cast = Cast::Submission(self.compiled);
            match run::run(self.bench, self.prepared, step, seed, cast, &self.settings.limits, self.cancel) {
                Ok(run) => return Ok(compare(step, &expected, &run, kind)),
                Err(BenchError::Cancelled) => return Err(BenchError::Cancelled),
                Err(error) => trouble = Some(error),
            }
        }
        Err(trouble.unwrap_or(BenchError::Cancelled))
    }

    /// Only a hidden seed fails: one that may be told and that fails alike lets the reader see it.
    fn find_alike(&self, step: &Step, checked: &mut Checked) -> Result<(), BenchError> {
        let alike = |found: &TestVerdict, hidden: &[TestVerdict]| {
            hidden.iter().any(|test| test.test == found.test && test.outcome == found.outcome)
        };
        let hidden: Vec<TestVerdict> =
            checked.tests.iter().filter(|test| test.outcome != Outcome::Pass).cloned().collect();
        for seed in (1..=u64::from(self.settings.search)).filter(|seed| !self.settings.seeds.contains(seed)) {
            let tests = self.once(step, seed, SeedKind::Found(seed))?;
            let found: Vec<TestVerdict> = tests
                .into_iter()
                .filter(|test| test.outcome != Outcome::Pass && alike(test, &hidden))
                .collect();
            if !found.is_empty() {
                checked.note = Some(format!(
                    "Step {} passes with seed 0; seed {seed} shows what a hidden one found.",
                    step.id
                ));
                checked.tests.extend(found);
                return Ok(());
            }
        }
        checked.note = Some(format!(
            "Step {} passes with seed 0 and fails with a hidden one; of the seeds 1 to {} none fails alike.",
            step.id, self.settings.search
        ));
        Ok(())
    }
}

/// The outcome of a step: of its first test that did not pass.
fn worst(tests: &[TestVerdict]) -> Outcome {
    let failed = tests.iter().map(|test| test.outcome).find(|outcome| *outcome != Outcome::Pass);
    failed.unwrap_or(if tests.is_empty() { Outcome::Fail } else { Outcome::Pass })
}

fn compare(step: &Step, expected: &BTreeMap<String, String>, run: &Run, kind: SeedKind) -> Vec<TestVerdict> {
    expected.iter().map(|(test, expected)| compare_one(step, test, expected, run, kind)).collect()
}

fn compare_one(step: &Step, test: &str, expected: &str, run: &Run, kind: SeedKind) -> TestVerdict {
    let actual = run.observed.get(test);
    if actual.is_some_and(|actual| actual == expected) {
        return TestVerdict {
            test: test.to_owned(),
            seed: kind,
            outcome: Outcome::Pass,
            expected: None,
            actual: None,
            cause: String::new(),
        };
    }
    let report = run.reports.get(test);
    let outcome = outcome(test, report, run);
    let may_tell = !matches!(kind, SeedKind::Hidden(_));
    let shown = |text: &str| may_tell.then(|| plain(text, SHOWN_BYTES));
    let cause = if may_tell {
        let panic = report.map_or("", |report| &report.panic);
        let yours = actual.map_or("", String::as_str);
        let evidence = Evidence { expected, yours, panic };
        let likeliest =
            diagnosis::likeliest(&step.diagnoses, evidence).map(|diagnosis| diagnosis.says.clone());
        likeliest.unwrap_or_else(|| [words(outcome), panic].join(" ").trim().to_owned())
    } else {
        words(outcome).to_owned()
    };
    TestVerdict {
        test: test.to_owned(),
        seed: kind,
        outcome,
        expected: shown(expected),
        actual: actual.and_then(|actual| shown(actual)),
        cause: plain(&cause, SHOWN_BYTES),
    }
}

/// What to call a test that did not pass: by what its cells ended of, if that was no end of their own making.
fn outcome(test: &str, report: Option<&report::TestReport>, run: &Run) -> Outcome {
    let records = || run.records.iter().filter(|record| record.test.as_deref() == Some(test));
    if report.is_some_and(|report| report.outcome == report::Outcome::Todo) {
        return Outcome::Fail;
    }
    let named = records().filter_map(Record::outcome).filter(|outcome| *outcome != Outcome::Crash);
    if let Some(worst) = named.min_by_key(|outcome| rank(*outcome)) {
        return worst;
    }
    let too_long = report.is_some_and(|report| report.panic.contains("did not end within"));
    if too_long || report.is_none() && run.timed_out {
        return Outcome::Timeout;
    }
    // A panic ends a process of tests with 101 and is a wrong answer like another; ending without one is not.
    let crashed = records().any(|record| match record.ended {
        Ended::Exited(code) => code != 101,
        Ended::Signaled(_) => true,
        _ => false,
    });
    if crashed { Outcome::Crash } else { Outcome::Fail }
}

fn rank(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::InfraError => 0,
        Outcome::Forbidden => 1,
        Outcome::Oom => 2,
        Outcome::OutputLimit => 3,
        Outcome::Timeout => 4,
        _ => 5,
    }
}

fn words(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pass => "",
        Outcome::Fail => "What was observed differs from what the reference does.",
        Outcome::CompileError => "It does not compile.",
        Outcome::Forbidden => "It asked the system for what no step needs, and was ended.",
        Outcome::Timeout => "Its time was up.",
        Outcome::Oom => "It took more memory than it may.",
        Outcome::Crash => "Its process ended before its work did.",
        Outcome::OutputLimit => "It wrote more than it may.",
        Outcome::InfraError => "The grader failed.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_the_grader_failed_in_a_later_step_nothing_is_said_of_the_work() {
        let of = |steps: &[Outcome]| overall(steps.iter().copied());
        assert_eq!(of(&[Outcome::Pass, Outcome::Fail, Outcome::InfraError]), Outcome::InfraError);
        assert_eq!(of(&[Outcome::Pass, Outcome::Crash, Outcome::Fail]), Outcome::Crash);
        assert_eq!(of(&[Outcome::Pass]), Outcome::Pass);
    }
}
