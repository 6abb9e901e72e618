//! One request to an engine and its answer.

use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use crate::Address;

/// The longest answer that is read, in bytes.
const ANSWER_BYTES: u64 = 4 << 20;

/// What an engine answers.
pub(crate) struct Answered {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

impl Answered {
    /// What the engine says went wrong: the one line of its error document, or the status alone.
    pub(crate) fn message(&self) -> String {
        let document: serde_json::Value = serde_json::from_slice(&self.body).unwrap_or_default();
        match document["message"].as_str().and_then(|message| message.lines().next()) {
            Some(message) => format!("the engine answers {}: {message}", self.status),
            None => format!("the engine answers {}", self.status),
        }
    }
}

/// One request in HTTP/1.0, which the engine answers without chunks and with the connection's end.
pub(crate) fn exchange(address: &Address, method: &str, path: &str, limit: Duration) -> io::Result<Answered> {
    let request = format!("{method} {path} HTTP/1.0\r\nHost: docker\r\n\r\n");
    match address {
        Address::Tcp(address) => {
            let stream = connect(address, limit)?;
            stream.set_read_timeout(Some(limit))?;
            stream.set_write_timeout(Some(limit))?;
            talk(stream, &request)
        }
        Address::Unix(path) => unix(path, &request, limit),
        Address::Pipe(path) => pipe(path, request, limit),
        Address::Other(_) => Err(io::ErrorKind::Unsupported.into()),
    }
}

/// A name such as `localhost` has several addresses, and an engine listens at one.
fn connect(address: &str, limit: Duration) -> io::Result<TcpStream> {
    let mut trouble = io::ErrorKind::NotFound.into();
    for place in address.to_socket_addrs()? {
        match TcpStream::connect_timeout(&place, limit) {
            Ok(stream) => return Ok(stream),
            Err(error) => trouble = error,
        }
    }
    Err(trouble)
}

#[cfg(unix)]
fn unix(path: &str, request: &str, limit: Duration) -> io::Result<Answered> {
    let stream = std::os::unix::net::UnixStream::connect(path)?;
    stream.set_read_timeout(Some(limit))?;
    stream.set_write_timeout(Some(limit))?;
    talk(stream, request)
}

#[cfg(not(unix))]
fn unix(_: &str, _: &str, _: Duration) -> io::Result<Answered> {
    Err(io::ErrorKind::Unsupported.into())
}

/// A pipe is a file, and a file has no time-out: a thread waits, which ends with the process if the engine hangs.
fn pipe(path: &str, request: String, limit: Duration) -> io::Result<Answered> {
    /// `ERROR_PIPE_BUSY`: another client has just come.
    const BUSY: i32 = 231;
    const POLL: Duration = Duration::from_millis(20);
    let started = Instant::now();
    let pipe = loop {
        match std::fs::File::options().read(true).write(true).open(path) {
            Err(error) if error.raw_os_error() == Some(BUSY) && started.elapsed() < limit => {
                std::thread::sleep(POLL);
            }
            opened => break opened?,
        }
    };
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || sender.send(talk(pipe, &request)));
    receiver.recv_timeout(limit).unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

fn talk(mut stream: impl Read + Write, request: &str) -> io::Result<Answered> {
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    stream.take(ANSWER_BYTES).read_to_end(&mut answer)?;
    let broken = || io::Error::new(io::ErrorKind::InvalidData, "the answer is no HTTP");
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").ok_or_else(broken)?;
    let head = String::from_utf8_lossy(&answer[..end]);
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or_else(broken)?;
    Ok(Answered { status, body: answer[end + 4..].to_vec() })
}
