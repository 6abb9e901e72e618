//! What the fuzzers of the grader's parsers begin with, and what once broke one: each goes through the same checks here,
//! without a fuzzer.

use std::path::Path;

#[path = "../../../.ci/fuzz/src/lib.rs"]
mod fuzz;

type Check = fn(&[u8]);

const TARGETS: [(&str, Check); 6] = [
    ("archives", fuzz::archives::check),
    ("cells", fuzz::cells::check),
    ("course_toml", fuzz::course_toml::check),
    ("journal", fuzz::journal::check),
    ("roster", fuzz::roster::check),
    ("sources", fuzz::sources::check),
];

#[test]
fn every_seed_and_every_regression_holds() {
    let inputs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.ci/fuzz");
    for (target, check) in TARGETS {
        let mut count = 0;
        for folder in ["seeds", "regressions"] {
            let Ok(entries) = std::fs::read_dir(inputs.join(folder).join(target)) else { continue };
            for path in entries.map(|entry| entry.unwrap().path()) {
                println!("{}", path.display());
                check(&std::fs::read(path).unwrap());
                count += 1;
            }
        }
        assert!(count > 0, "{target} has no inputs");
    }
}
