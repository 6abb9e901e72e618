//! Gate 4: right answers other than the solution pass, and each mistake is caught first by the step that it declares,
//! with the diagnosis that it declares; on a seed that no snapshot has, both hold again.
//!
//! Variants are built, several at a time, while the tests of those before them run. Tests of a mistake may wait for what
//! never comes while others compute, so that what does not hold then is run a second time, alone; what holds only there
//! is told as unsteady, and a thorough bench has no second time. What another gate makes certain is left out, unless the
//! bench is thorough: a mistake in the declared step's own files alone is not run against the steps before it, for the
//! first gate has seen those pass while the files were a `todo!`; on the hidden seed one test that catches it will do; and
//! a right answer that observes there what the solution does is not compared with the solution's snapshots as well.

use std::sync::{Mutex, PoisonError, mpsc};
use std::thread::ScopedJoinHandle;

use lab_manifest::exercise::{Exercise, Step};
use lab_manifest::report::Outcome;
use lab_manifest::variant::{self, Variant, Verdict};

use super::bench::{Bench, Trial, report_trouble};
use super::binary::Binary;
use super::finding::{Report, count};
use super::observations::Observations;
use super::solutions::passes;
use crate::diff;
use crate::failure::Failure;
use crate::file_tree::FileTree;
use crate::starter;

/// Right variants that an exercise has at least.
const RIGHT_AT_LEAST: usize = 2;
/// Binaries that wait for their run: each takes its room on the disk.
const BUILT_AHEAD: usize = 1;

/// Holds the variants against the gate.
pub fn check(exercise: &Exercise, bench: &Bench<'_>, report: &mut Report) -> Result<(), Failure> {
    let mut variants = variant::all(&exercise.folder)?;
    enough(exercise, &variants, report);
    for name in bench.variants.iter().filter(|name| variants.iter().all(|variant| variant.name != **name)) {
        report.find(format!("variants/*/{name}"), "there is no such variant; its folder has its name");
    }
    variants.retain(|variant| bench.variants.is_empty() || bench.variants.contains(&variant.name));
    let solution = solution(exercise, bench)?;
    let mut answers =
        vec![Answer { name: "the solution".into(), variant: None, overlay: FileTree::default() }];
    for variant in &variants {
        let (name, overlay) = (name(variant), starter::sources(&variant.folder)?);
        if overlay.0.is_empty() {
            report.find(&name, "it has no file under src: it is the solution itself");
        } else {
            answers.push(Answer { name, variant: Some(variant), overlay });
        }
    }
    // Of two that differ from the solution in the same files the second is built faster.
    answers[1..].sort_by(|this, that| this.overlay.0.keys().cmp(that.overlay.0.keys()));
    let (sender, built) = mpsc::sync_channel(BUILT_AHEAD);
    std::thread::scope(|scope| {
        let runs = scope.spawn(|| run_all(exercise, bench, report, built));
        let builds = build_all(exercise, bench, &solution, &answers, &sender);
        // Whoever waits for a binary learns that there are no more.
        drop(sender);
        let runs = runs.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        builds.and(runs)
    })?;
    report.checked(count(variants.len(), "variant"));
    Ok(())
}

/// The solution itself, or with a variant laid over it.
struct Answer<'a> {
    name: String,
    variant: Option<&'a Variant>,
    overlay: FileTree,
}

struct Built<'a> {
    answer: &'a Answer<'a>,
    /// Its place among the answers.
    place: usize,
    binary: Result<Binary, Trial>,
}

fn build_all<'a>(
    exercise: &Exercise,
    bench: &Bench<'_>,
    solution: &FileTree,
    answers: &'a [Answer<'a>],
    sender: &mpsc::SyncSender<Built<'a>>,
) -> Result<(), Failure> {
    let lanes = bench.overlay.lanes(exercise);
    let mut places = 0..answers.len();
    for answers_at_once in answers.chunks(lanes.len()) {
        let lanes = &lanes[..answers_at_once.len()];
        let names: Vec<&str> = answers_at_once.iter().map(|answer| answer.name.as_str()).collect();
        let progress = format!("{} of {}", places.start, answers.len() - 1);
        bench.doing(&format!("exercise {}, variants: {} ({progress})", exercise.number, names.join(", ")));
        for (answer, lane) in answers_at_once.iter().zip(lanes) {
            let mut sources = solution.clone();
            sources.overlay(&answer.overlay);
            bench.overlay.put(lane, &sources)?;
        }
        let binaries = Binary::build(bench, lanes)?;
        for ((answer, binary), place) in answers_at_once.iter().zip(binaries).zip(places.by_ref()) {
            if sender.send(Built { answer, place, binary }).is_err() {
                // Nobody listens any more: the runs have ended in an error of their own.
                return Ok(());
            }
        }
    }
    Ok(())
}

fn run_all(
    exercise: &Exercise,
    bench: &Bench<'_>,
    report: &mut Report,
    built: mpsc::Receiver<Built<'_>>,
) -> Result<(), Failure> {
    let Ok(solution) = built.recv() else { return Ok(()) };
    let Some(references) = references(bench, &solution, report)? else { return Ok(()) };
    let gate = VariantGate { exercise, bench, references };
    let built = Mutex::new(Some(built));
    let held = std::thread::scope(|scope| {
        let runs: Vec<_> = (0..runs_at_once()).map(|_| scope.spawn(|| gate.hold_all(&built))).collect();
        let join = |run: ScopedJoinHandle<'_, _>| match run.join() {
            Ok(held) => held,
            Err(panic) => std::panic::resume_unwind(panic),
        };
        runs.into_iter().map(join).collect::<Result<Vec<_>, Failure>>()
    })?;
    let mut objections: Vec<Objection<'_>> = held.into_iter().flatten().collect();
    objections.sort_by_key(|objection| objection.built.place);
    for Objection { built, report: first } in objections {
        if bench.thorough || built.binary.is_err() {
            report.findings.extend(first.findings);
            continue;
        }
        bench.doing(&format!("exercise {}, variants: {} again, alone", exercise.number, built.answer.name));
        let mut second = Report::default();
        gate.hold(&built, &mut second)?;
        if second.findings.is_empty() {
            report.unsteady.extend(first.findings);
        } else {
            report.findings.extend(second.findings);
        }
    }
    Ok(())
}

/// What was found of a variant while others were run beside it.
struct Objection<'a> {
    built: Built<'a>,
    report: Report,
}

/// A mistake may leave a caller without an answer: then a run waits out its limit, and leaves the processor to others.
fn runs_at_once() -> usize {
    3 * std::thread::available_parallelism().map_or(2, usize::from)
}

/// What the solution observes, by hidden seed. Without it nothing can be compared.
fn references(
    bench: &Bench<'_>,
    solution: &Built<'_>,
    report: &mut Report,
) -> Result<Option<Vec<(u64, Observations)>>, Failure> {
    let binary = match &solution.binary {
        Ok(binary) => binary,
        Err(trial) => {
            report_trouble(trial, &solution.answer.name, report);
            return Ok(None);
        }
    };
    let mut references = Vec::new();
    for &seed in &bench.hidden_seeds {
        let (reference, trial) = Observations::of_binary(bench, binary, &[], seed)?;
        if report_trouble(&trial, "the solution in the exercise's place", report) {
            return Ok(None);
        }
        references.push((seed, reference));
    }
    Ok(Some(references))
}

struct VariantGate<'a> {
    exercise: &'a Exercise,
    bench: &'a Bench<'a>,
    references: Vec<(u64, Observations)>,
}

impl VariantGate<'_> {
    /// Holds one variant after the other, as they are built, and answers those of which something does not hold. After a
    /// failure nobody goes on.
    fn hold_all<'b>(
        &self,
        built: &Mutex<Option<mpsc::Receiver<Built<'b>>>>,
    ) -> Result<Vec<Objection<'b>>, Failure> {
        let queue = || built.lock().unwrap_or_else(PoisonError::into_inner);
        let mut objections = Vec::new();
        loop {
            let next = queue().as_ref().and_then(|built| built.recv().ok());
            let Some(built) = next else { return Ok(objections) };
            let mut report = Report::default();
            if let Err(failure) = self.hold(&built, &mut report) {
                drop(queue().take());
                return Err(failure);
            }
            if !report.findings.is_empty() {
                objections.push(Objection { built, report });
            }
        }
    }

    fn hold(&self, built: &Built<'_>, report: &mut Report) -> Result<(), Failure> {
        let answer = built.answer;
        let variant = answer.variant.expect("the solution, the first answer, was taken for the reference");
        match (&built.binary, &variant.verdict) {
            (Err(trial), _) => {
                report_trouble(trial, &answer.name, report);
                Ok(())
            }
            (Ok(binary), Verdict::Right) => self.right(&answer.name, binary, report),
            (Ok(binary), Verdict::Wrong { step, diagnosis }) => {
                self.wrong(answer, binary, (step, diagnosis), report)
            }
        }
    }

    fn right(&self, name: &str, binary: &Binary, report: &mut Report) -> Result<(), Failure> {
        if self.bench.thorough {
            let trial = binary.run(self.bench, &[], &[])?;
            if report_trouble(&trial, name, report) {
                return Ok(());
            }
            passes(&trial, name, report);
        }
        for (seed, reference) in &self.references {
            let (observed, trial) = Observations::of_binary(self.bench, binary, &[], *seed)?;
            report_trouble(&trial, name, report);
            for step in &self.exercise.steps {
                for (test, expected, yours) in reference.differing(&observed, step) {
                    let message = format!("{test} observes otherwise than the reference on the seed {seed}");
                    report.find_with(name, message, diff::unified(test, expected, yours));
                }
            }
        }
        Ok(())
    }

    fn wrong(
        &self,
        answer: &Answer<'_>,
        binary: &Binary,
        (step, diagnosis): (&str, &str),
        report: &mut Report,
    ) -> Result<(), Failure> {
        let name = &answer.name;
        let Some(index) = self.exercise.steps.iter().position(|known| known.id == step) else {
            report
                .find(name, format!("variant.toml names the step {step}, which the exercise does not have"));
            return Ok(());
        };
        let declared = &self.exercise.steps[index];
        let alone = !self.bench.thorough && answer.overlay.0.keys().all(|file| declared.files.contains(file));
        // Steps after the declared one may fail as they like.
        let steps = &self.exercise.steps[if alone { index } else { 0 }..=index];
        let trial = binary.run(self.bench, steps, &[])?;
        if trial.tests.is_empty() && report_trouble(&trial, name, report) {
            return Ok(());
        }
        match trial.first_failing(self.exercise) {
            None => report.find(name, format!("no step up to {step} catches it")),
            Some((number, caught)) if caught.id != step => {
                report.find(name, format!("step {number} ({}) catches it first, not {step}", caught.id));
            }
            Some(_) => diagnosed(&trial, declared, diagnosis, name, report),
        }
        let caught = trial.of(declared).find(|test| test.outcome != Outcome::Passed);
        for reference in &self.references {
            if let (true, Some(test)) = (alone, caught)
                && self.catches(reference, binary, &test.test)?
            {
                continue;
            }
            self.wrong_on_hidden_seed(reference, name, binary, steps, report)?;
        }
        Ok(())
    }

    /// Whether the test alone tells the mistake from the reference.
    fn catches(
        &self,
        (seed, reference): &(u64, Observations),
        binary: &Binary,
        test: &str,
    ) -> Result<bool, Failure> {
        let (observed, _) = Observations::of_binary(self.bench, binary, &[test.to_owned()], *seed)?;
        let key = test.replace("::", "__");
        Ok(reference.0.get(&key) != observed.0.get(&key))
    }

    fn wrong_on_hidden_seed(
        &self,
        (seed, reference): &(u64, Observations),
        name: &str,
        binary: &Binary,
        steps: &[Step],
        report: &mut Report,
    ) -> Result<(), Failure> {
        let Some((declared, before)) = steps.split_last() else { return Ok(()) };
        let filters: Vec<String> = steps.iter().map(|step| format!("{}::", step.tests)).collect();
        let (observed, _) = Observations::of_binary(self.bench, binary, &filters, *seed)?;
        for earlier in before {
            for (test, expected, yours) in reference.differing(&observed, earlier) {
                let message = format!("{test} catches it on the seed {seed}, before {}", declared.id);
                report.find_with(name, message, diff::unified(test, expected, yours));
            }
        }
        if reference.differing(&observed, declared).is_empty() {
            report.find(name, format!("step {} does not catch it on the seed {seed}", declared.id));
        }
        Ok(())
    }
}

/// The reader sees the declared diagnosis in a test of the declared step.
fn diagnosed(trial: &Trial, step: &Step, diagnosis: &str, name: &str, report: &mut Report) {
    if !step.diagnoses.iter().any(|known| known.id == diagnosis) {
        report.find(
            name,
            format!("variant.toml names the diagnosis {diagnosis}, which step {} does not have", step.id),
        );
        return;
    }
    let failing = || trial.of(step).filter(|test| test.outcome != Outcome::Passed);
    if failing().any(|test| test.diagnosis.as_deref() == Some(diagnosis)) {
        return;
    }
    let details: Vec<String> = failing()
        .map(|test| {
            let told = test.diagnosis.as_deref().unwrap_or("no diagnosis fits");
            let observed = diff::unified("observed", &test.expected, &test.yours);
            let panic =
                if test.panic.is_empty() { String::new() } else { format!("panic: {}\n", test.panic) };
            format!("{}: {told}\n{observed}{panic}", test.test)
        })
        .collect();
    report.find_with(name, format!("the reader is not told {diagnosis}"), details.join("\n"));
}

fn enough(exercise: &Exercise, variants: &[Variant], report: &mut Report) {
    let right = variants.iter().filter(|variant| variant.verdict == Verdict::Right).count();
    if right < RIGHT_AT_LEAST {
        report.find(
            "variants/right",
            format!("there {} right, an exercise has at least {RIGHT_AT_LEAST}", is(right)),
        );
    }
    for step in &exercise.steps {
        let caught = variants.iter().any(|variant| match &variant.verdict {
            Verdict::Wrong { step: declared, .. } => *declared == step.id,
            Verdict::Right => false,
        });
        if !caught {
            report.find("variants/wrong", format!("no mistake declares that step {} catches it", step.id));
        }
    }
}

fn is(number: usize) -> String {
    if number == 1 { "is 1".into() } else { format!("are {number}") }
}

/// The solution's library, without the binaries that only it has.
fn solution(exercise: &Exercise, bench: &Bench<'_>) -> Result<FileTree, Failure> {
    let own = starter::files(exercise)?;
    let mut solution = starter::sources(&bench.course.solution(exercise))?;
    solution.0.retain(|path, _| {
        let is_binary = path == "src/main.rs" || path.starts_with("src/bin/");
        !is_binary || own.0.contains_key(path)
    });
    Ok(solution)
}

fn name(variant: &Variant) -> String {
    let kind = if variant.verdict == Verdict::Right { "right" } else { "wrong" };
    format!("variants/{kind}/{}", variant.name)
}
