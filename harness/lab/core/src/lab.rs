//! The lab: everything that one test has to itself.

use std::collections::BTreeMap;
use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::scan::ScanError;
use lab_manifest::trace::Trace;

use crate::backend::{self, Database};
use crate::capture::Caught;
use crate::control::{Control, Listening};
use crate::process::{Launch, Stream};
use crate::recorder::Recorder;
use crate::remark::Remarks;
use crate::role::Entry;
use crate::server::Processes;
use crate::subject::{Guarded, Subject};
use crate::table::Tables;
use crate::trace::Tracer;
use crate::{
    BoxFuture, Clock, Fault, Functions, Http, Infra, Item, Observation, Observed, Request, Seed, Server,
    inside,
};

/// The variable that holds the seed of all inputs.
const SEED: &str = "LAB_SEED";

/// Of a process that has failed this many of its last lines are remarked.
const LAST_LINES: usize = 3;

/// An isolated DynamoDB, a clock, a seed, a recorder, and processes: what one test has to itself.
#[derive(Debug)]
pub struct Lab {
    seed: Seed,
    clock: Clock,
    tables: Tables,
    processes: Arc<Processes>,
    remarks: Remarks,
    client: Client,
    tracer: Option<Arc<Tracer>>,
    // In this order at the end: who asks goes before who answers.
    control: Control,
    recorder: Recorder,
    database: Database,
}

impl Lab {
    /// A lab outside of a test, for an example. Close it with [`Lab::close`].
    ///
    /// Trouble with the tools ends the process, as in a test.
    pub fn open() -> BoxFuture<'static, Self> {
        Box::pin(async {
            match Self::start(Entry::Main, "example").await {
                Ok(lab) => lab,
                Err(infra) => infra.abort(),
            }
        })
    }

    pub(crate) async fn start(entry: Entry, label: &str) -> Result<Self, Arc<Infra>> {
        let seed = Seed::new(seed()?, label);
        let database = Database::open().await?;
        let tracer = Tracer::of_environment();
        let clock = Clock::new(tracer.clone());
        let recorder = Recorder::start(&database.url, tracer.clone()).await?;
        let listening = Arc::new(Listening::default());
        let processes = Arc::new(Processes::new(tracer.clone()));
        let control = Control::start(clock.clone(), listening, processes.clone()).await?;
        let variables = [
            (inside::CONTROL, control.url.as_str()),
            (inside::DYNAMODB, &recorder.url),
            ("AWS_REGION", backend::REGION),
            ("AWS_ACCESS_KEY_ID", backend::KEY),
            ("AWS_SECRET_ACCESS_KEY", backend::KEY),
        ];
        let variables =
            variables.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let guarded = Subject::of_process()?.map(|subject| Guarded {
            subject,
            entry: entry.clone(),
            test: label.to_owned(),
            recorder: bare(&recorder.url),
            control: bare(&control.subjects_url),
            whole_control: bare(&control.url),
        });
        processes.set_launch(Launch { entry, variables, guarded });
        let client = backend::client(&recorder.url);
        Ok(Self {
            seed,
            clock,
            tables: Tables::new(),
            processes,
            remarks: Remarks::default(),
            client,
            tracer,
            control,
            recorder,
            database,
        })
    }

    /// A client of this lab's DynamoDB. The recorder sees what it sends.
    pub fn client(&self) -> Client {
        self.client.clone()
    }

    /// The endpoint of this lab's DynamoDB: its recorder, such as `http://127.0.0.1:1234`.
    pub fn dynamodb_url(&self) -> String {
        self.recorder.url.clone()
    }

    /// The real name of this lab's table `name`: no other lab has it, and an observation shows `name` for it. The
    /// table is not made; if it is, it is removed at the lab's end.
    pub fn table_name(&self, name: &str) -> String {
        self.tables.name(name)
    }

    /// Where a test's inputs come from. The stream goes on where it was left.
    pub fn seed(&self) -> Seed {
        self.seed.clone()
    }

    /// This lab's time.
    pub fn clock(&self) -> Clock {
        self.clock.clone()
    }

    /// The base address of this lab's control server.
    pub fn control_url(&self) -> String {
        self.control.url.clone()
    }

    /// Starts this binary in the role `role` with these variables, and waits until it says where it listens.
    ///
    /// A server that ends before it listens ends the test: that is the reader's code, and is told as such.
    pub fn server<'a>(&self, role: &'a str, variables: &[(&str, &str)]) -> BoxFuture<'a, Server> {
        let variables: BTreeMap<String, String> =
            variables.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
        Box::pin(Server::start(self.processes.clone(), self.control.desk.clone(), role, variables))
    }

    /// A client of the Invoke API at `address`.
    pub fn functions(&self, address: impl std::fmt::Display) -> Functions {
        Functions::new(address).remarked(self.remarks.clone()).traced(self.tracer.clone())
    }

    /// A client of the HTTP server at `address`.
    pub fn http(&self, address: impl std::fmt::Display) -> Http {
        Http::new(address)
    }

    /// Every item of this lab's table `name` (the test's own name for it), sorted. The recorder does not see the
    /// request. A table that does not exist has none.
    pub fn items<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Vec<Item>> {
        Box::pin(self.scan(name))
    }

    async fn scan(&self, name: &str) -> Vec<Item> {
        let client = backend::client(&self.database.url);
        let mut pages =
            client.scan().table_name(self.tables.name(name)).consistent_read(true).into_paginator().send();
        let mut items = Vec::new();
        while let Some(page) = pages.next().await {
            match page {
                Ok(page) => items.extend(page.items.unwrap_or_default().into_iter().map(Item::from)),
                Err(error)
                    if error.as_service_error().is_some_and(ScanError::is_resource_not_found_exception) =>
                {
                    break;
                }
                Err(error) => {
                    let reason = aws_sdk_dynamodb::error::DisplayErrorContext(error).to_string();
                    Infra::WentAway { url: self.database.url.clone(), reason }.abort()
                }
            }
        }
        items.sort_by_key(ToString::to_string);
        items
    }

    /// The requests to DynamoDB so far, of all processes, in the order of their responses.
    pub fn requests(&self) -> Vec<Request> {
        let mut requests = self.recorder.requests();
        for request in &mut requests {
            request.table = self.tables.normal(&request.table);
            request.tables = request.tables.iter().map(|table| self.tables.normal(table)).collect();
        }
        requests
    }

    /// Measures, from now on, what each request would consume on the service: [`Request::cost`]. Not for benchmarks: the
    /// lab asks the database itself about what is not in the answer.
    pub fn measure_costs(&self) {
        self.recorder.measure();
    }

    /// Lets these things go wrong between clients and database from now on, in the place of those declared before.
    pub fn inject(&self, faults: impl IntoIterator<Item = Fault>) {
        self.recorder.inject(faults.into_iter().collect());
    }

    /// How many requests of each operation there were so far.
    pub fn request_counts(&self) -> BTreeMap<String, usize> {
        self.recorder.requests().into_iter().fold(BTreeMap::new(), |mut counts, request| {
            *counts.entry(request.operation).or_default() += 1;
            counts
        })
    }

    /// Forgets the requests so far: what a test does to prepare is no part of what it observes.
    pub fn forget_requests(&self) {
        self.recorder.forget();
        if let Some(tracer) = &self.tracer {
            tracer.prepared();
        }
    }

    /// Something that helps a reader whose test has failed, and that proves nothing: it is no part of an observation, and
    /// is shown beside a difference alone. Messages of function errors are remarked by themselves.
    pub fn remark(&self, text: impl std::fmt::Display) {
        self.remarks.push(&text.to_string());
    }

    /// What was remarked; the lab's end adds to it.
    pub(crate) fn remarks(&self) -> Remarks {
        self.remarks.clone()
    }

    /// What a test has seen. It decides how the test ends, and nothing else does.
    pub fn observe(&self, observation: Observation) -> Observed {
        if let Some(tracer) = &self.tracer {
            tracer.over();
        }
        let text = self.tables.normal(&observation.into_text()).replace(&self.recorder.url, "<dynamodb>");
        Observed { text }
    }

    /// What happened so far, where somebody wants to know.
    pub(crate) fn trace(&self) -> Option<Trace> {
        let tracer = self.tracer.as_ref()?;
        tracer.over();
        let trace = tracer.document(|text| self.tables.normal(text));
        Some(Trace { seed: seed().unwrap_or_default(), ..trace })
    }

    /// Ends the lab: its processes are killed, its tables removed.
    pub fn close(self) -> BoxFuture<'static, ()> {
        Box::pin(async { drop(self.end().await) })
    }

    /// Ends the lab, and says which panics its processes have told.
    pub(crate) async fn end(self) -> Vec<Caught> {
        self.processes.stop().await;
        let mut caught = Vec::new();
        for record in self.processes.records() {
            let lines = record.lines(Some(Stream::Stderr));
            let panics = Caught::in_output(lines.iter().map(String::as_str));
            if let (true, Some(exit)) = (panics.is_empty(), record.failure()) {
                let last = lines[lines.len().saturating_sub(LAST_LINES)..].join(" / ");
                let last = if last.is_empty() { "nothing on stderr".to_owned() } else { last };
                self.remarks.push(&format!(
                    "the process `{}` ended with {exit}, its last words: {last}",
                    record.role
                ));
            }
            caught.extend(panics);
        }
        if self.database.shared {
            self.tables.remove(&backend::client(&self.database.url)).await;
        }
        caught
    }
}

/// `127.0.0.1:1234` of `http://127.0.0.1:1234`.
fn bare(url: &str) -> String {
    url.trim_start_matches("http://").to_owned()
}

fn seed() -> Result<u64, Infra> {
    let Ok(value) = std::env::var(SEED) else { return Ok(0) };
    value.parse().map_err(|_| Infra::Setting {
        variable: SEED,
        value,
        expected: "a whole number from 0 to 2^64 - 1",
    })
}
