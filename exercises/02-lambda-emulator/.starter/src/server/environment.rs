//! One environment, between its process and its invocations.
//!
//! The state is behind a plain mutex that is never held across an await: what waits, waits on a channel.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::{Notify, oneshot, watch};
use tokio::task::AbortHandle;

use super::log::Log;
use super::{http, runtime_api};
use crate::core::invocation::{Answer, FunctionError, Invocation};
use crate::core::lifecycle::{Lifecycle, Refusal};
use crate::core::pool::EnvironmentId;
use crate::host::{Event, Exit, Process};

/// An execution environment.
#[derive(Debug)]
pub struct Environment {
    /// Names it within its function.
    pub id: EnvironmentId,
    /// How long Init took. Told in the log of the first invocation.
    pub init: Mutex<Option<Duration>>,
    /// What it writes.
    pub log: Log,
    state: Mutex<State>,
    handed_over: Notify,
    exit: watch::Sender<Option<Exit>>,
    task: Mutex<Option<AbortHandle>>,
}

#[derive(Debug)]
struct State {
    lifecycle: Lifecycle,
    /// An invocation that the runtime has not yet asked for.
    waiting: Option<Work>,
    /// Who gets the answer to the invocation that the runtime works on.
    answer: Option<oneshot::Sender<Answer>>,
    /// Who is told that Init has ended.
    init: Option<oneshot::Sender<Result<(), FunctionError>>>,
}

#[derive(Debug)]
struct Work {
    invocation: Arc<Invocation>,
    answer: oneshot::Sender<Answer>,
}

impl Environment {
    /// Begins to serve a process's Runtime API. The second value comes when its Init ends.
    pub fn begin(
        id: EnvironmentId,
        listener: TcpListener,
        process: Process,
    ) -> (Arc<Self>, oneshot::Receiver<Result<(), FunctionError>>) {
        let (init, init_ended) = oneshot::channel();
        let environment = Arc::new(Self {
            id,
            init: Mutex::new(None),
            log: Log::default(),
            state: Mutex::new(State {
                lifecycle: Lifecycle::Init,
                waiting: None,
                answer: None,
                init: Some(init),
            }),
            handed_over: Notify::new(),
            exit: watch::Sender::new(None),
            task: Mutex::new(None),
        });
        let task = tokio::spawn(run(environment.clone(), listener, process));
        *environment.task.lock().expect("no panic under this lock") = Some(task.abort_handle());
        (environment, init_ended)
    }

    /// Ends it: its process is killed, its connections are closed.
    pub fn kill(&self) {
        if let Some(task) = self.task.lock().expect("no panic under this lock").take() {
            task.abort();
            self.exit.send_if_modified(|exit| exit.is_none() && exit.replace(Exit::Signal(9)).is_none());
        }
    }

    /// Gives it an invocation, which its runtime gets when it asks for one. What comes back is the answer.
    pub fn hand_over(&self, invocation: Arc<Invocation>) -> oneshot::Receiver<Answer> {
        let (answer, answered) = oneshot::channel();
        self.state().waiting = Some(Work { invocation, answer });
        self.handed_over.notify_one();
        answered
    }

    /// Takes back an invocation that the runtime has not asked for.
    pub fn take_back(&self) -> bool {
        self.state().waiting.take().is_some()
    }

    /// The runtime asks for an invocation: waits until there is one. The first time, Init has ended.
    pub async fn next(&self) -> Result<Arc<Invocation>, Refusal> {
        {
            let mut state = self.state();
            state.lifecycle.ask()?;
            if let Some(init) = state.init.take() {
                let _ = init.send(Ok(()));
            }
        }
        loop {
            if let Some(invocation) = self.hand_out() {
                return Ok(invocation);
            }
            self.handed_over.notified().await;
        }
    }

    fn hand_out(&self) -> Option<Arc<Invocation>> {
        let mut state = self.state();
        let work = state.waiting.take()?;
        state.lifecycle.hand_out(&work.invocation.request_id, &work.invocation.attempt_id);
        state.answer = Some(work.answer);
        Some(work.invocation)
    }

    /// The runtime answers the invocation at hand, if this is it.
    pub fn answer(&self, request_id: &str, attempt_id: Option<&str>, answer: Answer) -> Result<(), Refusal> {
        let mut state = self.state();
        state.lifecycle.answer(request_id, attempt_id)?;
        if let Some(waiting) = state.answer.take() {
            // Nobody waits any more where time was up; the answer is then no use.
            let _ = waiting.send(answer);
        }
        Ok(())
    }

    /// The runtime reports that Init has failed. Refused once Init has ended.
    pub fn fail_init(&self, error: FunctionError) -> Result<(), Refusal> {
        let mut state = self.state();
        let Some(init) = state.init.take() else {
            return Err(Refusal::State { from: state.lifecycle.name(), to: "InitError" });
        };
        let _ = init.send(Err(error));
        Ok(())
    }

    /// Waits for the end of the process.
    pub async fn exited(&self) -> Exit {
        let mut exit = self.exit.subscribe();
        let exit = exit.wait_for(Option::is_some).await.ok().and_then(|exit| *exit);
        exit.unwrap_or(Exit::Unknown)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no panic under this lock")
    }
}

/// An environment's life: its Runtime API is served until its process ends.
async fn run(environment: Arc<Environment>, listener: TcpListener, mut process: Process) {
    let handler = {
        let environment = environment.clone();
        move |request| runtime_api::handle(environment.clone(), request)
    };
    let exit = tokio::select! {
        () = http::serve(listener, handler) => Exit::Unknown,
        exit = watch(&environment, &mut process) => exit,
    };
    environment.exit.send_replace(Some(exit));
}

async fn watch(environment: &Environment, process: &mut Process) -> Exit {
    while let Some(event) = process.events.recv().await {
        match event {
            Event::Output(line) => environment.log.write(&line),
            Event::Exited(exit) => return exit,
        }
    }
    Exit::Unknown
}
