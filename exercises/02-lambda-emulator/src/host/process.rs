//! Environments as processes of this machine.

use std::collections::BTreeMap;
use std::process::{ExitStatus, Stdio};

use futures::future::BoxFuture;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::mpsc;

use super::{Event, Exit, Host, HostError, Process, Start};
use crate::core::limits;

/// Events of one environment that wait to be read.
const EVENTS: usize = 64;
/// What an environment inherits; everything else it is given.
const INHERITED: [&str; 6] = ["PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SystemRoot"];

/// Starts a program for each function.
#[derive(Clone, Debug, Default)]
pub struct ProcessHost {
    commands: BTreeMap<String, Vec<String>>,
}

impl ProcessHost {
    /// A host that knows no function yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a function: a program and its arguments.
    #[must_use]
    pub fn function(
        mut self,
        name: impl Into<String>,
        command: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        self.commands.insert(name.into(), command.into_iter().map(Into::into).collect());
        self
    }
}

impl Host for ProcessHost {
    fn start(&self, start: Start) -> BoxFuture<'_, Result<Process, HostError>> {
        Box::pin(async move {
            let Some((program, arguments)) = self.commands.get(&start.function).and_then(|c| c.split_first())
            else {
                return Err(HostError::Unknown(start.function));
            };
            let inherited = INHERITED.iter().filter_map(|name| Some((*name, std::env::var_os(name)?)));
            let mut command = Command::new(program);
            #[cfg(unix)]
            command.process_group(0);
            let child = command
                .args(arguments)
                .env_clear()
                .envs(inherited)
                .envs(&start.variables)
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .kill_on_drop(true)
                .spawn()
                .map_err(|source| HostError::Start { program: program.clone(), source })?;
            let (sender, events) = mpsc::channel(EVENTS);
            let life = tokio::spawn(watch(child, sender)).abort_handle();
            Ok(Process { events, life })
        })
    }
}

/// What a function has started in turn: it is killed with the function, however that ends.
struct Group(#[cfg_attr(not(unix), expect(dead_code, reason = "there are no process groups"))] Option<u32>);

impl Drop for Group {
    fn drop(&mut self) {
        #[cfg(unix)]
        {
            use rustix::process::{Pid, Signal, kill_process_group};
            let leader = self.0.and_then(|pid| i32::try_from(pid).ok()).and_then(Pid::from_raw);
            // It is no error that nobody is left.
            let _ = leader.map(|leader| kill_process_group(leader, Signal::KILL));
        }
    }
}

/// Reads both outputs to their ends, then tells how the process ended. Dropping this future kills it.
async fn watch(mut child: Child, events: mpsc::Sender<Event>) {
    let _group = Group(child.id());
    let stdout = child.stdout.take().expect("standard output is piped");
    let stderr = child.stderr.take().expect("standard error is piped");
    let exit = {
        let mut reading =
            std::pin::pin!(async { tokio::join!(lines(stdout, &events), lines(stderr, &events)) });
        // A grandchild can hold the pipes open after the end: the end itself is what counts.
        tokio::select! {
            _ = &mut reading => child.wait().await,
            exit = child.wait() => {
                let _ = tokio::time::timeout(limits::LOG_QUIET, &mut reading).await;
                exit
            }
        }
    };
    let _ = events.send(Event::Exited(exit.map_or(Exit::Unknown, ended))).await;
}

async fn lines(output: impl AsyncRead + Unpin, events: &mpsc::Sender<Event>) {
    let mut reader = BufReader::new(output);
    let mut line = Vec::new();
    loop {
        line.clear();
        match read_line(&mut reader, &mut line).await {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
        let text = String::from_utf8_lossy(&line).trim_end_matches(['\n', '\r']).to_owned();
        if events.send(Event::Output(text)).await.is_err() {
            return;
        }
    }
}

/// Reads a line, or as much of one as is kept: a function that floods its output costs time, not memory.
async fn read_line(
    reader: &mut (impl AsyncBufReadExt + Unpin),
    line: &mut Vec<u8>,
) -> std::io::Result<usize> {
    use tokio::io::AsyncReadExt;
    reader.take(limits::LOG_LINE_BYTES as u64).read_until(b'\n', line).await
}

#[cfg(unix)]
fn ended(status: ExitStatus) -> Exit {
    use std::os::unix::process::ExitStatusExt;
    status.code().map(Exit::Code).or(status.signal().map(Exit::Signal)).unwrap_or(Exit::Unknown)
}

#[cfg(not(unix))]
fn ended(status: ExitStatus) -> Exit {
    status.code().map_or(Exit::Unknown, Exit::Code)
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::time::{Duration, Instant};

    use rustix::process::{Pid, test_kill_process};

    use super::*;

    /// Starts a shell that starts a process of its own, and tells that one's id.
    async fn with_grandchild(script: &str) -> (Process, Pid) {
        let host = ProcessHost::new().function("f", ["sh", "-c", script]);
        let start = Start { function: "f".into(), variables: BTreeMap::new() };
        let mut process = host.start(start).await.unwrap();
        let Some(Event::Output(pid)) = process.events.recv().await else { panic!("it says nothing") };
        (process, Pid::from_raw(pid.parse().unwrap()).unwrap())
    }

    async fn ends(pid: Pid) -> bool {
        let begin = Instant::now();
        while begin.elapsed() < Duration::from_secs(5) {
            // Who has ended may wait for its parent to notice; in a container nobody may be there to do so.
            let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero()));
            if test_kill_process(pid).is_err() || stat.is_ok_and(|stat| stat.contains(") Z ")) {
                return true;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        false
    }

    #[tokio::test]
    async fn what_a_function_has_started_is_killed_with_it() {
        let (process, grandchild) = with_grandchild("sleep 60 & echo $!; wait").await;
        assert!(test_kill_process(grandchild).is_ok());
        drop(process);
        assert!(ends(grandchild).await);
    }

    #[tokio::test]
    async fn what_outlives_its_function_is_killed_too() {
        let (mut process, grandchild) = with_grandchild("sleep 60 >/dev/null 2>&1 & echo $!; exit 3").await;
        assert_eq!(process.events.recv().await, Some(Event::Exited(Exit::Code(3))));
        assert!(ends(grandchild).await);
    }
}
