//! The processes of a lab, and those of them that are servers.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{OnceCell, mpsc, watch};

use crate::control::{Desk, OwnControl};
use crate::infra::or_abort;
use crate::process::{Event, Launch, Process, Record};
use crate::subject::{Guard, Guarded, Serves, Ties};
use crate::trace::Tracer;
use crate::{BoxFuture, Infra, host, inside, role};

/// A server that has not said where it listens after this long never will.
const START_LIMIT: Duration = Duration::from_secs(20);

/// Of a server that did not start this many of its last lines are told.
const LAST_LINES: usize = 8;

/// The processes of one lab.
#[derive(Debug)]
pub(crate) struct Processes {
    launch: std::sync::OnceLock<Launch>,
    records: Mutex<Vec<Arc<Record>>>,
    instances: AtomicU64,
    stopped: watch::Sender<bool>,
    tracer: Option<Arc<Tracer>>,
}

/// The roles of this process's own binary, asked once.
static ROLES: OnceCell<Vec<String>> = OnceCell::const_new();

impl Processes {
    pub(crate) fn new(tracer: Option<Arc<Tracer>>) -> Self {
        Self {
            launch: std::sync::OnceLock::new(),
            records: Mutex::default(),
            instances: AtomicU64::new(0),
            stopped: watch::Sender::new(false),
            tracer,
        }
    }

    /// What every process is started with. The control server's own address is part of it.
    pub(crate) fn set_launch(&self, launch: Launch) {
        let _ = self.launch.set(launch);
    }

    fn launch(&self) -> &Launch {
        self.launch.get().expect("a lab sets it before anybody knows the lab")
    }

    /// Waits until one of them says that it has reached a `todo!`.
    pub(crate) async fn todo(&self) {
        self.launch().todo.notified().await;
    }

    pub(crate) async fn has_role(&self, name: &str) -> bool {
        ROLES.get_or_init(|| self.roles()).await.iter().any(|role| role == name)
    }

    async fn roles(&self) -> Vec<String> {
        // All labs of the process get this answer: it does not end with the one that asked first.
        let (_goes_on, stopped) = watch::channel(false);
        let started = self.launch().start(role::LIST, &BTreeMap::new(), stopped, Ties::default()).await;
        let (process, mut events) = or_abort(started);
        while events.recv().await.is_some() {}
        process.record.ended().await;
        let lines = process.record.lines(None);
        match process.record.exit() {
            Some(exit) if exit == "exit code 0" => lines,
            exit => {
                let how = exit.unwrap_or_else(|| "no end".into());
                let message = format!("{how}, and no list of the functions. {}", lines.join(" "));
                Infra::Inside { role: "that lists the functions".into(), message }.abort()
            }
        }
    }

    pub(crate) async fn start(
        &self,
        role: &str,
        variables: &BTreeMap<String, String>,
        ties: Ties,
    ) -> Result<(Process, mpsc::Receiver<Event>), Infra> {
        let (process, events) = match &self.tracer {
            Some(tracer) => self.start_traced(tracer.clone(), role, variables.clone(), ties).await?,
            None => self.launch().start(role, variables, self.stopped.subscribe(), ties).await?,
        };
        self.records.lock().unwrap_or_else(PoisonError::into_inner).push(process.record.clone());
        Ok((process, events))
    }

    /// How many run.
    pub(crate) fn running(&self) -> usize {
        let records = self.records.lock().unwrap_or_else(PoisonError::into_inner);
        records.iter().filter(|record| record.exit().is_none()).count()
    }

    fn guards(&self, role: &str) -> bool {
        self.launch().guarded.is_some() && Guarded::guards(role)
    }

    async fn start_traced(
        &self,
        tracer: Arc<Tracer>,
        role: &str,
        mut variables: BTreeMap<String, String>,
        ties: Ties,
    ) -> Result<(Process, mpsc::Receiver<Event>), Infra> {
        let launch = self.launch();
        let database = launch.variables.get(inside::DYNAMODB).cloned().unwrap_or_default();
        let (for_taps, role_of) = (tracer.clone(), role.to_owned());
        let (id, taps, variables) = host::run(async move {
            let (id, taps) = for_taps.starts(&role_of, &mut variables, &database).await?;
            Ok::<_, Infra>((id, taps, variables))
        })
        .await?;
        let (process, events) = launch.start(role, &variables, self.stopped.subscribe(), ties).await?;
        let record = process.record.clone();
        host::handle().spawn(async move {
            record.ended().await;
            tracer.ended(id, record.exit(), record.ended_at().unwrap_or_else(Instant::now));
            drop(taps);
        });
        Ok((process, events))
    }

    /// What is remembered of every process, in the order of their starts.
    pub(crate) fn records(&self) -> Vec<Arc<Record>> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Kills all processes and waits until they are gone. None is started afterwards.
    pub(crate) async fn stop(&self) {
        self.stopped.send_replace(true);
        for record in self.records() {
            record.ended().await;
        }
    }

    fn instance(&self, role: &str) -> String {
        format!("{role}-{}", self.instances.fetch_add(1, Ordering::Relaxed))
    }
}

/// A server process under test. Dropping it kills it.
#[derive(Debug)]
pub struct Server {
    processes: Arc<Processes>,
    desk: Desk,
    /// In a cell: its own way to the lab.
    control: Option<OwnControl>,
    role: String,
    variables: BTreeMap<String, String>,
    running: Option<Process>,
    record: Arc<Record>,
    address: String,
}

/// Why a test can't go on, where that is the doing of the reader's code. Thrown as a panic's payload.
#[derive(Clone, Debug)]
pub(crate) struct Stopped {
    pub(crate) reason: String,
    /// The last lines that the process wrote.
    pub(crate) output: Vec<String>,
}

impl Server {
    pub(crate) async fn start(
        processes: Arc<Processes>,
        desk: Desk,
        role: &str,
        variables: BTreeMap<String, String>,
    ) -> Self {
        let (process, address, control) = listen(&processes, &desk, role, &variables).await;
        let record = process.record.clone();
        Self {
            processes,
            desk,
            control,
            role: role.to_owned(),
            variables,
            running: Some(process),
            record,
            address,
        }
    }

    /// Where it listens, such as `127.0.0.1:9001`.
    pub fn address(&self) -> String {
        self.address.clone()
    }

    /// Kills it, as a power failure would, and waits until it is gone.
    pub fn kill(&mut self) -> BoxFuture<'_, ()> {
        Box::pin(async {
            if self.running.take().is_some() {
                self.record.ended().await;
            }
        })
    }

    /// Kills it if it runs, and starts it again. It listens at another address afterwards.
    pub fn restart(&mut self) -> BoxFuture<'_, ()> {
        Box::pin(async {
            self.kill().await;
            let (process, address, control) =
                listen(&self.processes, &self.desk, &self.role, &self.variables).await;
            self.control = control;
            self.record = process.record.clone();
            self.running = Some(process);
            self.address = address;
        })
    }

    /// What the process has written, both streams, a line each.
    pub fn output(&self) -> Vec<String> {
        self.record.lines(None)
    }

    /// How it ended, in words such as `exit code 101`, if it has.
    pub fn exit(&self) -> Option<String> {
        self.record.exit()
    }
}

async fn listen(
    processes: &Processes,
    desk: &Desk,
    role: &str,
    variables: &BTreeMap<String, String>,
) -> (Process, String, Option<OwnControl>) {
    if processes.guards(role) {
        return inherit(processes, desk, role, variables).await;
    }
    let instance = processes.instance(role);
    let told = desk.listening.expect(&instance);
    let mut variables = variables.clone();
    variables.insert(inside::INSTANCE.to_owned(), instance);
    let (process, mut events) = or_abort(processes.start(role, &variables, Ties::default()).await);
    // The record keeps what it writes; nobody reads the events.
    tokio::spawn(async move { while events.recv().await.is_some() {} });
    let record = process.record.clone();
    let address = tokio::select! {
        address = told => address.ok(),
        () = record.ended() => None,
        () = tokio::time::sleep(START_LIMIT) => None,
    };
    let Some(address) = address else {
        let end = record.exit().unwrap_or_else(|| format!("nothing for {} s", START_LIMIT.as_secs()));
        let mut output = record.lines(None);
        output.drain(..output.len().saturating_sub(LAST_LINES));
        let reason = format!("The server `{role}` ended before it said where it listens: {end}");
        std::panic::panic_any(Stopped { reason, output })
    };
    (process, address, None)
}

/// A server in a cell can open no port that a client outside would reach: it inherits one.
async fn inherit(
    processes: &Processes,
    desk: &Desk,
    role: &str,
    variables: &BTreeMap<String, String>,
) -> (Process, String, Option<OwnControl>) {
    let opened = TcpListener::bind("127.0.0.1:0").and_then(|listener| {
        let address = listener.local_addr()?;
        Ok((listener, address))
    });
    let (listener, address) = or_abort(opened.map_err(Infra::Port));
    let guard = Guard::default();
    let control = or_abort(desk.open_for(guard.clone()).await);
    let mut variables = variables.clone();
    variables.insert(inside::INSTANCE.to_owned(), processes.instance(role));
    let serves = Serves { listener, control: control.address.clone(), guard };
    let ties = Ties { serves: Some(serves), ..Ties::default() };
    let (process, mut events) = or_abort(processes.start(role, &variables, ties).await);
    tokio::spawn(async move { while events.recv().await.is_some() {} });
    (process, address.to_string(), Some(control))
}
