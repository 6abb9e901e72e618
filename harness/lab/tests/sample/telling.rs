//! What a reader is told, word for word.

use std::time::{Duration, Instant};

use super::rerun::{command, run};

/// Runs a red test of the sample and compares what it says with the snapshot.
fn tells(test: &str) {
    let ended = run(&mut command(&format!("step_2_red::{test}")));
    assert_eq!(ended.code, Some(101), "{}", ended.stderr);
    assert_eq!(ended.stderr, "", "nothing goes past libtest");
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("told");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(test, ended.said));
    for line in ended.said.lines().filter(|line| !line.contains(".snap") && !line.contains(" at ")) {
        assert!(line.chars().count() <= 80, "longer than a terminal is wide: {line}");
    }
}

#[test]
fn a_broken_promise_is_told_with_its_likeliest_cause() {
    tells("twenty_views_at_once_are_all_counted");
}

#[test]
fn where_no_rule_fits_that_is_said() {
    tells("no_rule_knows_this_mistake");
}

#[test]
fn a_todo_is_told_in_three_lines() {
    tells("a_part_is_not_written_yet");
}

#[test]
fn a_todo_in_a_process_is_told_like_one_in_the_test() {
    tells("a_part_in_a_process_is_not_written_yet");
}

/// Less than what any of a test's waits would take.
const AT_ONCE: Duration = Duration::from_secs(8);

#[test]
fn who_waits_for_a_todo_elsewhere_is_told_of_it_at_once() {
    for test in
        ["what_a_process_has_not_written_is_not_waited_for", "what_a_task_has_not_written_is_not_waited_for"]
    {
        let begun = Instant::now();
        tells(test);
        assert!(begun.elapsed() < AT_ONCE, "{test} took {:?}", begun.elapsed());
    }
}

#[test]
fn a_panic_is_told_without_a_backtrace() {
    tells("the_code_panics");
}

#[test]
fn a_panic_beside_the_test_is_told_too() {
    tells("a_task_panics_and_the_test_goes_on");
}

#[test]
fn a_server_that_does_not_start_is_told_with_its_last_words() {
    tells("a_server_ends_before_it_listens");
}

#[test]
fn a_missing_snapshot_is_told_with_its_remedy() {
    tells("the_snapshot_is_gone");
}

#[test]
fn an_unreadable_snapshot_is_told_with_its_remedy() {
    tells("the_snapshot_is_no_snapshot");
}
