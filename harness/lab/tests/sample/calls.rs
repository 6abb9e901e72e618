//! A test whose calls another process makes: what it observes, and how it ends where they don't.

use std::path::{Path, PathBuf};

use super::rerun::{Ended, command, run};

/// A cell without walls, for this binary, whose modules are one deeper than a submission's.
const CELL: &str = r#"
while [ "$1" != -- ]; do
  if [ "$1" = --env ]; then export "$2"; fi
  shift 2
done
program=$2 test=$3
exec "$program" "steps::$test" --exact --include-ignored --nocapture
"#;

fn scratch(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("lab-calls-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// Runs a test of the sample, its calls in a process of their own, and answers what it has observed.
fn apart(folder: &Path, name: &str) -> (Ended, Option<String>) {
    let mut cell: Vec<String> = ["/bin/sh", "-c", CELL, "cell"].map(str::to_owned).into();
    // Where cargo says that the shared libraries are.
    for name in ["LD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH"] {
        let set = std::env::var(name).into_iter();
        cell.extend(set.flat_map(|value| ["--env".to_owned(), format!("{name}={value}")]));
    }
    let subject = serde_json::json!({
        "program": std::env::current_exe().unwrap(),
        "cell": cell,
        "is_called": true,
    });
    let file = folder.join("subject.json");
    std::fs::write(&file, subject.to_string()).unwrap();
    let mut driver = command(&format!("step_3_broken::{name}"));
    // It ends when its standard input does.
    let (input, _open) = std::io::pipe().unwrap();
    driver.stdin(input).env("LAB_SUBJECT", &file).env("LAB_OBSERVE", folder).env("LAB_SEED", "7");
    let ended = run(&mut driver);
    let observed = std::fs::read_to_string(folder.join(format!("step_3_broken__{name}.txt")));
    (ended, observed.ok())
}

fn here(folder: &Path, name: &str) -> String {
    let ended =
        run(command(&format!("step_3_broken::{name}")).env("LAB_OBSERVE", folder).env("LAB_SEED", "7"));
    assert_eq!(ended.code, Some(0), "{}\n{}", ended.said, ended.stderr);
    std::fs::read_to_string(folder.join(format!("step_3_broken__{name}.txt"))).unwrap()
}

#[test]
fn what_is_observed_is_the_same_wherever_the_calls_are_made() {
    let folder = scratch("same");
    let here = here(&folder, "its_calls_are_made_somewhere");
    assert!(here.contains("called here: true"), "{here}");
    assert!(here.contains(r#"counts: {"UpdateItem":3}"#) && here.contains("doubled: 6"), "{here}");
    let (ended, apart) = apart(&folder, "its_calls_are_made_somewhere");
    assert_eq!(ended.code, Some(0), "{}\n{}", ended.said, ended.stderr);
    assert_eq!(apart.unwrap(), here.replace("called here: true", "called here: false"));
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_call_that_never_returns_is_told_by_how_its_process_ended() {
    let folder = scratch("ends");
    let (ended, observed) = apart(&folder, "a_call_is_not_written_yet");
    assert_eq!((ended.code, observed), (Some(101), None), "{}", ended.stderr);
    assert!(ended.said.contains("not written yet"), "{}", ended.said);
    let (ended, observed) = apart(&folder, "the_process_of_its_calls_ends");
    assert_eq!((ended.code, observed), (Some(101), None), "{}", ended.stderr);
    assert!(ended.said.contains("ended before it had an answer: exit code 0"), "{}", ended.said);
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_test_that_could_not_be_made_apart_is_refused_at_once() {
    for (name, what) in [
        ("a_call_asks_its_lab", "lab.requests within lab.call"),
        ("a_call_draws_from_the_seed", "lab.seed()"),
    ] {
        let ended = run(&mut command(&format!("step_3_broken::{name}")));
        assert_eq!(ended.code, Some(75), "{}\n{}", ended.said, ended.stderr);
        let stderr = ended.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(stderr.contains(what), "{stderr}");
    }
}
