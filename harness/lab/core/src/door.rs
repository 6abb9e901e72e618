//! The one address that a submission's process can reach. Behind it is everything that it may use, told apart by the
//! first request of each connection.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::Infra;

/// A request line that is longer than this is none of ours.
const REQUEST_LINE_BYTES: usize = 8 * 1024;

/// Who has said nothing by then has nothing to say.
const FIRST_WORD_LIMIT: Duration = Duration::from_mins(1);

/// Connections of one process at a time.
const CONNECTIONS: usize = 256;

/// What is behind a door, as `127.0.0.1:1234`.
#[derive(Clone, Debug)]
pub(crate) struct Services {
    /// Of the emulator that has this environment, where there is one.
    pub(crate) runtime_api: Option<String>,
    pub(crate) recorder: String,
    pub(crate) control: String,
    /// A server of the test's own, such as its clock. It speaks anything but HTTP: by that it is told.
    pub(crate) own: Option<String>,
}

/// An open door. Dropping it closes it, and every connection through it.
#[derive(Debug)]
pub(crate) struct Door {
    pub(crate) port: u16,
    keeper: tokio::task::JoinHandle<()>,
}

impl Drop for Door {
    fn drop(&mut self) {
        self.keeper.abort();
    }
}

impl Door {
    /// Opens one on a free port of 127.0.0.1. Call it on the lab's runtime.
    pub(crate) async fn open(services: Services) -> Result<Self, Infra> {
        let listener = TcpListener::bind("127.0.0.1:0").await.map_err(Infra::Port)?;
        let port = listener.local_addr().map_err(Infra::Port)?.port();
        let keeper = tokio::spawn(async move {
            // Aborted with the keeper, as the set is dropped with it.
            let mut connections = tokio::task::JoinSet::new();
            loop {
                while connections.try_join_next().is_some() {}
                let Ok((stream, _)) = listener.accept().await else { continue };
                if connections.len() < CONNECTIONS {
                    connections.spawn(serve(stream, services.clone()));
                }
            }
        });
        Ok(Self { port, keeper })
    }
}

async fn serve(mut inside: TcpStream, services: Services) {
    let _ = inside.set_nodelay(true);
    let Ok(Some((said, target))) = tokio::time::timeout(FIRST_WORD_LIMIT, hear(&mut inside, &services)).await
    else {
        return;
    };
    let Ok(mut outside) = TcpStream::connect(target).await else { return };
    let _ = outside.set_nodelay(true);
    if outside.write_all(&said).await.is_ok() {
        let _ = tokio::io::copy_bidirectional(&mut inside, &mut outside).await;
    }
}

/// Reads as far as the first request's line, and says whom it is for.
async fn hear(inside: &mut TcpStream, services: &Services) -> Option<(Vec<u8>, String)> {
    let mut said = Vec::new();
    loop {
        if let Some(end) = said.iter().position(|byte| *byte == b'\n') {
            let line = std::str::from_utf8(&said[..end]).ok()?;
            let target = whom(line, services)?.to_owned();
            return Some((said, target));
        }
        if said.len() > REQUEST_LINE_BYTES || inside.read_buf(&mut said).await.ok()? == 0 {
            return None;
        }
    }
}

fn whom<'a>(line: &str, services: &'a Services) -> Option<&'a str> {
    let mut words = line.split(' ');
    let method = words.next()?;
    let (Some(path), Some(_version)) = (words.next(), words.next().filter(|word| word.starts_with("HTTP/")))
    else {
        return services.own.as_deref();
    };
    if path.starts_with("/2018-06-01/") || path.starts_with("/2020-01-01/") {
        services.runtime_api.as_deref()
    } else if method == "POST" && path == "/" {
        Some(&services.recorder)
    } else {
        Some(&services.control)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_is_told_by_its_first_request() {
        let services = Services {
            runtime_api: Some("runtime".into()),
            recorder: "recorder".into(),
            control: "control".into(),
            own: Some("own".into()),
        };
        let lines = [
            ("GET /2018-06-01/runtime/invocation/next HTTP/1.1\r", Some("runtime")),
            ("POST / HTTP/1.1\r", Some("recorder")),
            ("GET /clock HTTP/1.1\r", Some("control")),
            ("GET / HTTP/1.1\r", Some("control")),
            ("now", Some("own")),
            ("pass 250", Some("own")),
        ];
        for (line, target) in lines {
            assert_eq!(whom(line, &services), target, "{line}");
        }
        let without = Services { runtime_api: None, own: None, ..services };
        assert_eq!(whom("now", &without), None);
        assert_eq!(whom("GET /2018-06-01/runtime/invocation/next HTTP/1.1\r", &without), None);
    }
}
