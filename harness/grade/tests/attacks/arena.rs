//! Where submissions are judged: one bench, several at a time.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

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

/// What says nothing about a submission is tried again, as in a class; a neighbor may be flooding the machine.
const ATTEMPTS: u32 = 3;
const UNTIL_NEXT_ATTEMPT: Duration = Duration::from_secs(2);

/// The hidden seed.
const HIDDEN: u64 = 8_214_565_720_323_455_221;

pub struct Arena {
    /// One a sandbox.
    benches: Vec<Bench>,
    solutions: BTreeMap<u32, BTreeMap<PathBuf, Vec<u8>>>,
    places: Vec<(&'static str, String)>,
    traces: Traces,
}

pub struct Judged {
    pub verdict: Verdict,
    /// There was a program of it.
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
    /// Judges in the sandboxes `tiers`, the first of them the strongest.
    pub fn open(tiers: &[Tier]) -> Self {
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
            benches: tiers.iter().map(|&tier| bench.at_tier(tier)).collect(),
            solutions: EXERCISES.map(|number| (number, solution(number))).into(),
            places,
            traces,
        }
    }

    pub fn tiers(&self) -> Vec<Tier> {
        self.benches.iter().map(Bench::tier).collect()
    }

    pub fn traces(&self) -> &Traces {
        &self.traces
    }

    /// Judges each in the first sandbox, and in the others what runs in weaker ones, several at a time, and hands them to
    /// `look`. Answers what that makes of them.
    pub fn judge_all(
        &self,
        documents: &[Document],
        look: impl Fn(&Document, &Judged) -> Option<String> + Sync,
    ) -> Vec<String> {
        let next = AtomicUsize::new(0);
        let seen = Mutex::new(Vec::new());
        std::thread::scope(|scope| {
            // One more than there are processors: a server that does not answer is waited for.
            for _ in 0..=std::thread::available_parallelism().map_or(2, usize::from) {
                scope.spawn(|| {
                    while let Some(document) = documents.get(next.fetch_add(1, Ordering::Relaxed)) {
                        self.judge(document, &|judged: &Judged, seconds| {
                            let wrong = look(document, judged);
                            tell(document, judged, seconds, wrong.as_deref());
                            seen.lock().unwrap().extend(wrong);
                        });
                    }
                });
            }
        });
        seen.into_inner().unwrap()
    }

    /// What has become a program in the strongest sandbox is that program in the others.
    fn judge(&self, document: &Document, look: &impl Fn(&Judged, f64)) {
        let strongest = &self.benches[0];
        let files = document.files(&self.solutions[&document.exercise], &self.places);
        let work = Work::new(document.exercise, files, strongest.course_version(), "attacks");
        let seeds = if document.hidden || document.is_honest() { vec![0, HIDDEN] } else { vec![0] };
        let settings = Settings { seeds, limits: limits(document), repeats: 1, search: 0 };
        let steps = document.steps();
        let cancel = Cancel::default();
        let mut compiled = None;
        for bench in &self.benches {
            let weaker = bench.tier() < strongest.tier();
            if weaker && !document.base_tier {
                continue;
            }
            // The honest part is asked of those that meet the sandbox, in the strongest there is.
            let both = !weaker && (document.base_tier || document.is_honest());
            let steps = if both { &steps } else { &steps[..1] };
            let began = Instant::now();
            let mut attempt = 1;
            let judged = loop {
                let built = match compiled.take() {
                    Some(compiled) => Ok(compiled),
                    None => bench.compile_steps(&work, &settings, steps, &cancel),
                };
                let judged = match built {
                    Ok(program) => {
                        let verdict =
                            bench.judge_compiled(work.exercise, &program, &settings, steps, &cancel);
                        compiled = Some(program);
                        Judged { verdict, compiled: true }
                    }
                    Err(verdict) => Judged { verdict, compiled: false },
                };
                if !judged.verdict.is_infra_error() || attempt == ATTEMPTS {
                    break judged;
                }
                eprintln!("         again: {}: {}", document.name, judged.verdict.notes.join(" "));
                std::thread::sleep(UNTIL_NEXT_ATTEMPT);
                attempt += 1;
            };
            look(&judged, began.elapsed().as_secs_f64());
        }
    }
}

fn tell(document: &Document, judged: &Judged, seconds: f64, wrong: Option<&str>) {
    eprintln!(
        "{seconds:>5.1} s  {:<7} {:<14} {}{}",
        judged.verdict.tier.to_string(),
        judged.attacked(document).outcome.as_str(),
        document.name,
        wrong.and_then(|wrong| wrong.lines().next()).map_or(String::new(), |wrong| format!("  <- {wrong}"))
    );
}

/// As in a class, but that nobody waits for the endless ones as long. Compiling what is honest about a submission may take
/// what it may in a class: on a slow machine a solution of exercise 2 takes ten seconds.
fn limits(document: &Document) -> Limits {
    let usual = Limits::default();
    let compile = Bounds { memory_mib: 1024, ..usual.compile };
    let cpu_seconds = document.compile_seconds.unwrap_or(compile.cpu_seconds);
    Limits {
        compile: Bounds { cpu_seconds, ..compile },
        run: Bounds { cpu_seconds: 4, wall_seconds: 12, ..usual.run },
        step_seconds: 15,
    }
}
