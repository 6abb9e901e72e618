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

#[test]
#[ignore = "the lab's tests take the engine away meanwhile"]
fn time_goes_by() {
    let go = std::env::var_os("SAMPLE_GO_FILE").expect("who runs this sets it");
    std::fs::write(&go, "one").unwrap();
    while std::fs::read_to_string(&go).is_ok_and(|state| state == "one") {
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
#[ignore = "the lab's tests make its calls in another process"]
fn its_calls_are_made_somewhere() {
    lab::step(async |lab: &Lab| {
        let seed = lab.seed();
        let table = lab.table_name("views");
        lab.aside(async || drop(crate::servers::table(lab, "views").await)).await;
        lab.forget_requests();
        let card = seed.id("card");
        let here = lab.call(async || std::process::id()).await == std::process::id();
        for _ in 0..3 {
            lab.call(async || crate::servers::add(&lab.client(), &table, &card).await).await;
        }
        let views = lab.items("views").await;
        // What is inside now depends on what was seen outside.
        let counted = views.iter().filter_map(|item| item.number("seen")).sum::<i64>();
        let doubled = lab.call(async || counted * 2).await;
        let drawn = seed.word();
        let counts = lab.request_counts();
        lab.observe(
            Observation::new()
                .fact("called here", here)
                .fact("drawn", drawn)
                .json("counts", &counts)
                .fact("recorded", lab.requests().len())
                .items("views", &views)
                .fact("doubled", doubled),
        )
    });
}

#[test]
#[ignore = "the lab's tests make its calls in another process"]
fn a_call_is_not_written_yet() {
    lab::step(async |lab: &Lab| {
        lab.call(async || ()).await;
        let views: u32 = lab.call(async || todo!("step 3: count the view")).await;
        lab.observe(Observation::new().fact("views", views))
    });
}

#[test]
#[ignore = "the lab's tests make its calls in another process"]
fn the_process_of_its_calls_ends() {
    lab::step(async |lab: &Lab| {
        let ended: u32 = lab.call(async || std::process::exit(0)).await;
        lab.observe(Observation::new().fact("ended", ended))
    });
}

#[test]
#[ignore = "the lab's tests read what it says"]
fn a_call_asks_its_lab() {
    lab::step(async |lab: &Lab| {
        let requests = lab.call(async || lab.requests().len()).await;
        lab.observe(Observation::new().fact("requests", requests))
    });
}

#[test]
#[ignore = "the lab's tests read what it says"]
fn a_call_draws_from_the_seed() {
    lab::step(async |lab: &Lab| {
        let word = lab.call(async || lab.seed().word()).await;
        lab.observe(Observation::new().fact("word", word))
    });
}
