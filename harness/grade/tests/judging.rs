//! Whole judgments, in the cells that this machine offers.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test may")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Instant;

use grade::bench::{Bench, Place};
use grade::verdict::{Cancel, Judge as _, Outcome, Settings, Tier, Verdict, Work};

fn course() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().to_owned()
}

fn bench() -> &'static Bench {
    static BENCH: OnceLock<Bench> = OnceLock::new();
    BENCH.get_or_init(|| {
        let place = Place {
            course: course(),
            folder: Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench"),
            cell: vec![env!("CARGO_BIN_EXE_grade-cell").into()],
        };
        let bench =
            Bench::prepare(place, &[1, 2], &Cancel::default(), &mut |doing| eprintln!("{doing}")).unwrap();
        // The strongest that there is, if nobody asks for less.
        if std::env::var("TIER").is_ok_and(|tier| tier == "base") { bench.at_tier(Tier::Base) } else { bench }
    })
}

fn files(folder: &Path, prefix: &Path, files: &mut BTreeMap<PathBuf, Vec<u8>>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = prefix.join(entry.file_name());
        if entry.path().is_dir() {
            self::files(&entry.path(), &path, files);
        } else {
            files.insert(path, std::fs::read(entry.path()).unwrap());
        }
    }
}

fn sources(folder: &str) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    files(&course().join(folder), Path::new("src"), &mut found);
    found
}

fn judged(exercise: u32, files: BTreeMap<PathBuf, Vec<u8>>, settings: &Settings) -> Verdict {
    let work = Work::new(exercise, files, bench().course_version(), "test");
    let began = Instant::now();
    let verdict = bench().judge(&work, settings, &Cancel::default());
    eprintln!("{} of {} in {:?}: {verdict:#?}", verdict.points(), verdict.points_possible(), began.elapsed());
    verdict
}

#[test]
#[ignore = "builds every dependency once more; run by name"]
fn the_reference_earns_every_point() {
    let settings = Settings { seeds: vec![0, 4_711], ..Settings::default() };
    let verdict = judged(1, sources("solutions/01-serverless-functions/src"), &settings);
    assert_eq!(verdict.outcome, Outcome::Pass);
    assert_eq!(verdict.points(), verdict.points_possible());
}

#[test]
#[ignore = "builds every dependency once more; run by name"]
fn the_starter_earns_nothing() {
    let verdict = judged(1, sources("exercises/01-serverless-functions/.starter/src"), &Settings::default());
    assert_eq!((verdict.outcome, verdict.points()), (Outcome::Fail, 0));
}

#[test]
#[ignore = "builds every dependency once more; run by name"]
fn a_wrong_variant_loses_the_step_that_catches_it() {
    let mut wrong = sources("solutions/01-serverless-functions/src");
    let variants = course().join("exercises/01-serverless-functions/variants/wrong");
    let variant = std::fs::read_dir(variants).unwrap().flatten().map(|entry| entry.path()).min().unwrap();
    files(&variant.join("src"), Path::new("src"), &mut wrong);
    let verdict = judged(1, wrong, &Settings::default());
    assert_eq!(verdict.outcome, Outcome::Fail);
    assert!(verdict.points() < verdict.points_possible());
}

#[test]
#[ignore = "builds every dependency once more; run by name"]
fn the_reference_of_a_server_earns_every_point() {
    let settings = Settings { seeds: vec![0, 4_711], ..Settings::default() };
    let verdict = judged(2, sources("solutions/02-lambda-emulator/src"), &settings);
    assert_eq!(verdict.outcome, Outcome::Pass);
    assert_eq!(verdict.points(), verdict.points_possible());
}

#[test]
#[ignore = "builds every dependency once more; run by name"]
fn the_starter_of_a_server_earns_nothing() {
    let verdict = judged(2, sources("exercises/02-lambda-emulator/.starter/src"), &Settings::default());
    assert_eq!((verdict.outcome, verdict.points()), (Outcome::Fail, 0));
}
