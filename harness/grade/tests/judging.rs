//! Whole judgments, in the strongest cells that this machine offers: of each exercise the solution, the starter, other right
//! answers, and mistakes, which the step that they declare has to catch under the grader, too.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test may")]

#[path = "attacks/sources.rs"]
mod sources;

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use grade::bench::{Bench, Place};
use grade::verdict::{Cancel, Outcome, Settings, Tier, Work};
use lab_manifest::exercise::Exercise;
use lab_manifest::variant::{self, Verdict};
use sources::{Sources, course, exercises, solution, sources};

/// A seed that nobody has been told.
const HIDDEN: u64 = 4_711;

/// Work to judge, and what has to come of it.
struct Case {
    name: String,
    exercise: u32,
    files: Sources,
    /// The steps that are judged.
    steps: Vec<String>,
    /// They all pass, or none does.
    passes: bool,
}

/// The cases of an exercise: all variants, or of the mistakes one a step, and of the right answers none.
fn cases(exercise: &Exercise, all: bool) -> Vec<Case> {
    let steps: Vec<String> = exercise.steps.iter().map(|step| step.id.clone()).collect();
    let solution = solution(exercise.number);
    let case = |name: &str, files, steps, passes| Case {
        name: format!("{} {name}", exercise.number),
        exercise: exercise.number,
        files,
        steps,
        passes,
    };
    let starter = sources(&exercise.folder.join(".starter/src"));
    let mut cases = vec![
        case("the solution", solution.clone(), steps.clone(), true),
        case("the starter", starter, steps.clone(), false),
    ];
    let mut seen = HashSet::new();
    for variant in variant::all(&exercise.folder).unwrap() {
        let mut files = solution.clone();
        files.extend(sources(&variant.folder.join("src")));
        match variant.verdict {
            Verdict::Right if all => cases.push(case(&variant.name, files, steps.clone(), true)),
            Verdict::Wrong { step, .. } if all || seen.insert(step.clone()) => {
                cases.push(case(&variant.name, files, vec![step], false));
            }
            _ => {}
        }
    }
    cases
}

/// What is wrong with how a case was judged.
fn judge(bench: &Bench, case: &Case) -> Option<String> {
    let began = Instant::now();
    let work = Work::new(case.exercise, case.files.clone(), bench.course_version(), "test");
    let settings = Settings { seeds: vec![0, HIDDEN], search: 0, ..Settings::default() };
    let steps: Vec<&str> = case.steps.iter().map(String::as_str).collect();
    let verdict = bench.judge_steps(&work, &settings, &steps, &Cancel::default());
    let passed = |outcome: Outcome| outcome == Outcome::Pass;
    let right = !verdict.steps.is_empty()
        && verdict.outcome != Outcome::InfraError
        && verdict.steps.iter().all(|step| passed(step.outcome) == case.passes);
    let seconds = began.elapsed().as_secs_f64();
    eprintln!(
        "{seconds:>6.1} s  {:<14} {}{}",
        verdict.outcome.as_str(),
        case.name,
        if right { "" } else { "  <-" }
    );
    (!right).then(|| format!("{}: {verdict:#?}", case.name))
}

/// `EXERCISES=1,7` judges those alone, `VARIANTS=all` every variant.
#[test]
#[ignore = "minutes, and builds every dependency once more; the stage `judging` runs it by name"]
fn the_grader_tells_right_from_wrong_as_the_tests_do() {
    let only = std::env::var("EXERCISES").unwrap_or_default();
    let only: Vec<u32> = only.split(',').filter_map(|number| number.parse().ok()).collect();
    let exercises: Vec<Exercise> =
        exercises().into_iter().filter(|one| only.is_empty() || only.contains(&one.number)).collect();
    let numbers: Vec<u32> = exercises.iter().map(|exercise| exercise.number).collect();
    let place = Place {
        course: course(),
        folder: std::env::var_os("GRADE_BENCH")
            .map_or_else(|| Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench"), PathBuf::from),
        cell: vec![env!("CARGO_BIN_EXE_grade-cell").into()],
    };
    let bench =
        Bench::prepare(place, &numbers, &Cancel::default(), &mut |doing| eprintln!("{doing}")).unwrap();
    // The strongest that there is, if nobody asks for less.
    let base = std::env::var("TIER").is_ok_and(|tier| tier == "base");
    let bench = if base { bench.at_tier(Tier::Base) } else { bench };
    let all = std::env::var("VARIANTS").is_ok_and(|variants| variants == "all");
    let cases: Vec<Case> = exercises.iter().flat_map(|exercise| cases(exercise, all)).collect();
    let (next, failures) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        // One more than there are processors: who waits in vain leaves one to others.
        for _ in 0..=std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let wrong = judge(&bench, case);
                    failures.lock().unwrap().extend(wrong);
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap();
    assert!(failures.is_empty(), "{} of {} cases\n{}", failures.len(), cases.len(), failures.join("\n"));
}
