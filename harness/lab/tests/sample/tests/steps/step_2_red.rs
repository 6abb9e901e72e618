//! What a reader is told. Each of these fails; the lab's own tests run them one by one.

use lab::{Lab, Observation};

#[test]
#[ignore = "fails; the lab's tests read what it says"]
fn twenty_views_at_once_are_all_counted() {
    lab::step(async |lab: &Lab| {
        lab.observe(
            Observation::new().fact("sent", 20).fact("views", 14).fact("table", lab.table_name("views")),
        )
    });
}

#[test]
#[ignore = "fails; the lab's tests read what it says"]
fn no_rule_knows_this_mistake() {
    lab::step(async |lab: &Lab| lab.observe(Observation::new().fact("views", 3)));
}

#[test]
#[ignore = "fails; the lab's tests read what it says"]
fn a_part_is_not_written_yet() {
    lab::step(async |_: &Lab| todo!("step 2: count the view in DynamoDB"));
}

#[test]
#[ignore = "fails; the lab's tests read what it says"]
fn a_part_in_a_process_is_not_written_yet() {
    lab::step(async |lab: &Lab| {
        let server = lab.server("todo", &[]).await;
        let reply = lab.http(server.address()).get("/").await;
        lab.observe(Observation::new().fact("status", reply.status))
    });
}

#[test]
#[ignore = "fails; the lab's tests read what it says"]
fn what_a_process_has_not_written_is_not_waited_for() {
    lab::step(async |lab: &Lab| {
        let server = lab.server("todo", &[]).await;
        lab.http(server.address()).get("/").await;
        std::future::pending().await
    });
}

#[test]
#[ignore = "fails; the lab's tests read what it says"]
fn what_a_task_has_not_written_is_not_waited_for() {
    lab::step(async |_: &Lab| {
        tokio::spawn(async { todo!("step 2: send the card") });
        std::future::pending().await
    });
}

#[test]
#[ignore = "fails; the lab's tests read what it says"]
fn the_code_panics() {
    lab::step(async |_: &Lab| {
        let views: Vec<u32> = Vec::new();
        panic!("no view of {views:?} is the first")
    });
}

#[test]
#[ignore = "fails; the lab's tests read what it says"]
fn a_task_panics_and_the_test_goes_on() {
    lab::step(async |lab: &Lab| {
        let task = tokio::spawn(async { panic!("in a task") });
        lab.observe(Observation::new().fact("joined", task.await.is_ok()))
    });
}

#[test]
#[ignore = "fails; the lab's tests read what it says"]
fn a_server_ends_before_it_listens() {
    lab::step(async |lab: &Lab| {
        let server = lab.server("refuses", &[]).await;
        lab.observe(Observation::new().fact("address", server.address()))
    });
}

#[test]
#[ignore = "fails; the lab's tests read what it says"]
fn the_snapshot_is_gone() {
    lab::step(async |lab: &Lab| lab.observe(Observation::new().fact("views", 20)));
}

#[test]
#[ignore = "fails; the lab's tests read what it says"]
fn the_snapshot_is_no_snapshot() {
    lab::step(async |lab: &Lab| lab.observe(Observation::new().fact("views", 20)));
}
