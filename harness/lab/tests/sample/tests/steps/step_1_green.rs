//! What a lab does where all is well.

use std::time::Duration;

use lab::{Lab, Observation, Reply};
use serde_json::json;

#[test]
fn a_table_is_this_labs_alone_and_what_is_sent_to_it_is_recorded() {
    lab::step(async |lab: &Lab| {
        let table = crate::servers::table(lab, "views").await;
        lab.forget_requests();
        let card = lab.seed().id("card");
        for _ in 0..3 {
            crate::servers::add(&lab.client(), &table, &card).await;
        }
        let counts = lab.request_counts();
        let requests = lab.requests();
        let rows = requests.iter().map(|request| {
            [
                request.operation.clone(),
                request.table.clone(),
                request.items[0].to_string(),
                request.status.to_string(),
            ]
        });
        lab.observe(
            Observation::new()
                .json("counts", &counts)
                .table("requests", &["operation", "table", "key", "status"], rows)
                .items("views", &lab.items("views").await),
        )
    });
}

#[test]
fn a_server_process_is_killed_and_started_again() {
    lab::step(async |lab: &Lab| {
        let mut server = lab.server("echo", &[("GREETING", "hello")]).await;
        let before = lab.http(server.address()).post("/", &[], "one").await;
        server.kill().await;
        let dead = lab.http(server.address()).post("/", &[], "two").await;
        server.restart().await;
        let after = lab.http(server.address()).post("/", &[], "three").await;
        lab.observe(
            Observation::new()
                .fact("before", told(&before))
                .fact("while it is dead", told(&dead))
                .fact("after", told(&after))
                .text("its output", server.output().join("\n")),
        )
    });
}

/// What a step promises holds or does not, whatever a later step still has to have written beside it.
#[test]
fn a_todo_elsewhere_does_not_keep_a_test_from_its_own_end() {
    lab::step(async |lab: &Lab| {
        let server = lab.server("todo", &[]).await;
        let reply = lab.http(server.address()).get("/").await;
        lab.observe(Observation::new().fact("reply", told(&reply)))
    });
}

#[test]
fn a_process_reaches_the_labs_dynamodb_through_the_recorder() {
    lab::step(async |lab: &Lab| {
        let table = crate::servers::table(lab, "views").await;
        lab.forget_requests();
        let server = lab.server("count", &[("TABLE", &table)]).await;
        let reply = lab.http(server.address()).post("/", &[], "sunset").await;
        lab.observe(
            Observation::new()
                .fact("reply", told(&reply))
                .json("counts", &lab.request_counts())
                .items("views", &lab.items("views").await),
        )
    });
}

#[test]
fn an_environment_is_started_streamed_and_killed_with_its_connection() {
    lab::step(async |lab: &Lab| {
        let control = lab.http(lab.control_url()).limit(Duration::from_secs(5));
        let json = [("content-type", "application/json")];
        let unknown = control.post("/environments", &json, json!({"function": "nobody"}).to_string()).await;
        let early = control.post("/environments", &json, json!({"function": "early"}).to_string()).await;
        let mut events: Vec<String> = early
            .text()
            .lines()
            .map(|line| {
                let mut event: serde_json::Value = serde_json::from_str(line).unwrap();
                if event["pid"].is_u64() {
                    event["pid"] = json!("a number");
                }
                event.to_string()
            })
            .collect();
        // Two streams have no order between them.
        events.sort();
        let pid = crate::servers::open_environment(lab, "echo").await;
        let gone = crate::servers::gone(pid).await;
        lab.observe(
            Observation::new()
                .fact("unknown", told(&unknown))
                .text("events", events.join("\n"))
                .fact("killed with its connection", gone),
        )
    });
}

#[test]
fn the_clock_is_read_and_waited_for_over_http() {
    lab::step(async |lab: &Lab| {
        let control = lab.http(lab.control_url());
        let clock = lab.clock();
        let start = clock.now_ms();
        let until = start + 1500;
        let path = format!("/clock/wait?until_ms={until}");
        let (woken, slept) = tokio::join!(control.get(&path), async {
            let slept = clock.wait_for_sleeper(start, Duration::from_secs(5)).await;
            clock.advance(Duration::from_millis(1500));
            slept
        });
        lab.observe(
            Observation::new()
                .fact("starts at", start)
                .fact("slept until the start and", slept.map_or(0, |until| until - start))
                .json("woken", &woken.json()),
        )
    });
}

fn told(reply: &Reply) -> String {
    if reply.arrived() {
        format!("{} {}", reply.status, reply.text())
    } else {
        format!("no reply: {}", reply.text())
    }
}
