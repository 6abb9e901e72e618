//! What happened in a lab, in order, for whoever wants to see it drawn: `LAB_TRACE` names the folder for it.
//!
//! Without the variable there is no tracer, no tap, and nothing of this runs.

mod framing;
pub(crate) mod tap;
mod touched;

use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use lab_manifest::report::Outcome;
use lab_manifest::trace::{
    Access, Advance, Call, Cost, FORMAT, Invocation, Kind, Process, Request, TEST, TRACE, Touched, Trace,
};

use self::tap::{Between, Tap};
use crate::subject::RUNTIME_API;
use crate::{Infra, inside};

/// Of each kind of thing so many are kept; a drawing of more is none.
const MOST: usize = 2_000;

/// Of an event so many characters are kept.
const EVENT_CHARS: usize = 160;

/// A request is held against so many before it, to see what it tries again.
const LOOK_BACK: usize = 200;

/// Writes down what happens in one lab.
#[derive(Debug)]
pub(crate) struct Tracer {
    began: Instant,
    numbers: AtomicU64,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    processes: Vec<Process>,
    calls: Vec<Call>,
    requests: Vec<Seen>,
    clock: Vec<Advance>,
    left_out: usize,
    keys: touched::Keys,
    /// Numbers of requests whose answer went through a tap.
    reached: HashSet<u64>,
    over_us: Option<u64>,
}

/// A request as the recorder has it, with what only its arrival told.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) at_us: u64,
    pub(crate) end_us: u64,
    pub(crate) sender: Sender,
    pub(crate) request: crate::Request,
    prepares: bool,
}

/// Who has sent a request, as its headers say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sender {
    process: u32,
    /// The number that its tap gave the request.
    number: Option<u64>,
    /// The SDK's own id of the call, the same for each attempt.
    call: Option<String>,
}

impl Sender {
    /// Reads it off the headers, and takes off what the tap has put there.
    pub(crate) fn take(headers: &mut axum::http::HeaderMap) -> Self {
        let tapped = headers.remove(tap::SENDER);
        let tapped = tapped.as_ref().and_then(|value| value.to_str().ok()?.split_once('.'));
        let call = headers.get("amz-sdk-invocation-id").and_then(|id| id.to_str().ok());
        Self {
            process: tapped.and_then(|(process, _)| process.parse().ok()).unwrap_or(TEST),
            number: tapped.and_then(|(_, number)| number.parse().ok()),
            call: call.map(str::to_owned),
        }
    }
}

impl Tracer {
    /// One where somebody wants the trace.
    pub(crate) fn of_environment() -> Option<Arc<Self>> {
        std::env::var_os(TRACE).map(|_| {
            Arc::new(Self { began: Instant::now(), numbers: AtomicU64::new(1), state: Mutex::default() })
        })
    }

    pub(crate) fn now_us(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn next_number(&self) -> u64 {
        self.numbers.fetch_add(1, Ordering::Relaxed)
    }

    /// A process is about to be started: puts taps on what it is told to ask, and says its id.
    pub(crate) async fn starts(
        self: &Arc<Self>,
        role: &str,
        variables: &mut BTreeMap<String, String>,
        database: &str,
    ) -> Result<(u32, Vec<Tap>), Infra> {
        let kind = if variables.contains_key(RUNTIME_API) { Kind::Environment } else { Kind::Server };
        let id = {
            let mut state = self.state();
            let id = u32::try_from(state.processes.len() + 1).unwrap_or(u32::MAX);
            state.processes.push(Process {
                id,
                role: role.to_owned(),
                kind,
                at_us: self.now_us(),
                ready_us: None,
                init_error: None,
                end_us: None,
                end: None,
                outlived: false,
                invocations: Vec::new(),
            });
            id
        };
        let mut taps = Vec::new();
        let database = variables.get(inside::DYNAMODB).map_or(database, String::as_str);
        if let Some(address) = database.strip_prefix("http://").map(|address| address.trim_end_matches('/')) {
            let tap = Tap::open(address.to_owned(), Between::Database, id, self.clone()).await?;
            variables.insert(inside::DYNAMODB.to_owned(), format!("http://{}", tap.address));
            taps.push(tap);
        }
        if let Some(address) = variables.get(RUNTIME_API) {
            let tap = Tap::open(address.clone(), Between::RuntimeApi, id, self.clone()).await?;
            variables.insert(RUNTIME_API.to_owned(), tap.address.clone());
            taps.push(tap);
        }
        Ok((id, taps))
    }

    /// A process is gone, since `at`.
    pub(crate) fn ended(&self, process: u32, how: Option<String>, at: Instant) {
        let end_us = u64::try_from(at.saturating_duration_since(self.began).as_micros()).unwrap_or(u64::MAX);
        let mut state = self.state();
        let outlived = state.over_us.is_some_and(|over_us| over_us < end_us);
        if let Some(process) = state.process(process) {
            (process.end_us, process.end, process.outlived) = (Some(end_us), how, outlived);
        }
    }

    /// A process asks for an invocation.
    fn ready(&self, process: u32) {
        let now_us = self.now_us();
        if let Some(process) = self.state().process(process) {
            process.ready_us.get_or_insert(now_us);
        }
    }

    fn init_failed(&self, process: u32, kind: &str) {
        if let Some(process) = self.state().process(process) {
            process.init_error = Some(kind.to_owned());
        }
    }

    /// A process was given an invocation.
    fn given(&self, process: u32, request_id: &str, at_us: u64, event: &[u8]) {
        let mut state = self.state();
        let all = state.processes.iter().flat_map(|process| &process.invocations);
        let (before, attempts) = all.fold((0, 0), |(all, same), invocation| {
            (all + 1, same + u32::from(invocation.request_id == request_id))
        });
        if before >= MOST {
            state.left_out += 1;
        } else if let Some(process) = state.process(process) {
            process.invocations.push(Invocation {
                request_id: request_id.to_owned(),
                attempt: attempts + 1,
                at_us,
                end_us: None,
                error: None,
                event: beginning(event),
            });
        }
    }

    /// What a process said of an invocation was accepted.
    fn answered(&self, process: u32, request_id: &str, error: Option<String>) {
        let now_us = self.now_us();
        let mut state = self.state();
        let open = state.process(process).and_then(|process| {
            process.invocations.iter_mut().rev().find(|invocation| invocation.request_id == request_id)
        });
        if let Some(invocation) = open
            && invocation.end_us.is_none()
        {
            (invocation.end_us, invocation.error) = (Some(now_us), error);
        }
    }

    /// The answer to a request went on to its process.
    fn reached(&self, number: u64) {
        self.state().reached.insert(number);
    }

    /// The test asks a function for something. What it returns is for [`Tracer::returned`].
    pub(crate) fn calls(&self, function: &str, invocation_type: &str, event: &[u8]) -> Option<usize> {
        let at_us = self.now_us();
        let mut state = self.state();
        if state.calls.len() >= MOST {
            state.left_out += 1;
            return None;
        }
        let event = beginning(event);
        let same = |call: &Call| call.function == function && call.event == event;
        let same_as = state.calls.iter().position(same);
        state.calls.push(Call {
            at_us,
            end_us: None,
            function: function.to_owned(),
            invocation_type: invocation_type.to_owned(),
            event,
            same_as,
            status: 0,
            error: None,
        });
        Some(state.calls.len() - 1)
    }

    /// A function's caller has its reply, or the reason why there is none.
    pub(crate) fn returned(&self, call: Option<usize>, status: u16, error: Option<String>) {
        let now_us = self.now_us();
        let mut state = self.state();
        if let Some(call) = call.and_then(|call| state.calls.get_mut(call)) {
            (call.end_us, call.status, call.error) = (Some(now_us), status, error);
        }
    }

    /// A request was answered. `keys` are those of its tables that are not known yet.
    pub(crate) fn requested(
        &self,
        (at_us, end_us): (u64, u64),
        sender: Sender,
        request: crate::Request,
        keys: impl IntoIterator<Item = (String, Vec<String>)>,
    ) {
        let mut state = self.state();
        state.keys.extend(keys);
        if state.requests.len() >= MOST {
            state.left_out += 1;
            return;
        }
        state.requests.push(Seen { at_us, end_us, sender, request, prepares: false });
    }

    /// Whether the keys of a table are known.
    pub(crate) fn knows(&self, table: &str) -> bool {
        self.state().keys.contains_key(table)
    }

    /// What was there so far is no part of what the test observes.
    pub(crate) fn prepared(&self) {
        for seen in &mut self.state().requests {
            seen.prepares = true;
        }
    }

    pub(crate) fn advanced(&self, by: Duration) {
        let at_us = self.now_us();
        let by_ms = u64::try_from(by.as_millis()).unwrap_or(u64::MAX);
        self.state().clock.push(Advance { at_us, by_ms });
    }

    /// The test has seen what it wanted to see. What ends from now on ends with it.
    pub(crate) fn over(&self) {
        let now_us = self.now_us();
        self.state().over_us.get_or_insert(now_us);
    }

    /// Everything so far, as a document without the test's name and end.
    pub(crate) fn document(&self, normal: impl Fn(&str) -> String) -> Trace {
        let mut state = self.state();
        let end_us = state.over_us.unwrap_or_else(|| self.now_us());
        state.requests.sort_by_key(|seen| seen.at_us);
        let mut requests: Vec<Request> = Vec::new();
        for (index, seen) in state.requests.iter().enumerate() {
            let mut request = state.request(seen, &normal);
            let from = index.saturating_sub(LOOK_BACK);
            let before = requests[from..].iter().zip(&state.requests[from..]).enumerate().rev();
            request.retry_of = before
                .filter(|(_, (earlier, _))| state.role(earlier.from) == state.role(request.from))
                .find_map(|(index, (earlier, theirs))| {
                    let same_call = theirs.sender.call.is_some() && theirs.sender.call == seen.sender.call;
                    if same_call || tries_again(&request, earlier) {
                        return Some(Some(from + index));
                    }
                    // What was brought to an end meanwhile is not tried again, but done again.
                    is_of_same_items(&request, earlier).then_some(None)
                })
                .flatten();
            requests.push(request);
        }
        Trace {
            format: FORMAT,
            exercise: String::new(),
            step: String::new(),
            test: String::new(),
            outcome: Outcome::Passed,
            seed: 0,
            end_us,
            processes: state
                .processes
                .iter()
                .map(|process| Process {
                    outlived: process.outlived || process.end_us.is_none(),
                    ..process.clone()
                })
                .collect(),
            calls: state.calls.clone(),
            requests,
            clock: state.clock.clone(),
            left_out: state.left_out,
        }
    }
}

impl State {
    fn process(&mut self, id: u32) -> Option<&mut Process> {
        self.processes.iter_mut().find(|process| process.id == id)
    }

    /// Another environment of the same function tries again what the first one did not bring to an end.
    fn role(&self, process: u32) -> Option<&str> {
        self.processes.iter().find(|known| known.id == process).map(|process| process.role.as_str())
    }

    fn request(&self, seen: &Seen, normal: &impl Fn(&str) -> String) -> Request {
        let request = &seen.request;
        let (mut touched, more) = touched::of(request, &self.keys);
        for touched in &mut touched {
            touched.table = normal(&touched.table);
        }
        Request {
            from: seen.sender.process,
            at_us: seen.at_us,
            end_us: seen.end_us,
            operation: request.operation.clone(),
            tables: request.tables.iter().map(|table| normal(table)).collect(),
            index: touched::index(request),
            touched,
            more,
            status: request.status,
            error: request.error.as_ref().map(|error| with_reasons(error, request)),
            fault: request.fault.as_deref().map(str::to_owned),
            lost: seen.sender.number.is_some_and(|number| !self.reached.contains(&number)),
            retry_of: None,
            prepares: seen.prepares,
            cost: request.cost.as_ref().map(Cost::from),
        }
    }
}

/// Whether `request` does once more what `earlier` did not bring to an end.
fn tries_again(request: &Request, earlier: &Request) -> bool {
    let open = |touched: &Touched| touched.unprocessed || earlier.status >= 400 || earlier.lost;
    let unfinished = earlier.status >= 400 || earlier.lost || earlier.fault.as_deref() == Some("answer lost");
    let read = |touched: &Touched| matches!(touched.access, Access::Read | Access::Missed);
    let left_over = earlier.touched.iter().any(|touched| touched.unprocessed);
    (unfinished || left_over)
        && request.operation == earlier.operation
        && !request.touched.is_empty()
        && request.touched.iter().all(|touched| {
            earlier.touched.iter().any(|before| {
                is_same_item(touched, before) && read(touched) == read(before) && (unfinished || open(before))
            })
        })
}

fn is_same_item(one: &Touched, other: &Touched) -> bool {
    (&one.table, &one.partition, &one.sort) == (&other.table, &other.partition, &other.sort)
}

fn is_of_same_items(request: &Request, earlier: &Request) -> bool {
    request.operation == earlier.operation
        && request.touched.len() == earlier.touched.len()
        && request.touched.iter().zip(&earlier.touched).all(|(one, other)| is_same_item(one, other))
}

/// A canceled transaction's error says of each action why, or `None`.
fn with_reasons(error: &str, request: &crate::Request) -> String {
    let reasons = request.response["CancellationReasons"].as_array().into_iter().flatten();
    let codes: Vec<&str> = reasons.filter_map(|reason| reason["Code"].as_str()).collect();
    if codes.is_empty() { error.to_owned() } else { format!("{error} [{}]", codes.join(", ")) }
}

/// The beginning of an event, on a line.
fn beginning(event: &[u8]) -> String {
    let text = String::from_utf8_lossy(event);
    let mut letters = text.chars().map(|letter| if letter.is_control() { ' ' } else { letter });
    let mut beginning: String = letters.by_ref().take(EVENT_CHARS).collect();
    if letters.next().is_some() {
        beginning.push('…');
    }
    beginning
}

/// Writes a trace where `LAB_TRACE` wants it.
pub(crate) fn write(trace: &Trace) -> Result<(), Infra> {
    let Some(folder) = std::env::var_os(TRACE) else { return Ok(()) };
    trace
        .write(Path::new(&folder))
        .map_err(|source| Infra::File { path: Path::new(&folder).display().to_string(), source })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn tracer() -> Tracer {
        Tracer { began: Instant::now(), numbers: AtomicU64::new(1), state: Mutex::default() }
    }

    /// Requests one after the other, each an operation on items, with its answer's status; what each tries again.
    fn retries(requests: &[(&str, &[u32], u16, serde_json::Value)]) -> Vec<Option<usize>> {
        let tracer = tracer();
        let keys = [("t".to_owned(), vec!["n".to_owned()])];
        for (at, (operation, items, status, answer)) in (0..).zip(requests) {
            let key = |n: &u32| json!({ "n": { "N": n.to_string() } });
            let body = if operation.starts_with("Batch") {
                let puts: Vec<_> =
                    items.iter().map(|n| json!({ "PutRequest": { "Item": key(n) } })).collect();
                json!({ "RequestItems": { "t": puts } })
            } else {
                json!({ "TableName": "t", "Key": key(&items[0]) })
            };
            let target = format!("DynamoDB_20120810.{operation}");
            let request = crate::Request::read(&target, body, *status, answer.clone());
            tracer.requested((at, at), Sender::default(), request, keys.clone());
        }
        let trace = tracer.document(str::to_owned);
        trace.requests.iter().map(|request| request.retry_of).collect()
    }

    #[test]
    fn what_failed_is_tried_again_until_it_is_done() {
        let refused = json!({ "__type": "x#ThrottlingException" });
        let update = |status| ("UpdateItem", &[1][..], status, refused.clone());
        assert_eq!(
            retries(&[
                update(400),
                update(500),
                update(200),
                update(200),
                ("UpdateItem", &[2], 200, json!({}))
            ]),
            [None, Some(0), Some(1), None, None]
        );
    }

    #[test]
    fn of_a_batch_what_was_left_over_is_tried_again() {
        let left =
            json!({ "UnprocessedItems": { "t": [{ "PutRequest": { "Item": { "n": { "N": "2" } } } }] } });
        assert_eq!(
            retries(&[
                ("BatchWriteItem", &[1, 2, 3], 200, left),
                ("BatchWriteItem", &[4], 200, json!({})),
                ("BatchWriteItem", &[2], 200, json!({})),
                ("BatchWriteItem", &[3], 200, json!({})),
            ]),
            [None, None, Some(0), None]
        );
    }
}
