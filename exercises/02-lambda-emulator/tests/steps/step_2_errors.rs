//! Step 2: errors.
//!
//! An invocation can go well and the function fail. The caller then gets 200, the header `X-Amz-Function-Error`, and the
//! error as the body. Statuses from 400 on say that the invocation itself failed. A failure comes to the emulator in
//! three ways: the runtime reports it, it reports that Init failed, or the process is there no more.

use lab::{Lab, Observation, Reply};
use serde_json::json;

use super::emulated::Emulated;
use super::{marks, runtime, shown};

fn failed(observation: Observation, reply: &Reply) -> Observation {
    observation
        .fact("status", shown::status(reply))
        .fact("function error", shown::function_error(reply))
        .json("body", &shown::body(reply))
}

#[test]
fn a_function_that_fails_is_a_reply_with_status_200() {
    lab::step(async |lab: &Lab| {
        let seed = lab.seed();
        let emulated = Emulated::of(lab, "fail").await;
        let event =
            json!({ "type": format!("Card.{}", seed.word()), "message": format!("no {}", seed.word()) });
        let reply = emulated.invoke("fail", &event).await;
        lab.observe(failed(Observation::new().json("sent", &event), &reply))
    });
}

#[test]
fn an_error_report_is_passed_on_whole() {
    lab::step(async |lab: &Lab| {
        let seed = lab.seed();
        let emulated = Emulated::of(lab, "report").await;
        let body = json!({
            "errorType": format!("Board.{}", seed.word()),
            "errorMessage": format!("{} left", seed.name()),
            "stackTrace": [format!("{}.rs:{}", seed.word(), seed.number(1..=400)), "main.rs:1"],
        });
        let event = json!({ "type": "Unhandled", "body": body.to_string() });
        let reply = emulated.invoke("report", &event).await;
        lab.observe(failed(Observation::new().fact("reported", &body), &reply))
    });
}

#[test]
fn an_error_report_without_a_type_has_the_one_of_its_header() {
    lab::step(async |lab: &Lab| {
        let seed = lab.seed();
        // A function each: a second invocation of the same one would need the pool of step 3.
        let functions = json!([{ "name": "report" }, { "name": "report-too" }]);
        let emulated = Emulated::start(lab, json!({ "functions": functions })).await;
        let header = format!("Runtime.{}", seed.word());
        let event = json!({ "type": header, "body": format!("the {} is gone", seed.word()) });
        let text = emulated.invoke("report", &event).await;
        let observation = failed(Observation::new().json("reported", &event), &text);
        let body = json!({ "errorMessage": format!("the {} is torn", seed.word()) });
        let event = json!({ "type": header, "body": body.to_string() });
        let document = emulated.invoke("report-too", &event).await;
        lab.observe(failed(observation.json("reported", &event), &document))
    });
}

#[test]
fn an_error_counts_once_and_only_for_its_own_attempt() {
    lab::step(async |lab: &Lab| {
        let emulated = Emulated::of(lab, "strict-report").await;
        let event = json!({ "message": format!("no {}", lab.seed().word()) });
        let reply = emulated.invoke("strict-report", &event).await;
        if reply.arrived() {
            emulated.marks.wait_for(lab, "told:", 5).await;
        }
        let told = marks::marked(lab, "told:").await.into_iter().map(|(what, told)| [what, told]);
        let observation =
            Observation::new().json("sent", &event).table("the runtime says", &["", "and is told"], told);
        lab.observe(failed(observation, &reply))
    });
}

#[test]
fn an_init_that_fails_is_told_to_the_caller() {
    lab::step(async |lab: &Lab| {
        let emulated = Emulated::of(lab, "init-error").await;
        let because = format!("{} is not set", lab.seed().word().to_uppercase());
        emulated.marks.put("because", &because).await;
        let reply = emulated.invoke("init-error", &json!({})).await;
        lab.observe(failed(Observation::new().fact("reported", because), &reply))
    });
}

#[test]
fn an_environment_that_ends_is_told_with_its_exit_status() {
    lab::step(async |lab: &Lab| {
        let functions = json!([{ "name": "exit" }, { "name": "leave" }, { "name": "panic-in-init" }]);
        let emulated = Emulated::start(lab, json!({ "functions": functions })).await;
        let code = runtime::exit_code(&lab.seed());
        let exit = emulated.invoke("exit", &json!({ "code": code })).await;
        let leave = emulated.invoke("leave", &json!({})).await;
        let panic = emulated.invoke("panic-in-init", &json!({})).await;
        let mut observation = Observation::new().fact("exit code", code);
        for (title, reply) in [("ended", exit), ("ended with 0", leave), ("panicked in Init", panic)] {
            observation = failed(observation.fact("the process", title), &reply);
        }
        lab.observe(observation)
    });
}

#[test]
fn an_environment_that_was_killed_is_told_with_its_signal() {
    lab::step(async |lab: &Lab| {
        // Not every system has signals, so none is sent: the sentence is asked for.
        let emulated = Emulated::of(lab, "exit-of").await;
        let signals = lab.seed().pick(&[[9, 11], [6, 15], [15, 9], [11, 6]]);
        let code = lab.seed().number(2..=99);
        let reply = emulated.invoke("exit-of", &json!({ "signals": signals, "codes": [code, 0] })).await;
        let told = reply.json();
        let ends = [format!("exit code {code}"), "exit code 0".into()].into_iter();
        let ends = ends.chain(signals.iter().map(|signal| format!("signal {signal}")));
        let rows = ends.enumerate().map(|(position, end)| {
            let sentence = told[position]["errorMessage"].as_str();
            [end, sentence.unwrap_or("nothing").to_owned()]
        });
        lab.observe(Observation::new().table("an environment ended by", &["", "of which is said"], rows))
    });
}

#[test]
fn a_response_that_is_too_large_is_told_to_the_caller() {
    lab::step(async |lab: &Lab| {
        let bytes = 6 * 1024 * 1024 + 100 + lab.seed().number(1..=9_999);
        let emulated = Emulated::of(lab, "big").await;
        let reply = emulated.invoke("big", &json!({ "bytes": bytes })).await;
        lab.observe(failed(Observation::new().fact("bytes", bytes), &reply))
    });
}
