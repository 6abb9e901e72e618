//! What a lab writes down of a run where somebody asks for it.

use std::path::PathBuf;

use lab_manifest::report::Outcome;
use lab_manifest::trace::{Access, Kind, Trace};

use super::rerun::{any_command, run};

fn traced(test: &str) -> Trace {
    let folder: PathBuf =
        std::env::temp_dir().join(format!("lab-trace-{}-{}", test.replace("::", "-"), std::process::id()));
    run(any_command(test).env("LAB_TRACE", &folder));
    let trace = Trace::read(&folder.join(Trace::file_name(test))).unwrap();
    std::fs::remove_dir_all(folder).unwrap();
    trace
}

#[test]
fn a_request_of_a_process_is_told_with_its_sender_its_item_and_its_cost() {
    let trace = traced("step_1_green::a_process_reaches_the_labs_dynamodb_through_the_recorder");
    assert_eq!((trace.step.as_str(), trace.outcome), ("green", Outcome::Passed));
    let [server] = trace.processes.as_slice() else { panic!("{:?}", trace.processes) };
    assert_eq!((server.id, server.role.as_str(), server.kind), (1, "count", Kind::Server));
    let (prepared, own): (Vec<_>, Vec<_>) = trace.requests.iter().partition(|request| request.prepares);
    assert!(!prepared.is_empty() && prepared.iter().all(|request| request.from == 0));
    let [request] = own.as_slice() else { panic!("{own:?}") };
    assert_eq!((request.from, request.operation.as_str(), request.status), (1, "UpdateItem", 200));
    assert_eq!(request.tables, ["views"]);
    let [touched] = request.touched.as_slice() else { panic!("{request:?}") };
    assert_eq!((touched.partition.as_str(), touched.access), ("card=sunset", Access::Write));
    assert!(!request.lost && request.retry_of.is_none());
    assert!(request.cost.as_ref().is_some_and(|cost| (cost.write - 1.0).abs() < f64::EPSILON));
    assert!(
        server.at_us < request.at_us && request.at_us <= request.end_us && request.end_us <= trace.end_us
    );
}

#[test]
fn a_process_that_is_killed_has_an_end_and_one_that_outlives_the_test_has_none_of_its_own() {
    let trace = traced("step_1_green::a_server_process_is_killed_and_started_again");
    let [first, second] = trace.processes.as_slice() else { panic!("{:?}", trace.processes) };
    assert_eq!((first.end.as_deref(), first.outlived), (Some("signal 9"), false));
    assert!(second.outlived && first.end_us <= Some(second.at_us));
}

#[test]
fn a_test_that_moves_the_clock_says_so_and_one_that_fails_is_traced_too() {
    let trace = traced("step_1_green::the_clock_is_read_and_waited_for_over_http");
    assert_eq!(trace.clock.iter().map(|advance| advance.by_ms).collect::<Vec<_>>(), [1500]);
    assert_eq!(traced("step_2_red::twenty_views_at_once_are_all_counted").outcome, Outcome::Failed);
}
