//! Runs a program in a process group of its own, line by line, and ends the whole group when asked to.
//!
//! Cargo starts test binaries, and those start function processes: ending cargo alone would leave them.

use std::io::{self, BufRead, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How often a run looks whether it was cancelled or its time is up.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// How long a process may clean up after the interrupt, before it is killed.
const GRACE: Duration = Duration::from_millis(1500);
/// How long output may still come from a process that has ended: the pipe may be held by one that left the group.
const LAST_WORDS: Duration = Duration::from_millis(500);
/// The longest line that is handed on, in bytes; the rest of a longer one is dropped.
const LINE_LIMIT: usize = 1 << 20;
/// Lines that may wait between the reading threads and the run.
const LINES_WAITING: usize = 1024;

/// A line of a process's output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// Of its standard output.
    Out(String),
    /// Of its standard error. A line that ends in a carriage return (progress) is a line too.
    Err(String),
}

/// How a process ended.
#[derive(Debug)]
pub enum End {
    /// By itself.
    Exited(ExitStatus),
    /// [`Cancel::cancel`] ended it.
    Cancelled,
    /// Its time was up.
    TimedOut,
}

/// Ends runs from another thread. Cancelling is final: a later run with the same handle does not start.
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<Mutex<Cancelled>>);

#[derive(Debug, Default)]
struct Cancelled {
    cancelled: bool,
    groups: Vec<u32>,
}

impl Cancel {
    /// Ends every run that has this handle, now or as soon as it starts.
    pub fn cancel(&self) {
        let mut state = self.lock();
        state.cancelled = true;
        for &group in &state.groups {
            signal(group, Signal::Interrupt);
        }
    }

    /// Whether somebody cancelled.
    pub fn is_cancelled(&self) -> bool {
        self.lock().cancelled
    }

    fn begin(&self, group: u32) {
        self.lock().groups.push(group);
    }

    fn end(&self, group: u32) {
        self.lock().groups.retain(|&known| known != group);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Cancelled> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs `command` and hands each line to `on_line`, until it ends, is cancelled, or `limit` is over.
pub fn run(
    command: &mut Command,
    cancel: &Cancel,
    limit: Option<Duration>,
    on_line: impl FnMut(Line),
) -> io::Result<End> {
    let started = Instant::now();
    run_until(command, cancel, || limit.is_some_and(|limit| started.elapsed() > limit), on_line)
}

/// The same until `is_over` says so, which is asked again and again.
pub fn run_until(
    command: &mut Command,
    cancel: &Cancel,
    is_over: impl Fn() -> bool,
    mut on_line: impl FnMut(Line),
) -> io::Result<End> {
    if cancel.is_cancelled() {
        return Ok(End::Cancelled);
    }
    let mut child = spawn(command)?;
    cancel.begin(child.id());
    let (sender, lines) = mpsc::sync_channel(LINES_WAITING);
    read_lines(child.stdout.take().expect("it is piped"), sender.clone(), Line::Out);
    read_lines(child.stderr.take().expect("it is piped"), sender, Line::Err);
    let end = attend(&mut child, cancel, &is_over, &lines, &mut on_line);
    cancel.end(child.id());
    end
}

fn spawn(command: &mut Command) -> io::Result<Child> {
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(command, 0);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()
}

/// Hands lines on until the process has ended, ending it where it must.
fn attend(
    child: &mut Child,
    cancel: &Cancel,
    is_over: &impl Fn() -> bool,
    lines: &mpsc::Receiver<Line>,
    on_line: &mut impl FnMut(Line),
) -> io::Result<End> {
    let mut kill_at: Option<Instant> = None;
    let mut timed_out = false;
    let mut exited: Option<(ExitStatus, Instant)> = None;
    let mut open = true;
    loop {
        if open {
            match lines.recv_timeout(LOOK_EVERY) {
                Ok(line) => on_line(line),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => open = false,
            }
        } else {
            std::thread::sleep(Duration::from_millis(2));
        }
        if exited.is_none() {
            exited = child.try_wait()?.map(|status| (status, Instant::now()));
        }
        if let Some((status, at)) = exited
            && (!open || at.elapsed() > LAST_WORDS)
        {
            if kill_at.is_some() {
                // The leader is gone; whoever is left in its group is not heard again.
                signal(child.id(), Signal::Kill);
            }
            return Ok(match (timed_out, cancel.is_cancelled()) {
                (true, _) => End::TimedOut,
                (false, true) => End::Cancelled,
                (false, false) => End::Exited(status),
            });
        }
        if kill_at.is_none() {
            timed_out = is_over();
            if timed_out {
                signal(child.id(), Signal::Interrupt);
            }
            if timed_out || cancel.is_cancelled() {
                kill_at = Some(Instant::now() + GRACE);
            }
        }
        if exited.is_none() && kill_at.is_some_and(|at| Instant::now() > at) {
            signal(child.id(), Signal::Kill);
            let _ = child.kill();
        }
    }
}

fn read_lines(stream: impl Read + Send + 'static, lines: mpsc::SyncSender<Line>, of: fn(String) -> Line) {
    std::thread::spawn(move || {
        let mut stream = BufReader::new(stream);
        let mut line = Vec::new();
        while let Ok(chunk) = stream.fill_buf() {
            if chunk.is_empty() {
                break;
            }
            let end = chunk.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
            let part = &chunk[..end.unwrap_or(chunk.len())];
            line.extend_from_slice(&part[..part.len().min(LINE_LIMIT.saturating_sub(line.len()))]);
            let used = end.map_or(chunk.len(), |end| end + 1);
            stream.consume(used);
            if end.is_some()
                && lines.send(of(String::from_utf8_lossy(&std::mem::take(&mut line)).into_owned())).is_err()
            {
                return;
            }
        }
        if !line.is_empty() {
            let _ = lines.send(of(String::from_utf8_lossy(&line).into_owned()));
        }
    });
}

#[derive(Clone, Copy)]
enum Signal {
    Interrupt,
    Kill,
}

/// Signals every process of the group. One that is gone is no error.
#[cfg(unix)]
fn signal(group: u32, signal: Signal) {
    use rustix::process::{Pid, Signal as Name, kill_process_group};
    let name = match signal {
        Signal::Interrupt => Name::INT,
        Signal::Kill => Name::KILL,
    };
    if let Some(group) = i32::try_from(group).ok().and_then(Pid::from_raw) {
        let _ = kill_process_group(group, name);
    }
}

/// Elsewhere a process's descendants are found by the system's own tool.
#[cfg(not(unix))]
fn signal(group: u32, _: Signal) {
    let _ = Command::new("taskkill").args(["/T", "/F", "/PID", &group.to_string()]).output();
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    fn alive(pid: &str) -> bool {
        Command::new("kill").args(["-0", pid]).stderr(Stdio::null()).status().unwrap().success()
    }

    fn gone_within(pid: &str, limit: Duration) -> bool {
        let start = Instant::now();
        while start.elapsed() < limit {
            if !alive(pid) {
                return true;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        false
    }

    #[test]
    fn both_streams_arrive_and_a_carriage_return_ends_a_line() {
        let mut lines = Vec::new();
        let end = run(
            &mut shell("printf 'a\\nb'; printf '1\\r2\\n' >&2; exit 3"),
            &Cancel::default(),
            None,
            |line| {
                lines.push(line);
            },
        );
        assert!(matches!(end.unwrap(), End::Exited(status) if status.code() == Some(3)));
        lines.sort_by_key(|line| format!("{line:?}"));
        assert_eq!(
            lines,
            [Line::Err("1".into()), Line::Err("2".into()), Line::Out("a".into()), Line::Out("b".into())]
        );
    }

    #[test]
    fn cancelling_ends_the_grandchildren_too() {
        let cancel = Cancel::default();
        let mut grandchild = String::new();
        let end = run(&mut shell("sleep 600 & echo $!; wait"), &cancel.clone(), None, |line| {
            if let Line::Out(pid) = line {
                grandchild = pid;
                cancel.cancel();
            }
        });
        assert!(matches!(end.unwrap(), End::Cancelled));
        assert!(gone_within(&grandchild, Duration::from_secs(5)), "process {grandchild} is still there");
    }

    #[test]
    fn one_that_ignores_the_interrupt_is_killed() {
        let cancel = Cancel::default();
        let end = run(
            &mut shell("trap '' INT; echo ready; while :; do sleep 0.1; done"),
            &cancel.clone(),
            None,
            |_| {
                cancel.cancel();
            },
        );
        assert!(matches!(end.unwrap(), End::Cancelled));
    }

    #[test]
    fn a_limit_ends_it() {
        let end = run(&mut shell("sleep 600"), &Cancel::default(), Some(Duration::from_millis(50)), |_| {});
        assert!(matches!(end.unwrap(), End::TimedOut));
    }

    #[test]
    fn a_cancelled_handle_starts_nothing() {
        let cancel = Cancel::default();
        cancel.cancel();
        let end = run(&mut shell("echo no"), &cancel, None, |_| panic!("it ran"));
        assert!(matches!(end.unwrap(), End::Cancelled));
    }

    #[test]
    fn a_process_that_floods_a_line_does_not_fill_the_memory() {
        let mut longest = 0;
        let end =
            run(&mut shell("head -c 5000000 /dev/zero | tr '\\0' x"), &Cancel::default(), None, |line| {
                let (Line::Out(line) | Line::Err(line)) = line;
                longest = longest.max(line.len());
            });
        assert!(matches!(end.unwrap(), End::Exited(_)));
        assert_eq!(longest, LINE_LIMIT);
    }
}
