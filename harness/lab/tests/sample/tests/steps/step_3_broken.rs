//! What goes wrong around a test. The lab's own tests run these with something broken or killed.

use std::time::Duration;

use lab::{Lab, Observation};

#[test]
#[ignore = "the lab's tests run it with the tools broken"]
fn a_request_is_made() {
    lab::step(async |lab: &Lab| {
        let table = crate::servers::table(lab, "views").await;
        crate::servers::add(&lab.client(), &table, "sunset").await;
        lab.observe(Observation::new().items("views", &lab.items("views").await))
    });
}

#[test]
#[ignore = "the lab's tests kill it"]
fn it_never_ends() {
    lab::step(async |lab: &Lab| {
        let server = lab.server("lives", &[]).await;
        let pid = lab.http(server.address()).get("/").await.text();
        std::fs::write(std::env::var_os("SAMPLE_PID_FILE").expect("who runs this sets it"), pid).unwrap();
        tokio::time::sleep(Duration::from_secs(50)).await;
        lab.observe(Observation::new())
    });
}

#[test]
#[ignore = "the lab's tests kill its container"]
fn two_requests_with_time_between() {
    lab::step(async |lab: &Lab| {
        let table = crate::servers::table(lab, "views").await;
        let go = std::env::var_os("SAMPLE_GO_FILE").expect("who runs this sets it");
        std::fs::write(&go, "one").unwrap();
        while std::fs::read_to_string(&go).is_ok_and(|state| state == "one") {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        crate::servers::add(&lab.client(), &table, "sunset").await;
        lab.observe(Observation::new().items("views", &lab.items("views").await))
    });
}
