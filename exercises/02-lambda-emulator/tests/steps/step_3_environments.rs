//! Step 3: environments.
//!
//! An environment works on one invocation at a time. More at once means more environments, and fewer at once means that
//! some wait: those are warm, and the one that was used last goes first. A limit on environments is a limit on what can
//! go on at once; who comes on top is told so at once, with 429, and does not wait.

use std::time::Duration;

use lab::{Lab, Observation, Reply};
use serde_json::{Value, json};

use super::emulated::Emulated;
use super::shown;

/// How long an environment may be idle; and how often the emulator looks.
const IDLE: Duration = Duration::from_mins(10);
const PATIENCE: Duration = Duration::from_secs(10);

fn named(name: &str) -> Value {
    json!({ "name": name })
}

fn card(reply: &Reply) -> String {
    reply.json()["event"]["name"].as_str().unwrap_or("none").to_owned()
}

fn process(reply: &Reply) -> String {
    reply.json()["process"].as_str().unwrap_or("none").to_owned()
}

#[test]
fn invocations_at_the_same_time_have_an_environment_each() {
    lab::step(async |lab: &Lab| {
        let seed = lab.seed();
        let emulated = Emulated::of(lab, "gate").await;
        // One environment is warm: it takes one of them, and no more.
        emulated.marks.put("open:first", "").await;
        emulated.invoke("gate", &named("first")).await;
        let mut cards: Vec<String> = (0..seed.number(3..=5)).map(|_| seed.id("card")).collect();
        let callers = cards.iter().map(|card| emulated.invoke_owned("gate", named(card)));
        let callers = tokio::spawn(futures::future::join_all(callers));
        let arrived = emulated.marks.wait_for(lab, "arrived:card", cards.len()).await;
        for card in &cards {
            emulated.marks.put(&format!("open:{card}"), "").await;
        }
        let replies = callers.await.unwrap_or_default();
        let mut came: Vec<String> = replies.iter().map(card).collect();
        let own = came == cards;
        cards.sort();
        came.sort();
        let mut processes: Vec<String> = replies.iter().map(process).collect();
        processes.sort();
        processes.dedup();
        let observation = Observation::new()
            .fact("invocations", cards.len())
            .fact("under way at the same time", arrived)
            .fact("environments", processes.len())
            .fact("each caller got its own reply", own)
            .json("cards sent", &cards)
            .json("cards that came back", &came);
        lab.observe(observation)
    });
}

#[test]
fn one_after_the_other_they_share_an_environment() {
    lab::step(async |lab: &Lab| {
        let seed = lab.seed();
        let emulated = Emulated::of(lab, "where").await;
        let mut replies = Vec::new();
        for _ in 0..seed.number(4..=7) {
            replies.push(emulated.invoke("where", &named(&seed.id("card"))).await);
        }
        let processes: Vec<String> = replies.iter().map(process).collect();
        let letters = shown::letters(processes.iter().map(String::as_str));
        let rows = replies.iter().zip(letters).map(|(reply, letter)| [card(reply), letter]);
        lab.observe(Observation::new().table("invocations", &["card", "environment"], rows))
    });
}

#[test]
fn the_environment_that_was_used_last_is_used_first() {
    lab::step(async |lab: &Lab| {
        let seed = lab.seed();
        // Nobody overruns here, however the clock is advanced.
        let functions = json!([{ "name": "gate", "timeout_ms": 900_000 }]);
        let emulated = Emulated::start(lab, json!({ "functions": functions })).await;
        let names = [seed.id("card"), seed.id("card"), seed.id("card")];
        let mut callers = Vec::new();
        for (position, name) in names.iter().enumerate() {
            callers.push(tokio::spawn(emulated.invoke_owned("gate", named(name))));
            emulated.marks.wait_for(lab, "arrived:", position + 1).await;
        }
        let mut callers: Vec<_> = names.iter().zip(callers).collect();
        seed.shuffle(&mut callers);
        let mut ended = Vec::new();
        for (name, caller) in callers {
            emulated.marks.put(&format!("open:{name}"), "").await;
            let reply = caller.await.unwrap_or_default();
            ended.push((name.clone(), process(&reply)));
            lab.clock().advance(Duration::from_secs(1));
        }
        emulated.marks.put("open:again", "").await;
        let again = process(&emulated.invoke("gate", &named("again")).await);
        let taken = ended.iter().find(|(_, process)| *process == again).map_or("a new one", |(name, _)| name);
        let order: Vec<&String> = ended.iter().map(|(name, _)| name).collect();
        let observation = Observation::new()
            .json("fell idle, in this order", &order)
            .fact("the next invocation ran in the environment of", taken);
        lab.observe(observation)
    });
}

#[test]
fn an_environment_that_was_idle_for_too_long_is_ended() {
    lab::step(async |lab: &Lab| {
        let clock = lab.clock();
        // Nobody overruns here, however the clock is advanced.
        let functions = json!([{ "name": "gate", "timeout_ms": 900_000 }]);
        let emulated = Emulated::start(lab, json!({ "functions": functions })).await;
        let idle_ms = IDLE.as_secs() * 1000;
        let next_look_ms = clock.now_ms() + idle_ms;
        clock.wait_for_sleeper(next_look_ms, PATIENCE).await;
        let three_at_once = async |names: [&str; 3]| {
            let callers = names.map(|name| tokio::spawn(emulated.invoke_owned("gate", named(name))));
            emulated.marks.wait_for(lab, &format!("arrived:{}", &names[0][..5]), 3).await;
            callers
        };
        let end = async |name: &str, caller: tokio::task::JoinHandle<Reply>| {
            emulated.marks.put(&format!("open:{name}"), "").await;
            process(&caller.await.unwrap_or_default())
        };
        let [one, another, other] = three_at_once(["first 1", "first 2", "first 3"]).await;
        let first = [end("first 1", one).await, end("first 2", another).await];
        let later = Duration::from_secs(lab.seed().number(60..=540));
        clock.advance(later);
        let third = end("first 3", other).await;
        clock.advance(IDLE.saturating_sub(later));
        // It has looked when it sleeps until the next time.
        clock.wait_for_sleeper(next_look_ms + idle_ms, PATIENCE).await;
        let [one, another, other] = three_at_once(["again 1", "again 2", "again 3"]).await;
        let again = [end("again 1", one).await, end("again 2", another).await, end("again 3", other).await];
        let mut ran = again.map(|process| {
            if first.contains(&process) {
                "one of the first two"
            } else if process == third {
                "the third"
            } else {
                "a new one"
            }
        });
        ran.sort_unstable();
        let observation = Observation::new()
            .fact("the first two have been idle for, in s", IDLE.as_secs())
            .fact("the third has been idle for, in s", IDLE.saturating_sub(later).as_secs())
            .fact("three invocations at once run in", ran.join(" and "));
        lab.observe(observation)
    });
}

#[test]
fn more_than_the_reserved_concurrency_is_refused_until_one_ends() {
    lab::step(async |lab: &Lab| {
        let seed = lab.seed();
        let reserved = seed.number(2..=3);
        let functions = json!([{ "name": "gate", "reserved_concurrency": reserved }]);
        let emulated = Emulated::start(lab, json!({ "functions": functions })).await;
        let cards: Vec<String> = (0..reserved).map(|_| seed.id("card")).collect();
        let callers = cards.iter().map(|card| emulated.invoke_owned("gate", named(card)));
        let callers = tokio::spawn(futures::future::join_all(callers));
        let arrived = emulated.marks.wait_for(lab, "arrived:", cards.len()).await;
        emulated.marks.put("open:more", "").await;
        let refused = emulated.invoke("gate", &named("more")).await;
        for card in &cards {
            emulated.marks.put(&format!("open:{card}"), "").await;
        }
        let served: Vec<String> = callers.await.unwrap_or_default().iter().map(card).collect();
        let after = emulated.invoke("gate", &named("more")).await;
        let observation = Observation::new()
            .fact("reserved concurrency", reserved)
            .fact("under way", arrived)
            .fact("one more: status", shown::status(&refused))
            .fact("one more: error type", refused.header("x-amzn-errortype").unwrap_or("none"))
            .json("one more: body", &refused.json())
            .json("those under way", &cards)
            .json("were served", &served)
            .fact("after they ended: status", shown::status(&after));
        lab.observe(observation)
    });
}

#[test]
fn what_one_function_has_reserved_no_other_takes() {
    lab::step(async |lab: &Lab| {
        let seed = lab.seed();
        let shared = seed.number(1..=2);
        let functions = json!([
            { "name": "gate" },
            { "name": "where" },
            { "name": "echo", "reserved_concurrency": 1 },
            { "name": "fail", "reserved_concurrency": 0 },
        ]);
        let scene = json!({ "functions": functions, "account_concurrency": shared });
        let emulated = Emulated::start(lab, scene).await;
        // Warm, and of no use to it: a limit counts what is under way.
        let warm = emulated.invoke("where", &named("first")).await;
        let mut callers = Vec::new();
        for number in 1..=shared {
            callers.push(tokio::spawn(emulated.invoke_owned("gate", named(&format!("{number}")))));
        }
        let many = usize::try_from(shared).expect("it is small");
        emulated.marks.wait_for(lab, "arrived:", many).await;
        let (late, mut rows) = (seed.id("card"), Vec::new());
        for (function, what) in [
            ("where", "has none reserved, and an idle environment"),
            ("echo", "has 1 reserved"),
            ("fail", "has 0 reserved: it is off"),
        ] {
            let reply = emulated.invoke(function, &named(&late)).await;
            let reason = reply.json()["Reason"].as_str().unwrap_or("none").to_owned();
            let came = reply.json()["name"].as_str().unwrap_or("none").to_owned();
            rows.push([what.to_owned(), shown::status(&reply), reason, came]);
        }
        for number in 1..=shared {
            emulated.marks.put(&format!("open:{number}"), "").await;
        }
        for caller in callers {
            let _ = caller.await;
        }
        let observation = Observation::new()
            .fact("a function is warmed: status", shown::status(&warm))
            .fact("environments that functions share", shared)
            .fact("all of them are", "busy")
            .fact("invoked with", late)
            .table("then a function is invoked that", &["", "status", "reason", "card that came back"], rows);
        lab.observe(observation)
    });
}
