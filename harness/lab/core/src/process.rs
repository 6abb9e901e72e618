//! Processes that a lab starts: the test's own binary, run again in a role.

use std::collections::{BTreeMap, VecDeque};
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::{Notify, mpsc, oneshot, watch};

use crate::door::Door;
use crate::infra::EXIT_CODE;
use crate::role::{BEGIN, Entry};
use crate::subject::{self, Guarded, Ties, this_binary};
use crate::{Infra, capture, host};

/// A longer line of output is handed on in pieces of this size.
const MAX_LINE_BYTES: u64 = 64 * 1024;

/// Of each process this many of its last lines are kept for telling a failure.
const KEPT_LINES: usize = 2000;

/// Events that wait for their reader; then the process waits.
const QUEUE: usize = 256;

/// Output that is still on its way when a process has ended is waited for this long.
const DRAIN: Duration = Duration::from_millis(500);

/// What a process did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// A line of output, without its line break.
    Output { stream: Stream, text: String },
    /// It ended.
    Exit { code: Option<i32>, signal: Option<i32> },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stream {
    Stdout,
    Stderr,
}

impl Stream {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Stdout => "stdout",
            Self::Stderr => "stderr",
        }
    }
}

/// A running process. Dropping it kills it.
#[derive(Debug)]
pub(crate) struct Process {
    pub(crate) pid: u32,
    pub(crate) record: Arc<Record>,
    /// Nobody ever sends: the process is killed when this is gone.
    _kill: oneshot::Sender<()>,
}

/// What is remembered of a process.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) role: String,
    state: Mutex<State>,
    ended: watch::Sender<bool>,
    todo: Arc<Notify>,
}

#[derive(Debug, Default)]
struct State {
    lines: VecDeque<(Stream, String)>,
    /// What was written before the role began: libtest's words, or those of whatever did not get so far.
    preface: VecDeque<String>,
    /// How it ended, in words, and when.
    exit: Option<(String, Instant)>,
}

impl Record {
    /// The kept lines of one stream, or of both in the order of arrival.
    pub(crate) fn lines(&self, only: Option<Stream>) -> Vec<String> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let lines = state.lines.iter().filter(|(stream, _)| only.is_none_or(|only| only == *stream));
        lines.map(|(_, line)| line.clone()).collect()
    }

    /// How it ended, in words, if it has.
    pub(crate) fn exit(&self) -> Option<String> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).exit.as_ref().map(|(how, _)| how.clone())
    }

    /// When it ended, if it has. Who waits for that may hear of it later.
    pub(crate) fn ended_at(&self) -> Option<Instant> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).exit.as_ref().map(|(_, when)| *when)
    }

    /// How it ended, where that was a failure of its own: who is killed has not failed.
    pub(crate) fn failure(&self) -> Option<String> {
        self.exit().filter(|exit| exit.starts_with("exit code ") && exit != "exit code 0")
    }

    /// Waits until it has ended and all its output is here.
    pub(crate) async fn ended(&self) {
        let _ = self.ended.subscribe().wait_for(|ended| *ended).await;
    }

    fn line(&self, stream: Stream, line: &str) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if stream == Stream::Stderr && capture::todo(line).is_some() {
            let before = state.lines.iter().rev().find(|(stream, _)| *stream == Stream::Stderr);
            if before.is_some_and(|(_, line)| capture::place(line).is_some()) {
                self.todo.notify_one();
            }
        }
        push(&mut state.lines, (stream, line.to_owned()));
    }

    fn before(&self, line: &str) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        push(&mut state.preface, line.to_owned());
    }

    /// Why the process says that the tools failed: in its role, or before it came so far.
    fn trouble(&self) -> String {
        let said = self.lines(Some(Stream::Stderr));
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if said.is_empty() { Vec::from(state.preface.clone()) } else { said }.join("\n")
    }
}

/// Keeps the last [`KEPT_LINES`].
fn push<T>(lines: &mut VecDeque<T>, line: T) {
    if lines.len() == KEPT_LINES {
        lines.pop_front();
    }
    lines.push_back(line);
}

/// The environment of a lab's processes.
#[derive(Clone, Debug)]
pub(crate) struct Launch {
    pub(crate) entry: Entry,
    /// Set for every process: control server, recorder.
    pub(crate) variables: BTreeMap<String, String>,
    /// Under the grader: the submission, which plays the roles instead of this binary.
    pub(crate) guarded: Option<Guarded>,
    /// Told when one of the processes says on its stderr that it has reached a `todo!`.
    pub(crate) todo: Arc<Notify>,
}

/// What a process inherits. Everything else of the surrounding environment is kept from it.
const INHERITED: [&str; 14] = [
    "PATH",
    "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
    "DYLD_FALLBACK_LIBRARY_PATH",
    "TMPDIR",
    "TEMP",
    "TMP",
    "SYSTEMROOT",
    "SystemRoot",
    "HOME",
    "USERPROFILE",
    "LANG",
    "LC_ALL",
    "LLVM_PROFILE_FILE",
];

impl Launch {
    /// The command that runs this binary in `role`.
    pub(crate) fn command(&self, role: &str, variables: &BTreeMap<String, String>) -> Result<Command, Infra> {
        let mut command = Command::new(this_binary()?);
        command.args(self.entry.arguments()).env_clear();
        command.envs(INHERITED.iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
        command.envs(&self.variables).envs(variables).env(crate::role::PROCESS, role);
        Ok(piped(command))
    }

    /// Starts a process. Its events are sent to the receiver until that is dropped.
    pub(crate) async fn start(
        &self,
        role: &str,
        variables: &BTreeMap<String, String>,
        stopped: watch::Receiver<bool>,
        ties: Ties,
    ) -> Result<(Process, mpsc::Receiver<Event>), Infra> {
        let guarded = self.guarded.clone().filter(|_| Guarded::guards(role));
        let plain = if guarded.is_none() { Some(self.command(role, variables)?) } else { None };
        let (role, variables, todo) = (role.to_owned(), variables.clone(), self.todo.clone());
        host::run(async move {
            let (mut command, door) = match (guarded, plain) {
                (Some(guarded), _) => {
                    let (command, door) = guarded.command(&role, &variables, &ties).await?;
                    (piped(command), Some(door))
                }
                (None, plain) => (plain.expect("it was made where nothing guards"), None),
            };
            let child = subject::spawn(&mut command, &ties).map_err(|source| Infra::Spawn {
                program: command.as_std().get_program().to_string_lossy().into_owned(),
                source,
            })?;
            if let (Some(serves), Some(pid)) = (&ties.serves, child.id()) {
                let _ = serves.guard.set(pid);
            }
            Ok(attend(child, role, stopped, door, todo))
        })
        .await
    }
}

fn piped(mut command: Command) -> Command {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

fn attend(
    mut child: Child,
    role: String,
    mut stopped: watch::Receiver<bool>,
    door: Option<Door>,
    todo: Arc<Notify>,
) -> (Process, mpsc::Receiver<Event>) {
    let (kill, killed) = oneshot::channel();
    let (events, receiver) = mpsc::channel(QUEUE);
    let pid = child.id().unwrap_or_default();
    let record = Arc::new(Record { role, state: Mutex::default(), ended: watch::Sender::new(false), todo });
    let stdout = child
        .stdout
        .take()
        .map(|pipe| tokio::spawn(pump(pipe, Stream::Stdout, events.clone(), record.clone())));
    let stderr = child
        .stderr
        .take()
        .map(|pipe| tokio::spawn(pump(pipe, Stream::Stderr, events.clone(), record.clone())));
    let kept = record.clone();
    tokio::spawn(async move {
        // The child ends when this pipe closes, so that it never outlives a test that was killed.
        let _stdin = child.stdin.take();
        // Open as long as the process may use it.
        let _door = door;
        let ended = tokio::select! {
            status = child.wait() => Some(status),
            _ = killed => None,
            _ = stopped.wait_for(|stopped| *stopped) => None,
        };
        let status = if let Some(status) = ended {
            status
        } else {
            let _ = child.start_kill();
            child.wait().await
        };
        for pump in [stdout, stderr].into_iter().flatten() {
            let _ = tokio::time::timeout(DRAIN, pump).await;
        }
        let (code, signal) = status.map(|status| (status.code(), signal(status))).unwrap_or_default();
        if code == Some(EXIT_CODE) {
            Infra::Inside { role: kept.role.clone(), message: kept.trouble() }.abort();
        }
        let how = match (code, signal) {
            (Some(code), _) => format!("exit code {code}"),
            (None, Some(signal)) => format!("signal {signal}"),
            (None, None) => "an end that the system does not explain".into(),
        };
        kept.state.lock().unwrap_or_else(PoisonError::into_inner).exit = Some((how, Instant::now()));
        let _ = kept.ended.send_replace(true);
        let _ = events.send(Event::Exit { code, signal }).await;
    });
    (Process { pid, record, _kill: kill }, receiver)
}

/// Hands on what the process writes, line by line, from the line on that says that its role has begun.
async fn pump(
    pipe: impl AsyncRead + Unpin,
    stream: Stream,
    events: mpsc::Sender<Event>,
    record: Arc<Record>,
) {
    let mut pipe = BufReader::new(pipe);
    let mut begun = false;
    let mut line = Vec::new();
    loop {
        line.clear();
        match (&mut pipe).take(MAX_LINE_BYTES).read_until(b'\n', &mut line).await {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
        let text = String::from_utf8_lossy(&line);
        let text = text.strip_suffix('\n').unwrap_or(&text);
        let text = text.strip_suffix('\r').unwrap_or(text);
        if !begun {
            begun = text == BEGIN;
            if !begun {
                record.before(text);
            }
            continue;
        }
        record.line(stream, text);
        // Without a receiver the line is kept all the same.
        let _ = events.send(Event::Output { stream, text: text.to_owned() }).await;
    }
}

#[cfg(unix)]
fn signal(status: std::process::ExitStatus) -> Option<i32> {
    std::os::unix::process::ExitStatusExt::signal(&status)
}

#[cfg(not(unix))]
fn signal(_: std::process::ExitStatus) -> Option<i32> {
    None
}
