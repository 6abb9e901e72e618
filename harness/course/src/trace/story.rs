//! What happened in a run, in order, with names for who did it.

use std::collections::BTreeMap;

use lab_manifest::trace::{Advance, Call, Invocation, Process, Request, TEST, Trace};

/// A run, told.
#[derive(Debug)]
pub struct Story<'a> {
    /// The run.
    pub trace: &'a Trace,
    /// Who did something, the test first.
    pub lanes: Vec<String>,
    /// Requests by which the test prepares.
    pub prepared: Vec<&'a Request>,
    /// What happened, in order.
    pub events: Vec<Event<'a>>,
}

/// Something that happened.
#[derive(Clone, Debug)]
pub struct Event<'a> {
    /// When.
    pub at_us: u64,
    /// Who did it: an index of [`Story::lanes`].
    pub lane: usize,
    /// What.
    pub what: What<'a>,
}

/// What happened.
#[derive(Clone, Debug)]
pub enum What<'a> {
    /// The test asked a function for something.
    Call(&'a Call),
    /// A process was started.
    Start(&'a Process),
    /// An environment was given an invocation.
    Invocation(&'a Process, &'a Invocation),
    /// DynamoDB was asked, so many times the same without anything else between.
    Requests {
        /// The first one's number, from 1.
        number: usize,
        /// The first one.
        request: &'a Request,
        /// How many.
        times: usize,
    },
    /// A process was gone.
    End(&'a Process),
    /// The test moved the clock.
    Clock(&'a Advance),
}

impl<'a> Story<'a> {
    /// Tells `trace`.
    pub fn of(trace: &'a Trace) -> Self {
        let mut story = Self { trace, lanes: lanes(trace), prepared: Vec::new(), events: Vec::new() };
        story.prepared = trace.requests.iter().filter(|request| story.prepares(request)).collect();
        let mut events = story.without_requests();
        for (number, request) in story.requests() {
            let lane = story.lane(request.from);
            events.push(Event {
                at_us: request.at_us,
                lane,
                what: What::Requests { number, request, times: 1 },
            });
        }
        events.sort_by_key(|event| event.at_us);
        for event in events {
            if !story.events.last_mut().is_some_and(|last| is_again(last, &event)) {
                story.events.push(event);
            }
        }
        story
    }

    /// The requests that are no preparation, numbered from 1.
    pub fn requests(&self) -> impl Iterator<Item = (usize, &'a Request)> {
        let trace = self.trace;
        let prepares: Vec<bool> = trace.requests.iter().map(|request| self.prepares(request)).collect();
        let told = trace.requests.iter().zip(prepares).filter(|(_, prepares)| !prepares);
        told.enumerate().map(|(index, (request, _))| (index + 1, request))
    }

    /// The number of the request with this index in the document.
    pub fn number(&self, index: usize) -> Option<usize> {
        let wanted = self.trace.requests.get(index)?;
        self.requests().find(|(_, request)| std::ptr::eq(*request, wanted)).map(|(number, _)| number)
    }

    /// Where a process is among the lanes.
    pub fn lane(&self, process: u32) -> usize {
        if process == TEST {
            return 0;
        }
        let known = self.trace.processes.iter().position(|known| known.id == process);
        known.map_or(0, |index| index + 1)
    }

    /// What the test does before it asks a process for anything, or what it said to forget, is no part of the run.
    fn prepares(&self, request: &Request) -> bool {
        let calls = self.trace.calls.iter().map(|call| call.at_us);
        let starts = self.trace.processes.iter().map(|process| process.at_us);
        let begins = calls.chain(starts).min();
        request.prepares || (request.from == TEST && begins.is_some_and(|begins| request.at_us < begins))
    }

    fn without_requests(&self) -> Vec<Event<'a>> {
        let trace = self.trace;
        let mut events: Vec<Event<'a>> = Vec::new();
        events.extend(trace.calls.iter().map(|call| Event {
            at_us: call.at_us,
            lane: 0,
            what: What::Call(call),
        }));
        events.extend(trace.clock.iter().map(|advance| Event {
            at_us: advance.at_us,
            lane: 0,
            what: What::Clock(advance),
        }));
        for process in &trace.processes {
            let lane = self.lane(process.id);
            events.push(Event { at_us: process.at_us, lane, what: What::Start(process) });
            events.extend(process.invocations.iter().map(|invocation| Event {
                at_us: invocation.at_us,
                lane,
                what: What::Invocation(process, invocation),
            }));
            if let (Some(at_us), false) = (process.end_us, process.outlived) {
                events.push(Event { at_us, lane, what: What::End(process) });
            }
        }
        events
    }
}

/// Whether `event` is once more what `last` is; then it is counted there.
fn is_again(last: &mut Event<'_>, event: &Event<'_>) -> bool {
    let What::Requests { request: new, .. } = event.what else { return false };
    let What::Requests { request, times, .. } = &mut last.what else { return false };
    let same = (request.from, &request.operation, &request.touched, request.status, &request.fault)
        == (new.from, &new.operation, &new.touched, new.status, &new.fault)
        && !request.touched.is_empty()
        && new.retry_of.is_none()
        && !new.lost
        && request.cost == new.cost;
    if same {
        *times += 1;
    }
    same
}

/// A name for each: the role, numbered where there are several of it.
fn lanes(trace: &Trace) -> Vec<String> {
    let alone = trace.processes.is_empty() && trace.calls.is_empty();
    let mut names = vec![if alone { "your code" } else { "test" }.to_owned()];
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for process in &trace.processes {
        let all = trace.processes.iter().filter(|other| other.role == process.role).count();
        let number = seen.entry(&process.role).or_default();
        *number += 1;
        names.push(if all == 1 { process.role.clone() } else { format!("{} {number}", process.role) });
    }
    names
}

/// A time as it is told: `12.4 ms`, `1.20 s`.
#[expect(clippy::cast_precision_loss, reason = "a run is shorter than 2^52 microseconds")]
pub fn time(us: u64) -> String {
    let ms = us as f64 / 1000.0;
    if ms < 1000.0 { format!("{ms:.1} ms") } else { format!("{:.2} s", ms / 1000.0) }
}

/// Capacity units as they are told: `2`, `0.5`.
pub fn units(units: f64) -> String {
    if (units.fract()).abs() < f64::EPSILON { format!("{units:.0}") } else { format!("{units:.1}") }
}
