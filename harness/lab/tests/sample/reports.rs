//! What the command line and a grader get from a run.

use std::path::{Path, PathBuf};

use lab_manifest::plain_run;
use lab_manifest::report::{self, Event, Outcome};

use super::rerun::{command, run};

fn scratch(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("lab-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

#[test]
fn a_failed_test_is_reported_with_what_the_reader_was_told() {
    let folder = scratch("report");
    let file = folder.join("events");
    run(command("step_2_red::twenty_views_at_once_are_all_counted").env("LAB_REPORT", &file));
    let events = report::parse(&std::fs::read_to_string(&file).unwrap());
    assert_eq!(events[0], Event::Backend { name: "embedded".into(), why: None });
    let Event::Test(test) = &events[1] else { panic!("{events:?}") };
    assert_eq!(test.test, "step_2_red::twenty_views_at_once_are_all_counted");
    assert_eq!((test.step.as_str(), test.outcome), ("red", Outcome::Failed));
    assert_eq!(
        (test.expected.as_str(), test.yours.as_str()),
        ("sent: 20\nviews: 20\ntable: views", "sent: 20\nviews: 14\ntable: views")
    );
    assert_eq!((test.diagnosis.as_deref(), test.read.as_str()), (Some("lost"), "99-sample.html#lost-update"));
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_todo_is_reported_with_its_place() {
    let folder = scratch("todo");
    let file = folder.join("events");
    run(command("step_2_red::a_part_in_a_process_is_not_written_yet").env("LAB_REPORT", &file));
    let events = report::parse(&std::fs::read_to_string(&file).unwrap());
    let Some(Event::Test(test)) = events.last() else { panic!("{events:?}") };
    assert_eq!((test.outcome, test.panic.as_str()), (Outcome::Todo, "step 2: answer"));
    assert!(test.place.as_ref().is_some_and(|place| place.contains("servers.rs:")));
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn what_happened_instead_of_an_observation_is_reported() {
    let folder = scratch("happened");
    for (name, said) in [
        ("step_2_red::the_snapshot_is_gone", "This says nothing about your code."),
        ("step_2_red::a_server_ends_before_it_listens", "The last that it wrote:"),
    ] {
        let file = folder.join(name.replace("::", "-"));
        run(command(name).env("LAB_REPORT", &file));
        let events = report::parse(&std::fs::read_to_string(&file).unwrap());
        let Some(Event::Test(test)) = events.last() else { panic!("{events:?}") };
        assert_eq!((test.outcome, test.expected.as_str(), test.yours.as_str()), (Outcome::Failed, "", ""));
        assert!(test.happened.contains(said), "{}", test.happened);
    }
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_grader_gets_the_observation_and_no_verdict() {
    let folder = scratch("observe");
    let ended = run(command("step_2_red::no_rule_knows_this_mistake").env("LAB_OBSERVE", &folder));
    assert_eq!(ended.code, Some(0));
    let observed =
        std::fs::read_to_string(folder.join("step_2_red__no_rule_knows_this_mistake.txt")).unwrap();
    assert_eq!(observed, "views: 3\n");
    std::fs::remove_dir_all(folder).unwrap();
}

/// A course at `root` with the sample's exercise in the same place, and the package in which cargo runs its tests.
fn checkout(root: &Path) -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    let package = root.join("harness/lab/tests/sample");
    let snapshots = "tests/steps/snapshots";
    std::fs::create_dir_all(root.join("exercises")).unwrap();
    std::fs::create_dir_all(package.join(snapshots)).unwrap();
    std::fs::write(root.join("Cargo.toml"), "").unwrap();
    let from = own.join("tests/sample");
    std::fs::copy(from.join("exercise.toml"), package.join("exercise.toml")).unwrap();
    for entry in std::fs::read_dir(from.join(snapshots)).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), package.join(snapshots).join(entry.file_name())).unwrap();
    }
    package
}

const SAMPLE: &str = "0b8f2c1e-5f0a-4f0e-9a6b-7c1d7a7f0001";
const RED: &str = "step_2_red::no_rule_knows_this_mistake";

#[test]
fn a_readers_own_run_leaves_its_results_for_the_course() {
    let root = scratch("plain");
    let package = checkout(&root);
    let file = plain_run::file(&root, SAMPLE).unwrap();
    let observe = scratch("plain-observe");
    run(command(RED).env("CARGO_MANIFEST_DIR", &package).env("LAB_OBSERVE", &observe));
    run(command(RED).env("CARGO_MANIFEST_DIR", &package).env("LAB_REPORT", observe.join("events")));
    assert!(plain_run::read(&file).is_empty(), "somebody else reads these");
    assert_eq!(run(command(RED).env("CARGO_MANIFEST_DIR", &package)).code, Some(101));
    let kept = plain_run::read(&file);
    assert_eq!(kept.len(), 1);
    assert_eq!(
        (kept[0].step.as_str(), kept[0].test.as_str(), kept[0].outcome),
        ("red", RED, Outcome::Failed)
    );
    for folder in [root, observe] {
        std::fs::remove_dir_all(folder).unwrap();
    }
}

#[test]
fn a_checkout_that_cannot_be_written_to_changes_no_verdict() {
    let root = scratch("plain-closed");
    let package = checkout(&root);
    // Where the folder should be is a file: that stops the super-user too.
    std::fs::write(root.join(".course"), "").unwrap();
    let ended = run(command(RED).env("CARGO_MANIFEST_DIR", &package));
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(101), ""));
    assert!(ended.said.contains("The promise that broke"), "{}", ended.said);
    std::fs::remove_dir_all(root).unwrap();
}
