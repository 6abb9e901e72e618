//! The program under test, where it is another than this binary: a submission, under the grader.
//!
//! Then this binary is the driver. It holds no line of the submission, runs outside of every sandbox, and starts each
//! role that is not given in a cell of its own, with one address to reach: a door of the lab.

use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use serde::Deserialize;
use tokio::process::{Child, Command};

use crate::door::{Door, Services};
use crate::role::Entry;
use crate::{Infra, backend, inside, role};

/// The variable that names the document.
pub(crate) const VARIABLE: &str = "LAB_SUBJECT";

/// Where a function asks for its invocations.
pub(crate) const RUNTIME_API: &str = "AWS_LAMBDA_RUNTIME_API";

/// How the submission's test binary runs a role; it is no solution's, whose modules are one deeper.
const ARGUMENTS: [&str; 4] = ["process", "--exact", "--ignored", "--nocapture"];

/// The document.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Subject {
    /// The submission's test binary.
    program: PathBuf,
    /// The command that makes a cell, without what this lab adds to it.
    cell: Vec<String>,
    /// Roles that are no part of the submission.
    #[serde(default)]
    given: Vec<String>,
    /// The submission is a library that the tests call.
    #[serde(default)]
    pub(crate) is_called: bool,
}

impl Subject {
    /// The subject of this process, if it has one.
    pub(crate) fn of_process() -> Result<Option<&'static Self>, Infra> {
        static SUBJECT: OnceLock<Option<Subject>> = OnceLock::new();
        if let Some(known) = SUBJECT.get() {
            return Ok(known.as_ref());
        }
        let Some(path) = std::env::var_os(VARIABLE) else { return Ok(SUBJECT.get_or_init(|| None).as_ref()) };
        let path = PathBuf::from(path);
        let failed = |source| Infra::File { path: path.display().to_string(), source };
        let text = std::fs::read(&path).map_err(failed)?;
        let subject = serde_json::from_slice(&text).map_err(|error| failed(error.into()))?;
        // With the grader, also where that is killed; and with this process its cells.
        let known = SUBJECT.get_or_init(|| {
            role::end_with_parent();
            Some(subject)
        });
        Ok(known.as_ref())
    }
}

/// The next process's identity.
static STARTED: AtomicU64 = AtomicU64::new(1);

/// The guard of a cell, once it runs: its process identifier.
pub(crate) type Guard = Arc<OnceLock<u32>>;

/// What a process has to do with others.
#[derive(Debug, Default)]
pub(crate) struct Ties {
    /// A server's: it inherits where it listens, and asks the lab through a control server of its own.
    pub(crate) serves: Option<Serves>,
    /// The server in a cell that asked for this process, and whose Runtime API it uses.
    pub(crate) asked_by: Option<Guard>,
    /// `127.0.0.1:1234` of who lets it make the calls of a test.
    pub(crate) calls: Option<String>,
}

impl Ties {
    /// The process's own control server, where it has one.
    fn control(&self) -> Option<&str> {
        self.serves.as_ref().map(|serves| serves.control.as_str()).or(self.calls.as_deref())
    }
}

/// What a server in a cell is given.
#[derive(Debug)]
pub(crate) struct Serves {
    pub(crate) listener: TcpListener,
    /// `127.0.0.1:1234` of its control server.
    pub(crate) control: String,
    pub(crate) guard: Guard,
}

/// How a lab starts its subject.
#[derive(Clone, Debug)]
pub(crate) struct Guarded {
    pub(crate) subject: &'static Subject,
    /// How this binary, the driver, runs a role that is given.
    pub(crate) entry: Entry,
    /// The test that the lab is of.
    pub(crate) test: String,
    /// `127.0.0.1:1234` of the lab's recorder.
    pub(crate) recorder: String,
    /// The lab's control server, as far as a subject may use it.
    pub(crate) control: String,
    /// The same with nothing left out, as a test may hand it to a function: to ask for the time, say.
    pub(crate) whole_control: String,
}

impl Guarded {
    /// Whether `role` is played in a cell: all are, but the one that only lists the others.
    pub(crate) fn guards(role: &str) -> bool {
        role != role::LIST
    }

    fn is_given(&self, role: &str) -> bool {
        self.subject.given.iter().any(|given| given == role)
    }

    /// The server of the test's own that `variables` name, where they name one.
    fn own(&self, variables: &BTreeMap<String, String>) -> Option<String> {
        let labs = [&self.whole_control, &self.control, &self.recorder];
        let named = variables.iter().filter(|(name, _)| *name != RUNTIME_API).map(|(_, value)| value);
        named.filter(|value| !labs.contains(value)).find(|value| is_local(value)).cloned()
    }

    /// A test hands addresses of its lab to what it starts; in a cell they are the door's.
    fn through_door(&self, value: &str, door: &str) -> String {
        if is_local(value) {
            return door.to_owned();
        }
        [&self.whole_control, &self.control, &self.recorder]
            .into_iter()
            .fold(value.to_owned(), |value, address| value.replace(address.as_str(), door))
    }

    /// The command that runs `role` in a cell, and the door that is all it can reach. Call it on the lab's runtime.
    pub(crate) async fn command(
        &self,
        role: &str,
        variables: &BTreeMap<String, String>,
        ties: &Ties,
    ) -> Result<(Command, Door), Infra> {
        let door = Door::open(Services {
            // A submission may say any address. What it asked for reaches that by itself, in the cell's own network.
            runtime_api: variables.get(RUNTIME_API).filter(|_| ties.asked_by.is_none()).cloned(),
            // A test may have put something between its function and the recorder.
            recorder: database(variables)
                .filter(|_| ties.asked_by.is_none())
                .unwrap_or_else(|| self.recorder.clone()),
            control: ties.control().unwrap_or(&self.control).to_owned(),
            // Nor does it say where the door leads.
            own: self.own(variables).filter(|_| ties.asked_by.is_none()),
        })
        .await?;
        let [cell, front @ ..] = self.subject.cell.as_slice() else {
            return Err(Infra::Setting {
                variable: VARIABLE,
                value: String::new(),
                expected: "the command that makes a cell",
            });
        };
        let mut command = Command::new(cell);
        command.args(front).env_clear();
        let address = format!("127.0.0.1:{}", door.port);
        let mut inner = variables.clone();
        if let Some(guard) = &ties.asked_by {
            let port = variables.get(RUNTIME_API).and_then(|address| address.parse::<SocketAddr>().ok());
            if let Some(port) =
                port.filter(|address| address.ip().is_loopback()).map(|address| address.port())
            {
                command.args(["--reach", &port.to_string()]);
            }
            if let Some(guard) = guard.get() {
                command.args(["--join", &guard.to_string()]);
            }
        } else {
            for value in inner.values_mut() {
                *value = self.through_door(value, &address);
            }
        }
        inner.insert(inside::IDENTITY.into(), STARTED.fetch_add(1, Ordering::Relaxed).to_string());
        inner.insert(inside::CONTROL.into(), format!("http://{address}"));
        inner.insert(inside::DYNAMODB.into(), format!("http://{address}"));
        inner.insert("AWS_REGION".into(), backend::REGION.into());
        inner.insert("AWS_ACCESS_KEY_ID".into(), backend::KEY.into());
        inner.insert("AWS_SECRET_ACCESS_KEY".into(), backend::KEY.into());
        inner.insert(role::PROCESS.into(), role.into());
        // As arguments, not as this command's own environment: the cell's guard must not take a submission's variables.
        for (name, value) in inner {
            command.arg("--env").arg(format!("{name}={value}"));
        }
        if ties.serves.is_some() {
            command.arg("--listen");
        }
        command.args(["--port", &door.port.to_string(), "--test", &self.test, "--role", role, "--"]);
        if self.is_given(role) {
            command.arg(this_binary()?).args(self.entry.arguments());
        } else if role == role::CALLS {
            command.arg(&self.subject.program).args([&self.test, "--exact", "--nocapture"]);
        } else {
            command.arg(&self.subject.program).args(ARGUMENTS);
        }
        if let Some(serves) = &ties.serves {
            tell_of(&mut command, &serves.listener);
        }
        Ok((command, door))
    }
}

/// Where `variables` send what is for DynamoDB, where they say it.
fn database(variables: &BTreeMap<String, String>) -> Option<String> {
    let address = variables.get(inside::DYNAMODB)?.strip_prefix("http://")?.trim_end_matches('/');
    is_local(address).then(|| address.to_owned())
}

/// Whether `value` is an address of this machine, such as `127.0.0.1:4000`.
fn is_local(value: &str) -> bool {
    value.parse().is_ok_and(|address: SocketAddr| address.ip().is_loopback())
}

/// This binary's file.
pub(crate) fn this_binary() -> Result<PathBuf, Infra> {
    std::env::current_exe()
        .map_err(|source| Infra::Spawn { program: "this test's own binary".into(), source })
}

/// Starts the command, whose process inherits where it listens, if it serves. No other process does: it would keep the
/// port open when the server is gone.
pub(crate) fn spawn(command: &mut Command, ties: &Ties) -> std::io::Result<Child> {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _one = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(serves) = &ties.serves else { return command.spawn() };
    inherited(&serves.listener, true)?;
    let child = command.spawn();
    inherited(&serves.listener, false)?;
    child
}

/// Says to the command's process what it inherits, as systemd does.
#[cfg(unix)]
fn tell_of(command: &mut Command, listener: &TcpListener) {
    let descriptor = std::os::fd::AsRawFd::as_raw_fd(listener).to_string();
    command.env("LISTEN_FDS", "1").env("LISTEN_FDS_FIRST_FD", descriptor);
}

#[cfg(unix)]
fn inherited(listener: &TcpListener, is: bool) -> std::io::Result<()> {
    use rustix::io::FdFlags;
    let flags = if is { FdFlags::empty() } else { FdFlags::CLOEXEC };
    Ok(rustix::io::fcntl_setfd(listener, flags)?)
}

#[cfg(not(unix))]
fn tell_of(_: &mut Command, _: &TcpListener) {}

#[cfg(not(unix))]
fn inherited(_: &TcpListener, _: bool) -> std::io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_door_leads_where_a_test_says_and_never_off_this_machine() {
        let of = |value: &str| database(&[(inside::DYNAMODB.to_owned(), value.to_owned())].into());
        assert_eq!(of("http://127.0.0.1:4000").as_deref(), Some("127.0.0.1:4000"));
        assert_eq!(of("http://127.0.0.1:4000/").as_deref(), Some("127.0.0.1:4000"));
        for elsewhere in
            ["http://192.0.2.1:80", "http://example.org:80", "https://127.0.0.1:4000", "127.0.0.1", ""]
        {
            assert_eq!(of(elsewhere), None, "{elsewhere}");
        }
        assert_eq!(database(&BTreeMap::new()), None);
    }
}
