//! An engine that has answered.

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use serde::Deserialize;

use crate::address::in_container;
use crate::exchange::{Answered, exchange};
use crate::{Address, IMAGE, LABEL};

/// How long the engine may take to answer; one that is there answers in milliseconds.
pub const ANSWER_LIMIT: Duration = Duration::from_millis(1500);
/// How long it may take to ask the registry for the image.
pub const REGISTRY_LIMIT: Duration = Duration::from_secs(10);
/// How long it may take to remove a container.
const REMOVE_LIMIT: Duration = Duration::from_secs(20);

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

impl Trouble {
    /// What was tried and what came of it.
    pub fn detail(&self) -> &str {
        match self {
            Self::Absent(detail) | Self::Refused(detail) | Self::NoPermission(detail) => detail,
        }
    }
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

/// What is of use in the answer to an inspection.
#[derive(Deserialize)]
struct Inspected {
    #[serde(rename = "State")]
    state: State,
    #[serde(rename = "NetworkSettings")]
    settings: Settings,
}

#[derive(Deserialize)]
struct State {
    #[serde(rename = "Running")]
    running: bool,
    #[serde(rename = "Paused", default)]
    paused: bool,
}

#[derive(Deserialize)]
struct Settings {
    #[serde(rename = "Ports", default)]
    ports: BTreeMap<String, Option<Vec<Binding>>>,
    #[serde(rename = "Networks", default)]
    networks: BTreeMap<String, Network>,
}

#[derive(Deserialize)]
struct Binding {
    #[serde(rename = "HostIp", default)]
    ip: String,
    #[serde(rename = "HostPort")]
    port: String,
}

#[derive(Deserialize)]
struct Network {
    #[serde(rename = "Gateway", default)]
    gateway: String,
}

impl Container {
    /// The name that a person knows it by.
    pub fn name(&self) -> &str {
        self.names.first().map_or(&*self.id, |name| name.trim_start_matches('/'))
    }
}

impl Engine {
    /// The engine that `DOCKER_HOST` names, or else the one at the usual place.
    pub fn find() -> Result<Self, Trouble> {
        Self::at(Address::usual())
    }

    /// The engine at `address`, if it answers a ping.
    pub fn at(address: Address) -> Result<Self, Trouble> {
        match exchange(&address, "GET", "/_ping", ANSWER_LIMIT) {
            Ok(answer) if answer.status == 200 => Ok(Self(address)),
            Ok(answer) => Err(Trouble::Refused(format!("{address} answers {}", answer.status))),
            Err(error) => {
                let told = |what: &str| format!("{address}: {what}");
                Err(match error.kind() {
                    io::ErrorKind::NotFound | io::ErrorKind::Unsupported => {
                        Trouble::Absent(told(&error.to_string()))
                    }
                    io::ErrorKind::PermissionDenied => Trouble::NoPermission(told(&error.to_string())),
                    // A socket's time-out has another name on each system.
                    io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => {
                        Trouble::Refused(told(&format!("no answer within {} ms", ANSWER_LIMIT.as_millis())))
                    }
                    _ => Trouble::Refused(told(&error.to_string())),
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

    /// Where `port` of the container called `name` is likely to be reached, if that runs: whoever asks there sees whether it
    /// is. `None` also where it is not so simple: whoever starts the container knows more.
    pub fn endpoint(&self, name: &str, port: u16) -> Option<String> {
        let answer = self.ask("GET", &format!("/containers/{name}/json"), ANSWER_LIMIT).ok()?;
        let inspected: Inspected = serde_json::from_slice(&answer.body).ok()?;
        if !inspected.state.running || inspected.state.paused {
            return None;
        }
        let mut networks = inspected.settings.networks.into_values();
        let host = match self.0.host() {
            Some(host) => host.to_owned(),
            // From another container, what the engine publishes is at the gateway.
            None if in_container() => networks.find(|network| !network.gateway.is_empty())?.gateway,
            None => "127.0.0.1".to_owned(),
        };
        let bindings = inspected.settings.ports.get(&format!("{port}/tcp"))?.as_ref()?;
        let published = bindings.iter().find(|binding| binding.ip.contains(':') == host.contains(':'))?;
        Some(format!("http://{host}:{}", published.port))
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

    fn ask(&self, method: &str, path: &str, limit: Duration) -> io::Result<Answered> {
        exchange(&self.0, method, path, limit)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpListener;

    use super::*;

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

    #[test]
    fn a_container_that_runs_says_where_it_is_reached() {
        let inspected = |state: &str| {
            let document = format!(
                r#"{{"State":{{{state}}},"NetworkSettings":{{
                "Ports":{{"8000/tcp":[{{"HostIp":"::1","HostPort":"1"}},{{"HostIp":"127.0.0.1","HostPort":"49153"}}]}},
                "Networks":{{"bridge":{{"Gateway":"172.17.0.1"}}}}}}}}"#
            );
            let answer: &'static str = format!("HTTP/1.0 200 OK\r\n\r\n{document}").leak();
            Engine(engine(answer)).endpoint("dynamodb-local", 8000)
        };
        let url = "http://127.0.0.1:49153".to_owned();
        assert_eq!(inspected(r#""Running":true,"Paused":false"#), Some(url));
        assert_eq!(inspected(r#""Running":true,"Paused":true"#), None);
        assert_eq!(inspected(r#""Running":false"#), None);
        assert_eq!(Engine(engine("HTTP/1.0 404 Not Found\r\n\r\n{}")).endpoint("none", 8000), None);
    }

    #[test]
    fn an_engine_is_found_at_any_address_of_its_name() {
        let Address::Tcp(address) = engine("HTTP/1.0 200 OK\r\n\r\nOK") else { unreachable!("see above") };
        let port = address.rsplit_once(':').unwrap().1;
        assert!(Engine::at(Address::Tcp(format!("localhost:{port}"))).is_ok());
    }
}
