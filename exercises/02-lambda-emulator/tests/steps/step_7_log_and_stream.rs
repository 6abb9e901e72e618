//! Step 7: the log, and a response that is passed on as it is made.
//!
//! What an invocation cost is in the last line of its log: how long it ran, how long Init took if it was the first of
//! its environment, and what is billed. A response can be longer than memory and later than patience: then it is passed
//! on chunk by chunk, and what goes wrong after the first can only be told after the last.

use std::time::Duration;

use lab::{Lab, Observation};
use serde_json::{Value, json};

use super::emulated::Emulated;
use super::streamed::Stream;
use super::{marks, runtime, shown};

/// So long nobody reads. Who collects meanwhile what the function sends has all of it by then.
const UNREAD_FOR: Duration = Duration::from_secs(1);

#[test]
fn a_log_has_what_the_function_wrote_between_lines_of_the_emulator() {
    lab::step(async |lab: &Lab| {
        let seed = lab.seed();
        let emulated = Emulated::of(lab, "chatty").await;
        let lines = [format!("printing for {}", seed.name()), format!("on {} paper", seed.word())];
        let event = json!({ "name": "card", "lines": lines });
        let spent_ms = seed.number(101..=999);
        emulated.marks.put("open:again", "").await;
        let reply = {
            let caller = emulated.invoke_for_log("chatty", &event);
            let meanwhile = async {
                emulated.marks.wait_for(lab, "arrived:card", 1).await;
                lab.clock().advance(Duration::from_millis(spent_ms));
                emulated.marks.put("open:card", "").await;
            };
            tokio::join!(caller, meanwhile).0
        };
        let again = emulated.invoke_for_log("chatty", &json!({ "name": "again", "lines": ["again"] })).await;
        let observation = Observation::new()
            .json("lines", &lines)
            .fact("spent, in ms", spent_ms)
            .text("log of the first invocation", shown::log(&reply))
            .text("log of the second", shown::log(&again));
        lab.observe(observation)
    });
}

#[test]
fn init_is_told_and_billed_with_the_first_invocation() {
    lab::step(async |lab: &Lab| {
        let seed = lab.seed();
        // Together less than 1,132 ms: up to there, nothing whole becomes a fraction in floating point.
        let (init_ms, spent_ms) = (seed.number(401..=599), seed.number(101..=499));
        let emulated = Emulated::of(lab, "slow-init").await;
        let event = json!({ "name": "card" });
        let log = {
            let caller = emulated.invoke_for_log("slow-init", &event);
            let meanwhile = async {
                emulated.marks.wait_for(lab, "init:", 1).await;
                lab.clock().advance(Duration::from_millis(init_ms));
                emulated.marks.put("open-init:1", "").await;
                emulated.marks.wait_for(lab, "arrived:", 1).await;
                lab.clock().advance(Duration::from_millis(spent_ms));
                emulated.marks.put("open:card", "").await;
            };
            shown::log(&tokio::join!(caller, meanwhile).0)
        };
        let again = shown::log(&emulated.invoke_for_log("slow-init", &event).await);
        let observation = Observation::new()
            .fact("Init took, in ms", init_ms)
            .fact("the invocation took, in ms", spent_ms)
            .text("report of the first invocation", last(&log))
            .text("report of the second", last(&again));
        lab.observe(observation)
    });
}

#[test]
fn what_is_billed_is_rounded_up_once_and_last() {
    lab::step(async |lab: &Lab| {
        let seed = lab.seed();
        let emulated = Emulated::of(lab, "report-of").await;
        // In microseconds. The fractions of two make one millisecond at most: who rounds twice bills two.
        let part = || seed.number(100..=2_899) * 1000 + seed.number(10..=49) * 10;
        let whole = seed.number(100..=999) * 1000;
        let mut rows = Vec::new();
        for (duration, init) in [(part(), None), (part(), Some(part())), (whole, None)] {
            let reply = emulated.invoke("report-of", &json!({ "duration": duration, "init": init })).await;
            let log = reply.json().as_str().unwrap_or_default().to_owned();
            let field = |name: &str| Some(last(&log).split(name).nth(1)?.split(" ms").next()?.to_owned());
            let told = |name: &str| field(name).map_or("nothing".into(), |told| format!("{told} ms"));
            let billed: Option<i64> = field("\tBilled Duration: ").and_then(|billed| billed.parse().ok());
            let used = i64::try_from(duration + init.unwrap_or_default()).expect("it is small");
            rows.push([
                format!("{duration}"),
                init.map_or("none".into(), |init| format!("{init}")),
                told("\tDuration: "),
                told("\tInit Duration: "),
                billed.map_or("nothing".into(), |billed| format!("{billed} ms")),
                billed.map_or("nothing".into(), |billed| format!("{}", billed * 1000 - used)),
            ]);
        }
        let columns =
            ["duration in µs", "Init in µs", "Duration", "Init Duration", "billed", "more than used, in µs"];
        lab.observe(Observation::new().table("invocations", &columns, rows))
    });
}

#[test]
fn an_invocation_that_was_broken_off_says_so_in_its_report() {
    lab::step(async |lab: &Lab| {
        let seed = lab.seed();
        let timeout_ms = seed.number(200..=899) * 10;
        let functions =
            json!([{ "name": "hang", "timeout_ms": timeout_ms }, { "name": "exit" }, { "name": "fail" }]);
        let emulated = Emulated::start(lab, json!({ "functions": functions })).await;
        let event = json!({ "name": "card", "hang": true });
        let reply = {
            let caller = emulated.invoke_for_log("hang", &event);
            let meanwhile = async {
                emulated.marks.wait_for(lab, "arrived:", 1).await;
                lab.clock().advance(Duration::from_millis(timeout_ms));
            };
            tokio::join!(caller, meanwhile).0
        };
        let exit = emulated.invoke_for_log("exit", &json!({ "code": runtime::exit_code(&seed) })).await;
        let fail =
            emulated.invoke_for_log("fail", &json!({ "type": "Card.Lost", "message": seed.word() })).await;
        let observation = Observation::new()
            .fact("timeout in ms", timeout_ms)
            .text("report of a timeout", last(&shown::log(&reply)))
            .text("report of an exit", last(&shown::log(&exit)))
            .text("report of a failure of the function's own", last(&shown::log(&fail)));
        lab.observe(observation)
    });
}

#[test]
fn a_streamed_response_is_passed_on_as_it_is_made() {
    lab::step(async |lab: &Lab| {
        let emulated = Emulated::of(lab, "stream").await;
        let chunks = chunks(lab);
        let event = json!({ "name": "letter", "chunks": chunks });
        let address = emulated.address();
        let mut stream = Stream::invoke(&address, "stream", &event).await;
        let first = stream.next().await;
        emulated.marks.put("open:letter", "").await;
        let (rest, end) = stream.rest().await;
        let again = emulated.invoke("stream", &event).await;
        let observation = Observation::new()
            .json("chunks made", &chunks)
            .fact("came while the function waited", format!("{} {}", first.kind, first.payload))
            .fact("came afterwards", rest.concat())
            .fact("then", format!("{} {}", end.kind, end.payload))
            .fact("to a caller that does not stream", again.text());
        lab.observe(observation)
    });
}

#[test]
fn a_reader_that_is_slow_slows_the_function_and_loses_nothing() {
    lab::step(async |lab: &Lab| {
        let emulated = Emulated::of(lab, "stream").await;
        // More than what systems keep between two processes, and more than a whole response may have.
        let (chunks, more) = (chunks(lab), lab.seed().number(600..=700));
        let event = json!({ "name": "letter", "chunks": chunks, "more": more });
        let mut stream = Stream::invoke(&emulated.address(), "stream", &event).await;
        stream.next().await;
        emulated.marks.put("open:letter", "").await;
        tokio::time::sleep(UNREAD_FOR).await;
        let done = !marks::marked(lab, "told:letter").await.is_empty();
        let (rest, end) = stream.rest().await;
        let came = rest.iter().map(String::len).sum::<usize>();
        let made = chunks[1..].iter().map(String::len).sum::<usize>()
            + usize::try_from(more).expect("it is small") * 64 * 1024;
        let observation = Observation::new()
            .fact("made, after the first chunk, in bytes", made)
            .fact("the function had sent all before anybody read", if done { "yes" } else { "no" })
            .fact("came, in bytes", came)
            .fact("then", end.kind);
        lab.observe(observation)
    });
}

#[test]
fn an_error_after_the_first_chunk_comes_after_the_last() {
    lab::step(async |lab: &Lab| {
        let seed = lab.seed();
        let emulated = Emulated::of(lab, "stream").await;
        emulated.marks.put("open:letter", "").await;
        let chunks = chunks(lab);
        let late = format!("Ink.{}", seed.word());
        let event = json!({ "name": "letter", "chunks": chunks, "late": late });
        let mut stream = Stream::invoke(&emulated.address(), "stream", &event).await;
        let (came, end) = stream.rest().await;
        let details: Value = serde_json::from_str(&end.payload).unwrap_or_default();
        let whole = emulated.invoke("stream", &event).await;
        let breaks = json!({ "name": "letter", "chunks": chunks, "breaks": true });
        let broken = emulated.invoke("stream", &breaks).await;
        let observation = Observation::new()
            .json("chunks made", &chunks)
            .fact("failed then with", late)
            .fact("came", came.concat())
            .fact("then", end.kind)
            .fact("error code", details["ErrorCode"].as_str().unwrap_or("none"))
            .fact("error details", details["ErrorDetails"].as_str().unwrap_or("none"))
            .fact("a caller that does not stream: function error", shown::function_error(&whole))
            .json("a caller that does not stream: body", &whole.json())
            .fact("the process ends in the middle: function error", shown::function_error(&broken))
            .json("the process ends in the middle: error type", &broken.json()["errorType"]);
        lab.observe(observation)
    });
}

#[test]
fn a_streamed_response_has_an_end_too() {
    lab::step(async |lab: &Lab| {
        let seed = lab.seed();
        let limit = 200 * 1024 * 1024;
        let emulated = Emulated::of(lab, "pass-on").await;
        let mut rows = Vec::new();
        for (bytes, chunk) in
            [(limit, 1 << 20), (limit + seed.number(1..=9_999), seed.number(900_000..=999_999))]
        {
            let reply = emulated.invoke("pass-on", &json!({ "bytes": bytes, "chunk": chunk })).await.json();
            rows.push([
                format!("{bytes}"),
                format!("{chunk}"),
                if reply["passed"].as_u64() > Some(limit) { "more than that" } else { "no more" }.to_owned(),
                reply["then"].as_str().unwrap_or("nothing").to_owned(),
            ]);
        }
        let columns = ["made, in bytes", "in chunks of", "passed on", "then"];
        lab.observe(Observation::new().fact("limit", limit).table("responses", &columns, rows))
    });
}

#[test]
fn a_caller_that_has_gone_away_does_not_stop_the_function() {
    lab::step(async |lab: &Lab| {
        let emulated = Emulated::of(lab, "stream").await;
        // More than what fits in between.
        let (chunks, more) = (chunks(lab), lab.seed().number(150..=200));
        let event = json!({ "name": "letter", "chunks": chunks, "more": more });
        let mut stream = Stream::invoke(&emulated.address(), "stream", &event).await;
        let first = stream.next().await;
        drop(stream);
        emulated.marks.put("open:letter", "").await;
        emulated.marks.wait_for(lab, "told:letter", 1).await;
        let told = marks::marked(lab, "told:letter").await.pop().map_or("nothing".into(), |(_, told)| told);
        let observation = Observation::new()
            .fact("the caller read, and went away", first.payload)
            .fact("then the function sent, in KB", more * 64)
            .fact("at its end it was told", told);
        lab.observe(observation)
    });
}

fn chunks(lab: &Lab) -> Vec<String> {
    let seed = lab.seed();
    vec![
        format!("Dear {}, ", seed.name()),
        format!("the {} is lovely. ", seed.word()),
        format!("{}", seed.name()),
    ]
}

fn last(log: &str) -> &str {
    log.lines().last().unwrap_or_default()
}
