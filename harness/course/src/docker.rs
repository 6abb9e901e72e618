//! What there is of a Docker engine, and what runs left in it. The engine is asked over its own socket: the client
//! program need not be there, and an engine that hangs costs a second and a half.

use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::path::Path;
use std::time::Duration;

use serde::Deserialize;

/// How long the engine may take to answer; the lab gives it the same.
const ANSWER_LIMIT: Duration = Duration::from_millis(1500);
/// How long it may take to ask the registry for the image.
pub const REGISTRY_LIMIT: Duration = Duration::from_secs(10);
/// How long it may take to remove a container.
const REMOVE_LIMIT: Duration = Duration::from_secs(20);
/// The longest answer that is read, in bytes.
const ANSWER_BYTES: u64 = 4 << 20;
/// The image that the lab starts.
pub const IMAGE: &str = "amazon/dynamodb-local:3.3.1";
/// The label of every container that the lab starts.
pub const LABEL: &str = "serverless-from-scratch";

/// Where the engine listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// A socket in the file system.
    Unix(String),
    /// `host:port`.
    Tcp(String),
    /// A form that this program does not speak.
    Other(String),
}

/// Why an engine can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// There is no socket.
    #[error("there is no Docker engine: {0}")]
    Absent(String),
    /// Nobody answers at the socket, or not in time.
    #[error("the Docker engine does not answer: {0}")]
    Refused(String),
    /// The socket is another user's.
    #[error("Docker's socket may not be used: {0}")]
    NoPermission(String),
}

/// An engine that has answered.
#[derive(Clone, Debug)]
pub struct Engine(Address);

/// A container that the lab has started.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Container {
    /// Its id.
    #[serde(rename = "Id")]
    pub id: String,
    /// Its names, each with a slash in front.
    #[serde(rename = "Names", default)]
    pub names: Vec<String>,
    /// `running`, `exited`.
    #[serde(rename = "State", default)]
    pub state: String,
}

impl Container {
    /// The name that a person knows it by.
    pub fn name(&self) -> &str {
        self.names.first().map_or(&*self.id, |name| name.trim_start_matches('/'))
    }
}

impl Engine {
    /// The engine that `DOCKER_HOST` names, or else the one at the usual places.
    pub fn find() -> Result<Self, Trouble> {
        let mut trouble = None;
        for address in addresses() {
            match Self::at(address) {
                Ok(engine) => return Ok(engine),
                // The most telling one is kept: a socket that refuses tells more than one that is not there.
                Err(new) if trouble.is_none() || !matches!(new, Trouble::Absent(_)) => trouble = Some(new),
                Err(_) => {}
            }
        }
        Err(trouble.expect("there is at least one usual place"))
    }

    /// The engine at `address`, if it answers a ping.
    pub fn at(address: Address) -> Result<Self, Trouble> {
        match exchange(&address, "GET", "/_ping", ANSWER_LIMIT) {
            Ok(answer) if answer.status == 200 => Ok(Self(address)),
            Ok(answer) => Err(Trouble::Refused(format!("{address} answers {}", answer.status))),
            Err(error) => {
                let told = format!("{address}: {error}");
                Err(match error.kind() {
                    io::ErrorKind::NotFound | io::ErrorKind::Unsupported => Trouble::Absent(told),
                    io::ErrorKind::PermissionDenied => Trouble::NoPermission(told),
                    _ => Trouble::Refused(told),
                })
            }
        }
    }

    /// Whether the engine has [`IMAGE`].
    pub fn has_image(&self) -> bool {
        self.ask("GET", &format!("/images/{IMAGE}/json"), ANSWER_LIMIT)
            .is_ok_and(|answer| answer.status == 200)
    }

    /// Whether the engine could pull [`IMAGE`]: it asks the registry, and fetches nothing. In words why not, if not.
    pub fn can_pull_image(&self) -> Result<(), String> {
        match self.ask("GET", &format!("/distribution/{IMAGE}/json"), REGISTRY_LIMIT) {
            Ok(answer) if answer.status == 200 => Ok(()),
            Ok(answer) => Err(answer.message()),
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {
                Err(format!("its registry did not answer within {} s", REGISTRY_LIMIT.as_secs()))
            }
            Err(error) => Err(error.to_string()),
        }
    }

    /// The containers that carry [`LABEL`], also those that have ended.
    pub fn containers(&self) -> io::Result<Vec<Container>> {
        let filters = format!("%7B%22label%22%3A%5B%22{LABEL}%22%5D%7D");
        let answer = self.ask("GET", &format!("/containers/json?all=1&filters={filters}"), ANSWER_LIMIT)?;
        serde_json::from_slice(&answer.body).map_err(io::Error::other)
    }

    /// Ends and removes a container, with its volumes. One that is gone is no error.
    pub fn remove(&self, container: &Container) -> io::Result<()> {
        let answer =
            self.ask("DELETE", &format!("/containers/{}?force=1&v=1", container.id), REMOVE_LIMIT)?;
        match answer.status {
            200..=299 | 404 => Ok(()),
            status => Err(io::Error::other(format!(
                "the engine answers {status}: {}",
                String::from_utf8_lossy(&answer.body).trim()
            ))),
        }
    }

    fn ask(&self, method: &str, path: &str, limit: Duration) -> io::Result<Answer> {
        exchange(&self.0, method, path, limit)
    }
}

impl std::fmt::Display for Address {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unix(path) => formatter.write_str(path),
            Self::Tcp(address) => formatter.write_str(address),
            Self::Other(text) => write!(formatter, "{text} (not a form that is spoken here)"),
        }
    }
}

/// Reads a `DOCKER_HOST`.
fn address(text: &str) -> Address {
    if let Some(path) = text.strip_prefix("unix://") {
        Address::Unix(path.into())
    } else if let Some(address) = text.strip_prefix("tcp://").or_else(|| text.strip_prefix("http://")) {
        Address::Tcp(address.trim_end_matches('/').into())
    } else {
        Address::Other(text.into())
    }
}

/// Where an engine is looked for, as testcontainers does it for the lab: the first of these that is there, else the
/// system's.
fn socket(runtime: Option<&str>, home: Option<&str>, is_there: impl Fn(&str) -> bool) -> String {
    const OF_SYSTEM: &str = "/var/run/docker.sock";
    let of = |folder: Option<&str>, rest: &str| {
        folder.map(|folder| format!("{folder}/.docker/{rest}/docker.sock"))
    };
    let places = [Some(OF_SYSTEM.to_owned()), of(runtime, "run"), of(home, "run"), of(home, "desktop")];
    places.into_iter().flatten().find(|path| is_there(path)).unwrap_or_else(|| OF_SYSTEM.to_owned())
}

fn addresses() -> Vec<Address> {
    let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    if let Some(host) = set("DOCKER_HOST") {
        return vec![address(&host)];
    }
    let (runtime, home) = (set("XDG_RUNTIME_DIR"), set("HOME"));
    vec![Address::Unix(socket(runtime.as_deref(), home.as_deref(), |path| Path::new(path).exists()))]
}

struct Answer {
    status: u16,
    body: Vec<u8>,
}

impl Answer {
    /// What the engine says went wrong: the one line of its error document, or the status alone.
    fn message(&self) -> String {
        let document: serde_json::Value = serde_json::from_slice(&self.body).unwrap_or_default();
        match document["message"].as_str().and_then(|message| message.lines().next()) {
            Some(message) => format!("the engine answers {}: {message}", self.status),
            None => format!("the engine answers {}", self.status),
        }
    }
}

/// One request in HTTP/1.0, which the engine answers without chunks and with the connection's end.
fn exchange(address: &Address, method: &str, path: &str, limit: Duration) -> io::Result<Answer> {
    let request = format!("{method} {path} HTTP/1.0\r\nHost: docker\r\n\r\n");
    match address {
        Address::Tcp(address) => {
            let place = address.to_socket_addrs()?.next().ok_or(io::ErrorKind::NotFound)?;
            let stream = TcpStream::connect_timeout(&place, limit)?;
            stream.set_read_timeout(Some(limit))?;
            stream.set_write_timeout(Some(limit))?;
            talk(stream, &request)
        }
        Address::Unix(path) => unix(path, &request, limit),
        Address::Other(_) => Err(io::ErrorKind::Unsupported.into()),
    }
}

#[cfg(unix)]
fn unix(path: &str, request: &str, limit: Duration) -> io::Result<Answer> {
    let stream = std::os::unix::net::UnixStream::connect(path)?;
    stream.set_read_timeout(Some(limit))?;
    stream.set_write_timeout(Some(limit))?;
    talk(stream, request)
}

#[cfg(not(unix))]
fn unix(_: &str, _: &str, _: Duration) -> io::Result<Answer> {
    Err(io::ErrorKind::Unsupported.into())
}

fn talk(mut stream: impl Read + Write, request: &str) -> io::Result<Answer> {
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    stream.take(ANSWER_BYTES).read_to_end(&mut answer)?;
    let broken = || io::Error::new(io::ErrorKind::InvalidData, "the answer is no HTTP");
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").ok_or_else(broken)?;
    let head = String::from_utf8_lossy(&answer[..end]);
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or_else(broken)?;
    Ok(Answer { status, body: answer[end + 4..].to_vec() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[test]
    fn an_engine_is_looked_for_where_the_lab_looks() {
        let found = |there: &[&str]| socket(Some("/run/me"), Some("/me"), |path| there.contains(&path));
        let (own, desktop) = ("/me/.docker/run/docker.sock", "/me/.docker/desktop/docker.sock");
        assert_eq!(found(&[own, "/var/run/docker.sock"]), "/var/run/docker.sock");
        assert_eq!(found(&[desktop, own]), own);
        assert_eq!(found(&[desktop]), desktop);
        assert_eq!(found(&["/run/me/.docker/run/docker.sock", own]), "/run/me/.docker/run/docker.sock");
        assert_eq!(found(&[]), "/var/run/docker.sock");
        assert_eq!(socket(None, None, |_| true), "/var/run/docker.sock");
    }

    /// An engine that answers every request with `answer`, and its address.
    fn engine(answer: &'static str) -> Address {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut request = [0; 1024];
                let _ = stream.read(&mut request);
                let _ = stream.write_all(answer.as_bytes());
            }
        });
        Address::Tcp(address)
    }

    #[test]
    fn an_address_is_read_as_docker_reads_it() {
        assert_eq!(address("unix:///run/d.sock"), Address::Unix("/run/d.sock".into()));
        assert_eq!(address("tcp://127.0.0.1:2375"), Address::Tcp("127.0.0.1:2375".into()));
        assert_eq!(address("ssh://elsewhere"), Address::Other("ssh://elsewhere".into()));
    }

    #[test]
    fn a_port_without_an_engine_refuses() {
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        assert!(matches!(Engine::at(Address::Tcp(free.to_string())), Err(Trouble::Refused(_))));
    }

    #[test]
    fn a_socket_that_is_not_there_is_no_engine() {
        assert!(matches!(Engine::at(Address::Unix("/no/such.sock".into())), Err(Trouble::Absent(_))));
    }

    #[test]
    fn an_engine_that_hangs_refuses_in_time() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let started = std::time::Instant::now();
        let found = Engine::at(Address::Tcp(listener.local_addr().unwrap().to_string()));
        assert!(matches!(found, Err(Trouble::Refused(_))));
        assert!(started.elapsed() < ANSWER_LIMIT * 3, "it waited {:?}", started.elapsed());
    }

    #[test]
    fn containers_are_listed_by_name() {
        let address = engine(
            "HTTP/1.0 200 OK\r\n\r\n[{\"Id\":\"abc\",\"Names\":[\"/dynamodb-local\"],\"State\":\"running\",\"More\":1}]",
        );
        let engine = Engine::at(address).unwrap();
        let containers = engine.containers().unwrap();
        assert_eq!(containers[0].name(), "dynamodb-local");
        engine.remove(&containers[0]).unwrap();
    }

    #[test]
    fn an_engine_without_the_image_says_so() {
        let address = engine("HTTP/1.0 404 Not Found\r\n\r\n{\"message\":\"No such image\"}");
        assert!(!Engine(address.clone()).has_image());
        let told = Engine(address.clone()).can_pull_image();
        assert_eq!(told, Err("the engine answers 404: No such image".to_owned()));
        assert!(matches!(Engine::at(address), Err(Trouble::Refused(_))));
    }
}
