//! The first stage: outside of the cell, and the only one that tells how it ended.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::fd::{AsFd as _, AsRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, ExitCode, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustix::process::{Pid, PidfdFlags, Signal};

use super::main::Order;
use super::record::{Ended, Record};
use super::stage::{HANDS_OUT, Plan, STARTS, Stage};
use super::{CellError, EXIT_CODE, network, tasks};
use crate::verdict::Tier;

/// How often memory and threads are looked at. A program can take some hundred megabytes in that time.
const LOOK_EVERY: Duration = Duration::from_millis(25);

/// A cell that is not closed by then never will be.
const SET_UP_LIMIT: Duration = Duration::from_secs(10);

/// Of what a program wrote to its standard error, this much of the end is kept for the record.
const LAST_WORDS_BYTES: usize = 4096;

/// Words of trouble of a later stage are no longer than this.
const TROUBLE_BYTES: usize = 4096;

/// The last word of a stage that has ended is here by then.
const LAST_WORD_LIMIT: Duration = Duration::from_secs(2);

/// Output that is still on its way when the program has ended is waited for this long.
const DRAIN: Duration = Duration::from_millis(500);

/// What happens to a cell.
enum Happened {
    Ended(std::io::Result<ExitStatus>),
    Started,
    Trouble(String),
    OutputLimit,
    /// Whoever started the cell closed its standard input, or is gone.
    Stopped,
}

/// Runs the cell, and ends as its program ended.
pub(super) fn guard(order: &Order, front: &[String]) -> Result<ExitCode, CellError> {
    let began = Instant::now();
    // Taken by its number before anything else is opened; everything inherited beside it goes no further.
    let listener: Option<TcpListener> = listenfd::ListenFd::from_env()
        .take_tcp_listener(0)
        .map_err(CellError::system("to take the listener that it inherits"))?;
    close_fds::set_fds_cloexec(3, &[]);
    rustix::process::set_child_subreaper(Some(rustix::process::getpid()))
        .map_err(CellError::call("to be told of orphans"))?;
    let mut cell = start(order, listener.as_ref(), front)?;
    let (mut ended, status) = cell.attend(order, began);
    // An environment ends with the server whose network it shares, also if it was about to begin.
    let alone = order.join.is_some_and(|server| tasks::children(&server.to_string()).is_empty());
    if ended == Ended::Trouble && alone {
        ended = Ended::Stopped;
    }
    if let Ended::Trouble = ended {
        let trouble = cell.trouble.take().unwrap_or_else(|| "the cell ended before it was closed".into());
        record(order, ended, trouble.clone(), began)?;
        return Err(CellError::Stage(trouble));
    }
    record(order, ended, cell.last_words(), began)?;
    Ok(mirror(ended, status))
}

struct Cell {
    pidfd: OwnedFd,
    happened: mpsc::Receiver<Happened>,
    words: Arc<Mutex<Vec<u8>>>,
    pumps: mpsc::Receiver<()>,
    trouble: Option<String>,
}

fn start(order: &Order, listener: Option<&TcpListener>, front: &[String]) -> Result<Cell, CellError> {
    let (ours, theirs) = UnixStream::pair().map_err(CellError::system("a socket to the cell"))?;
    let (stage, parent) = match order.spec.tier {
        Tier::Strong => (Stage::Chamber, rustix::process::getpid()),
        Tier::Base => (Stage::Enter, rustix::process::getpid()),
        Tier::None => return Err(CellError::Usage("there is no cell of tier none".into())),
    };
    let plan = Plan {
        spec: order.spec.clone(),
        port: order.port,
        may_listen: order.may_listen,
        reach: order.reach,
        join: order.join.and_then(|guard| tasks::children(&guard.to_string()).first().copied()),
        listener: listener.map(AsRawFd::as_raw_fd),
        parent: parent.as_raw_nonzero().get(),
        cell: std::env::current_exe().map_err(CellError::system("to find itself"))?,
        program: order.program.clone(),
        arguments: order.arguments.clone(),
    };
    if let Some(listener) = listener {
        rustix::io::fcntl_setfd(listener.as_fd(), rustix::io::FdFlags::empty())
            .map_err(CellError::call("to hand the listener on"))?;
    }
    let mut command = stage.command(&plan, front)?;
    command.stdin(Stdio::from(OwnedFd::from(theirs))).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(CellError::system("to start the cell"))?;
    // The command holds their end of the socket: an end in there could not be noticed.
    drop(command);
    let pid = Pid::from_child(&child);
    let pidfd = rustix::process::pidfd_open(pid, PidfdFlags::empty())
        .map_err(CellError::call("a handle of the cell"))?;
    let (happens, happened) = mpsc::channel();
    let (pumped, pumps) = mpsc::channel();
    let words = Arc::new(Mutex::new(Vec::new()));
    let budget = Arc::new(AtomicU64::new(order.spec.bounds.output_bytes()));
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    if let (Some(stdout), Some(stderr)) = (stdout, stderr) {
        let (budget_too, happens_too, pumped_too) = (budget.clone(), happens.clone(), pumped.clone());
        std::thread::spawn(move || {
            pump(stdout, std::io::stdout(), &budget_too, &happens_too, |_| ());
            drop(pumped_too);
        });
        let (happens, words) = (happens.clone(), words.clone());
        std::thread::spawn(move || {
            pump(stderr, std::io::stderr(), &budget, &happens, |bytes| keep(&words, bytes));
            drop(pumped);
        });
    }
    listen(ours, order.port, happens.clone());
    wait(child, happens.clone());
    watch_stdin(happens);
    Ok(Cell { pidfd, happened, words, pumps, trouble: None })
}

impl Cell {
    /// Until it has ended, and everything that it started.
    fn attend(&mut self, order: &Order, began: Instant) -> (Ended, Option<ExitStatus>) {
        let bounds = &order.spec.bounds;
        let mut why: Option<Ended> = None;
        let mut started = false;
        loop {
            let happened = match self.happened.recv_timeout(LOOK_EVERY) {
                Ok(happened) => Some(happened),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => Some(Happened::Stopped),
            };
            let end = match happened {
                Some(Happened::Ended(status)) => {
                    bury();
                    // Output on its way; both pumps gone is the end of it.
                    let _ = self.pumps.recv_timeout(DRAIN);
                    let status = status.ok();
                    self.hear_the_rest(&mut started, &mut why);
                    let why = why.unwrap_or_else(|| natural(started, status));
                    return (why, status);
                }
                Some(Happened::Started) => {
                    started = true;
                    None
                }
                Some(Happened::Trouble(words)) => {
                    self.trouble.get_or_insert(words);
                    Some(Ended::Trouble)
                }
                Some(Happened::OutputLimit) => Some(Ended::Output),
                Some(Happened::Stopped) => Some(Ended::Stopped),
                None => look(bounds),
            };
            let end = end.or_else(|| (began.elapsed() > bounds.wall()).then_some(Ended::Timeout));
            let late = !started && began.elapsed() > SET_UP_LIMIT;
            let end = end.or_else(|| late.then_some(Ended::Trouble));
            if let Some(end) = end
                && why.is_none()
            {
                why = Some(end);
                let _ = rustix::process::pidfd_send_signal(&self.pidfd, Signal::KILL);
                bury();
            }
        }
    }

    /// Words that came with the end. Whether it started is always told: the socket ends with those who hold it.
    fn hear_the_rest(&mut self, started: &mut bool, why: &mut Option<Ended>) {
        loop {
            let known = *started || self.trouble.is_some();
            let happened = if known {
                self.happened.try_recv().ok()
            } else {
                self.happened.recv_timeout(LAST_WORD_LIMIT).ok()
            };
            let Some(happened) = happened else { return };
            match happened {
                Happened::Started => *started = true,
                Happened::OutputLimit => *why = why.or(Some(Ended::Output)),
                Happened::Trouble(words) => drop(self.trouble.get_or_insert(words)),
                _ => {}
            }
        }
    }

    fn last_words(&self) -> String {
        let words = self.words.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&words).into_owned()
    }
}

/// What the cell takes, against what it may.
fn look(bounds: &crate::limits::Bounds) -> Option<Ended> {
    let taken = tasks::of_descendants(bounds.tasks);
    if taken.resident_bytes > bounds.memory_bytes() {
        return Some(Ended::Memory);
    }
    if taken.processor_ms > u64::from(bounds.cpu_seconds) * 1000 {
        return Some(Ended::Timeout);
    }
    (taken.threads > bounds.tasks).then_some(Ended::Tasks)
}

fn natural(started: bool, status: Option<ExitStatus>) -> Ended {
    match (started, status.and_then(|status| status.signal()), status.and_then(|status| status.code())) {
        (false, ..) | (true, None, None) => Ended::Trouble,
        (true, Some(signal), _) if signal == Signal::SYS.as_raw() => Ended::Forbidden,
        (true, Some(signal), _) if signal == Signal::XCPU.as_raw() => Ended::Timeout,
        (true, Some(signal), _) => Ended::Signaled(signal),
        (true, None, Some(code)) => Ended::Exited(code),
    }
}

/// Ends what the program has left behind: it is this process's child now, or will be when its parent is gone.
fn bury() {
    loop {
        let left = tasks::descendants();
        if left.is_empty() {
            return;
        }
        for pid in left.into_iter().filter_map(Pid::from_raw) {
            let _ = rustix::process::kill_process(pid, Signal::KILL);
        }
        // Those that were adopted; the cell's own first process is waited for by its thread.
        while let Ok(Some(_)) = rustix::process::wait(rustix::process::WaitOptions::NOHANG) {}
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn wait(mut child: Child, happens: mpsc::Sender<Happened>) {
    std::thread::spawn(move || {
        let _ = happens.send(Happened::Ended(child.wait()));
    });
}

/// The lab closes this when it is done with the process, and the system does if the lab is gone.
fn watch_stdin(happens: mpsc::Sender<Happened>) {
    std::thread::spawn(move || {
        let mut stdin = std::io::stdin().lock();
        let mut ignored = [0; 64];
        while stdin.read(&mut ignored).is_ok_and(|read| read > 0) {}
        let _ = happens.send(Happened::Stopped);
    });
}

/// Hears the later stages until the program starts. What it writes after that is not read.
fn listen(socket: UnixStream, port: Option<u16>, happens: mpsc::Sender<Happened>) {
    std::thread::spawn(move || {
        let mut words = Vec::new();
        let mut relays = Vec::new();
        while let Some((bytes, handed)) = network::receive(&socket) {
            relays.extend(handed);
            words.extend(bytes.into_iter().filter(|byte| *byte != HANDS_OUT));
            if words.contains(&STARTS) || words.len() > TROUBLE_BYTES {
                break;
            }
        }
        if words.first() == Some(&STARTS) {
            let _ = happens.send(Happened::Started);
        } else {
            let _ = happens.send(Happened::Trouble(String::from_utf8_lossy(&words).into_owned()));
        }
        drop(happens);
        for listener in relays {
            network::relay(listener, port);
        }
        // Held open: its end would be the end of the program's standard input, which it takes for the lab's.
        loop {
            std::thread::park();
            let _ = &socket;
        }
    });
}

fn pump(
    mut from: impl Read,
    mut to: impl Write,
    budget: &AtomicU64,
    happens: &mpsc::Sender<Happened>,
    mut keep: impl FnMut(&[u8]),
) {
    let mut bytes = [0; 16 * 1024];
    loop {
        let read = match from.read(&mut bytes) {
            Ok(0) | Err(_) => return,
            Ok(read) => read,
        };
        let left = budget.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
            left.checked_sub(u64::try_from(read).unwrap_or(u64::MAX))
        });
        if left.is_err() {
            let _ = happens.send(Happened::OutputLimit);
            return;
        }
        keep(&bytes[..read]);
        // Nobody listens any more: it still has its budget, and its pipe must not fill up.
        let _ = to.write_all(&bytes[..read]).and_then(|()| to.flush());
    }
}

fn keep(words: &Mutex<Vec<u8>>, bytes: &[u8]) {
    let mut words = words.lock().unwrap_or_else(PoisonError::into_inner);
    words.extend_from_slice(bytes);
    let excess = words.len().saturating_sub(LAST_WORDS_BYTES);
    words.drain(..excess);
}

fn record(order: &Order, ended: Ended, last_words: String, began: Instant) -> Result<(), CellError> {
    let Some(folder) = &order.spec.records else { return Ok(()) };
    let record = Record {
        test: order.test.clone(),
        role: order.role.clone(),
        ended,
        last_words,
        milliseconds: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
    };
    let name = format!("{}.json", std::process::id());
    let (path, draft) = (folder.join(&name), folder.join(format!("{name}.part")));
    let failed = |source| CellError::File { path: path.display().to_string(), source };
    let document = serde_json::to_vec(&record).map_err(|error| failed(error.into()))?;
    std::fs::write(&draft, document).and_then(|()| std::fs::rename(&draft, &path)).map_err(failed)
}

/// Ends as the program ended, so that who started the cell sees what it would have seen of the program.
fn mirror(ended: Ended, status: Option<ExitStatus>) -> ExitCode {
    match ended {
        Ended::Exited(code) => {
            // This code says that the tools failed, and that is not the program's to say.
            let code = u8::try_from(code).unwrap_or(1);
            return ExitCode::from(if code == EXIT_CODE { 1 } else { code });
        }
        Ended::Signaled(signal) => end_by(signal),
        _ => end_by(status.and_then(|status| status.signal()).unwrap_or(Signal::KILL.as_raw())),
    }
    ExitCode::from(1)
}

/// Ends this process by `signal`, if that is one that ends processes.
pub(super) fn end_by(signal: i32) {
    if let Some(signal) = Signal::from_named_raw(signal) {
        let none = rustix::process::Rlimit { current: Some(0), maximum: Some(0) };
        let _ = rustix::process::setrlimit(rustix::process::Resource::Core, none);
        let _ = rustix::process::kill_process(rustix::process::getpid(), signal);
    }
}
