//! Which port: the one that was asked for, or the next free one.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, TcpListener};

use crate::failure::Failure;

/// The port, where none was asked for.
pub const DEFAULT_PORT: u16 = 3000;
/// Ports that are tried after the default one.
const TRIED: u16 = 50;

/// Listens on `wanted` or fails; without it on the default port or the next free one.
pub fn listen(wanted: Option<u16>) -> Result<TcpListener, Failure> {
    if let Some(port) = wanted {
        return bind(port).map_err(|error| refused(port, &error));
    }
    let mut last = None;
    for port in DEFAULT_PORT..DEFAULT_PORT + TRIED {
        match bind(port) {
            Ok(listener) => return Ok(listener),
            Err(error) if error.kind() == ErrorKind::AddrInUse => last = Some(error),
            Err(error) => return Err(refused(port, &error)),
        }
    }
    let last = last.expect("a port was tried");
    let message =
        format!("the ports from {DEFAULT_PORT} to {} are all taken ({last})", DEFAULT_PORT + TRIED - 1);
    Err(Failure::PortTaken { message })
}

fn bind(port: u16) -> std::io::Result<TcpListener> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

fn refused(port: u16, error: &std::io::Error) -> Failure {
    let message = if error.kind() == ErrorKind::AddrInUse {
        format!("port {port} is taken")
    } else {
        format!("port {port} can't be listened on: {error}")
    };
    Failure::PortTaken { message }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_that_was_asked_for_is_an_error_and_otherwise_the_next_one_is_taken() {
        let first = listen(None).unwrap();
        let port = first.local_addr().unwrap().port();
        assert!(matches!(listen(Some(port)), Err(Failure::PortTaken { .. })));
        let second = listen(None).unwrap();
        assert_ne!(second.local_addr().unwrap().port(), port);
    }
}
