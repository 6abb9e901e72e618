//! The lab: everything that one test has to itself.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use aws_sdk_dynamodb::Client;
use lab_manifest::trace::Trace;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::calls;
use crate::capture::Caught;
use crate::mirror::Mirror;
use crate::outside::Outside;
use crate::remark::Remarks;
use crate::role::Entry;
use crate::table::Tables;
use crate::trace::Tracer;
use crate::{
    BoxFuture, Clock, Fault, Functions, Http, Infra, Item, Observation, Observed, Request, Seed, Server,
    inside,
};

/// The variable that holds the seed of all inputs.
pub(crate) const SEED: &str = "LAB_SEED";

/// The variable that says in a cell how the names of the lab's tables begin.
pub(crate) const TABLES: &str = "LAB_TABLES";

/// An isolated DynamoDB, a clock, a seed, a recorder, and processes: what one test has to itself.
///
/// Where a test calls the reader's library, it does so in [`Lab::call`], and nowhere else. Under the grader the test runs
/// twice: in a sandbox, where the calls are made, and outside, where everything is observed.
#[derive(Debug)]
pub struct Lab {
    seed: Seed,
    clock: Clock,
    tables: Tables,
    remarks: Remarks,
    client: Client,
    tracer: Option<Arc<Tracer>>,
    half: Half,
    /// A call is under way.
    in_call: AtomicBool,
}

#[derive(Debug)]
enum Half {
    Outside(Box<Outside>),
    /// This process is in a cell, and makes the calls of a test that is observed outside.
    Inside(Mirror),
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
        let seed = seed()?;
        let tracer = Tracer::of_environment();
        let clock = Clock::new(tracer.clone());
        let tables = Tables::new();
        let remarks = Remarks::default();
        let outside =
            Outside::open(entry, label, seed, &tables, &clock, tracer.clone(), remarks.clone()).await?;
        let client = outside.recorder.client();
        let half = Half::Outside(Box::new(outside));
        Ok(Self { remarks, ..Self::of(half, Seed::new(seed, label), clock, tables, client, tracer) })
    }

    /// The lab of a process in a cell.
    pub(crate) async fn mirror(label: &str) -> Result<Self, Infra> {
        let seed = Seed::new(seed()?, label);
        let tables = Tables::beginning_with(inside::variable(TABLES));
        let half = Half::Inside(Mirror::open().await);
        Ok(Self::of(half, seed, Clock::new(None), tables, inside::dynamodb_client(), None))
    }

    fn of(
        half: Half,
        seed: Seed,
        clock: Clock,
        tables: Tables,
        client: Client,
        tracer: Option<Arc<Tracer>>,
    ) -> Self {
        Self {
            seed,
            clock,
            tables,
            remarks: Remarks::default(),
            client,
            tracer,
            half,
            in_call: AtomicBool::new(false),
        }
    }

    /// Calls the reader's library. `call` may use whatever the test has, but it must not ask this lab for what the lab
    /// has seen, nor draw from its seed (a fork of that will do): under the grader it runs in another process.
    ///
    /// What it returns is the reader's word: requests and items are the lab's.
    pub async fn call<T>(&self, call: impl AsyncFnOnce() -> T) -> T
    where
        T: Serialize + DeserializeOwned,
    {
        if let Half::Outside(outside) = &self.half
            && let Some(calls) = &outside.calls
        {
            let value = calls.make().await;
            return serde_json::from_value(value).unwrap_or_else(|_| calls::refuse());
        }
        let before = self.begin_call();
        let value = call().await;
        self.end_call(before);
        if let Half::Inside(mirror) = &self.half {
            mirror.returned(&value).await;
        }
        value
    }

    /// Does what is the test's own and not the reader's, with this lab's client: prepares what no call is to prepare, and
    /// looks at what [`Lab::items`] does not show. Under the grader it is done outside.
    pub async fn aside<T>(&self, work: impl AsyncFnOnce() -> T) -> T
    where
        T: Serialize + DeserializeOwned,
    {
        match &self.half {
            Half::Outside(_) => self.told("aside", work().await),
            Half::Inside(mirror) => mirror.told("aside"),
        }
    }

    /// A client of this lab's DynamoDB. The recorder sees what it sends.
    pub fn client(&self) -> Client {
        self.client.clone()
    }

    /// The endpoint of this lab's DynamoDB: its recorder, such as `http://127.0.0.1:1234`.
    pub fn dynamodb_url(&self) -> String {
        self.outside("dynamodb_url").recorder.url.clone()
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
        self.outside("control_url").control.url.clone()
    }

    /// Starts this binary in the role `role` with these variables, and waits until it says where it listens.
    ///
    /// A server that ends before it listens ends the test: that is the reader's code, and is told as such.
    pub fn server<'a>(&self, role: &'a str, variables: &[(&str, &str)]) -> BoxFuture<'a, Server> {
        let variables: BTreeMap<String, String> =
            variables.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
        let outside = self.outside("server");
        Box::pin(Server::start(outside.processes.clone(), outside.control.desk.clone(), role, variables))
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
        Box::pin(async {
            match &self.half {
                Half::Outside(outside) => self.told("items", outside.items(self.tables.name(name)).await),
                Half::Inside(mirror) => mirror.told("items"),
            }
        })
    }

    /// The requests to DynamoDB so far, of all processes, in the order of their responses.
    pub fn requests(&self) -> Vec<Request> {
        match &self.half {
            Half::Outside(outside) => self.told("requests", outside.requests(&self.tables)),
            Half::Inside(mirror) => mirror.told("requests"),
        }
    }

    /// How many requests of each operation there were so far.
    pub fn request_counts(&self) -> BTreeMap<String, usize> {
        match &self.half {
            Half::Outside(outside) => self.told("request_counts", outside.request_counts()),
            Half::Inside(mirror) => mirror.told("request_counts"),
        }
    }

    /// Measures, from now on, what each request would consume on the service: [`Request::cost`]. Not for benchmarks: the
    /// lab asks the database itself about what is not in the answer.
    pub fn measure_costs(&self) {
        if let Half::Outside(outside) = &self.half {
            outside.recorder.measure();
        }
    }

    /// Lets these things go wrong between clients and database from now on, in the place of those declared before.
    pub fn inject(&self, faults: impl IntoIterator<Item = Fault>) {
        if let Half::Outside(outside) = &self.half {
            outside.recorder.inject(faults.into_iter().collect());
        }
    }

    /// Forgets the requests so far: what a test does to prepare is no part of what it observes.
    pub fn forget_requests(&self) {
        if let Half::Outside(outside) = &self.half {
            outside.recorder.forget();
        }
        if let Some(tracer) = &self.tracer {
            tracer.prepared();
        }
    }

    /// Something that helps a reader whose test has failed, and that proves nothing: it is no part of an observation, and
    /// is shown beside a difference alone. Messages of function errors, and what DynamoDB says to a malformed request,
    /// are remarked by themselves.
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
        let text = self.tables.normal(&observation.into_text());
        let text = match &self.half {
            Half::Outside(outside) => text.replace(&outside.recorder.url, "<dynamodb>"),
            Half::Inside(_) => text,
        };
        Observed { text }
    }

    /// What happened so far, where somebody wants to know.
    pub(crate) fn trace(&self) -> Option<Trace> {
        let tracer = self.tracer.as_ref()?;
        tracer.over();
        let trace = tracer.document(|text| self.tables.normal(text));
        Some(Trace { seed: seed().unwrap_or_default(), ..trace })
    }

    /// Waits until one of its processes says that it has reached a `todo!`.
    pub(crate) async fn todo(&self) {
        match &self.half {
            Half::Outside(outside) => outside.processes.todo().await,
            Half::Inside(_) => std::future::pending().await,
        }
    }

    /// Ends the lab: its processes are killed, its tables removed.
    pub fn close(self) -> BoxFuture<'static, ()> {
        Box::pin(async { drop(self.end().await) })
    }

    /// Ends the lab, and says which panics its processes have told.
    pub(crate) async fn end(self) -> Vec<Caught> {
        match self.half {
            Half::Outside(outside) => outside.end(&self.tables, &self.remarks).await,
            Half::Inside(_) => Vec::new(),
        }
    }

    /// What a lab has that knows more than its calls.
    fn outside(&self, what: &str) -> &Outside {
        match &self.half {
            Half::Outside(outside) => outside,
            Half::Inside(_) => Infra::Misplaced(format!(
                "a test of the shape `call` can't use lab.{what}: it runs in a sandbox, too"
            ))
            .abort(),
        }
    }

    /// Keeps what the test is told, where the same test waits for it in a cell.
    fn told<T: Serialize>(&self, what: &str, value: T) -> T {
        self.expect_no_call(what);
        if let Half::Outside(outside) = &self.half
            && let Some(calls) = &outside.calls
        {
            calls.tell(what, &value);
        }
        value
    }

    fn expect_no_call(&self, what: &str) {
        if self.in_call.load(Ordering::Relaxed) {
            Infra::Misplaced(format!(
                "a test uses lab.{what} within lab.call, where the reader's code is: it has to be asked before or after"
            ))
            .abort()
        }
    }

    /// Where the seed stands.
    fn begin_call(&self) -> u64 {
        self.expect_no_call("call");
        self.in_call.store(true, Ordering::Relaxed);
        self.seed.place()
    }

    fn end_call(&self, before: u64) {
        self.in_call.store(false, Ordering::Relaxed);
        if self.seed.place() != before {
            let message = "a test draws from lab.seed() within lab.call: let it draw before, or from a fork";
            Infra::Misplaced(message.to_owned()).abort();
        }
    }
}

fn seed() -> Result<u64, Infra> {
    let Ok(value) = std::env::var(SEED) else { return Ok(0) };
    value.parse().map_err(|_| Infra::Setting {
        variable: SEED,
        value,
        expected: "a whole number from 0 to 2^64 - 1",
    })
}
