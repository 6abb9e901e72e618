//! Where submissions are judged: one bench, as many at a time as there are processors.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use grade::bench::{Bench, Place};
use grade::cell::probe;
use grade::limits::{Bounds, Limits};
use grade::verdict::{Cancel, Settings, StepVerdict, Tier, Verdict, Work};

use crate::document::{Document, large};
use crate::sources::{course, solution};
use crate::traces::Traces;

const CELL: &str = env!("CARGO_BIN_EXE_grade-cell");

/// The exercises that are attacked.
const EXERCISES: [u32; 3] = [1, 2, 7];

/// The hidden seed.
const HIDDEN: u64 = 8_214_565_720_323_455_221;

pub struct Arena {
    bench: Bench,
    solutions: BTreeMap<u32, BTreeMap<PathBuf, Vec<u8>>>,
    places: Vec<(&'static str, String)>,
    traces: Traces,
}

pub struct Judged {
    pub verdict: Verdict,
    /// It came as far as its steps.
    pub compiled: bool,
}

impl Judged {
    /// The step that the document attacks.
    pub fn attacked(&self, document: &Document) -> &StepVerdict {
        self.verdict.steps.iter().find(|step| step.step == document.steps()[0]).unwrap()
    }

    /// Whatever it brought into its verdict.
    pub fn told(&self) -> String {
        let tests = self.verdict.steps.iter().flat_map(|step| &step.tests);
        let told = tests.flat_map(|test| [test.cause.clone(), test.actual.clone().unwrap_or_default()]);
        told.chain(self.verdict.notes.iter().cloned()).collect::<Vec<_>>().join("\n")
    }
}

pub fn offered() -> Tier {
    let offer = probe::offer(&[CELL.into()]);
    assert!(offer.tier >= Tier::Base, "{offer:?}");
    offer.tier
}

/// Where no other is named.
fn own_bench() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench")
}

impl Arena {
    pub fn open(tier: Tier) -> Self {
        let folder = std::env::var_os("GRADE_BENCH").map_or_else(own_bench, PathBuf::from);
        let place = Place { course: course(), folder: folder.clone(), cell: vec![CELL.into()] };
        let bench =
            Bench::prepare(place, &EXERCISES, &Cancel::default(), &mut |doing| eprintln!("{doing}")).unwrap();
        let traces = Traces::set_up(&folder);
        let mut places =
            vec![("{bench}", folder.display().to_string()), ("{course}", course().display().to_string())];
        places.extend(traces.places());
        places.extend(large());
        Self {
            bench: bench.at_tier(tier),
            solutions: EXERCISES.map(|number| (number, solution(number))).into(),
            places,
            traces,
        }
    }

    pub fn tier(&self) -> Tier {
        self.bench.tier()
    }

    pub fn traces(&self) -> &Traces {
        &self.traces
    }

    /// Judges each on the step that it attacks, and on the solved one where `both` says so, several at a time, and hands
    /// each to `look`. Answers what that makes of them.
    pub fn judge_all(
        &self,
        documents: &[Document],
        both: impl Fn(&Document) -> bool + Sync,
        look: impl Fn(&Document, &Judged) -> Option<String> + Sync,
    ) -> Vec<String> {
        let next = AtomicUsize::new(0);
        let seen = Mutex::new(Vec::new());
        std::thread::scope(|scope| {
            for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
                scope.spawn(|| {
                    loop {
                        let index = next.fetch_add(1, Ordering::Relaxed);
                        let Some(document) = documents.get(index) else { return };
                        let began = Instant::now();
                        let judged = self.judge(document, both(document));
                        let wrong = look(document, &judged);
                        eprintln!(
                            "{:>5.1} s  {:<14} {}{}",
                            began.elapsed().as_secs_f64(),
                            judged.attacked(document).outcome.as_str(),
                            document.name,
                            wrong
                                .as_ref()
                                .and_then(|wrong| wrong.lines().next())
                                .map_or(String::new(), |wrong| format!("  <- {wrong}"))
                        );
                        seen.lock().unwrap().extend(wrong);
                    }
                });
            }
        });
        seen.into_inner().unwrap()
    }

    fn judge(&self, document: &Document, both: bool) -> Judged {
        let files = document.files(&self.solutions[&document.exercise], &self.places);
        let work = Work::new(document.exercise, files, self.bench.course_version(), "attacks");
        let seeds = if document.hidden || document.is_honest() { vec![0, HIDDEN] } else { vec![0] };
        let steps = document.steps();
        let steps = if both { &steps } else { &steps[..1] };
        let settings = Settings { seeds, limits: limits(), repeats: 1, search: 0 };
        let verdict = self.bench.judge_steps(&work, &settings, steps, &Cancel::default());
        let compiled = verdict.steps.iter().any(|step| !step.tests.is_empty());
        Judged { verdict, compiled }
    }
}

/// As in a class, but that nobody waits for the endless ones as long.
fn limits() -> Limits {
    let usual = Limits::default();
    Limits {
        compile: Bounds { cpu_seconds: 10, wall_seconds: 25, memory_mib: 1024, ..usual.compile },
        run: Bounds { cpu_seconds: 2, wall_seconds: 12, ..usual.run },
        step_seconds: 15,
    }
}
