//! Where submissions are judged: one bench, as many at a time as there are processors.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use grade::bench::{Bench, Place};
use grade::cell::probe;
use grade::limits::{Bounds, Limits};
use grade::verdict::{Cancel, Settings, Tier, Verdict, Work};

use crate::document::{Document, large};
use crate::traces::Traces;

const CELL: &str = env!("CARGO_BIN_EXE_grade-cell");
const SOLUTION: &str = "solutions/01-serverless-functions/src";

/// The hidden seed.
const HIDDEN: u64 = 8_214_565_720_323_455_221;

pub struct Arena {
    bench: Bench,
    solution: BTreeMap<PathBuf, Vec<u8>>,
    places: Vec<(&'static str, String)>,
    traces: Traces,
}

pub struct Judged {
    pub verdict: Verdict,
    /// It came as far as its steps.
    pub compiled: bool,
}

impl Judged {
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

pub fn course() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().to_owned()
}

/// Where no other is named.
fn own_bench() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench")
}

/// The solution of exercise 1, by path.
pub fn solution() -> BTreeMap<PathBuf, Vec<u8>> {
    let files = std::fs::read_dir(course().join(SOLUTION)).unwrap().map(|entry| entry.unwrap());
    files.map(|file| (Path::new("src").join(file.file_name()), std::fs::read(file.path()).unwrap())).collect()
}

impl Arena {
    pub fn open(tier: Tier) -> Self {
        let folder = std::env::var_os("GRADE_BENCH").map_or_else(own_bench, PathBuf::from);
        let place = Place { course: course(), folder: folder.clone(), cell: vec![CELL.into()] };
        let bench =
            Bench::prepare(place, &[1], &Cancel::default(), &mut |doing| eprintln!("{doing}")).unwrap();
        let traces = Traces::set_up(&folder);
        let mut places =
            vec![("{bench}", folder.display().to_string()), ("{course}", course().display().to_string())];
        places.extend(traces.places());
        places.extend(large());
        Self { bench: bench.at_tier(tier), solution: solution(), places, traces }
    }

    pub fn tier(&self) -> Tier {
        self.bench.tier()
    }

    pub fn traces(&self) -> &Traces {
        &self.traces
    }

    /// Judges each on its `steps`, several at a time, and hands each to `look`. Answers what that makes of them.
    pub fn judge_all(
        &self,
        documents: &[Document],
        steps: impl Fn(&Document) -> Vec<&'static str> + Sync,
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
                        let judged = self.judge(document, &steps(document));
                        let wrong = look(document, &judged);
                        eprintln!(
                            "{:>5.1} s  {:<14} {}{}",
                            began.elapsed().as_secs_f64(),
                            judged.verdict.steps[0].outcome.as_str(),
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

    fn judge(&self, document: &Document, steps: &[&str]) -> Judged {
        let files = document.files(&self.solution, &self.places);
        let work = Work::new(1, files, self.bench.course_version(), "attacks");
        let seeds = if document.hidden || document.is_honest() { vec![0, HIDDEN] } else { vec![0] };
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
