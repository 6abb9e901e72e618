//! Where environments run: the emulator decides when one starts and ends, a host makes it so.
//!
//! - [`process`]: a process of this machine, as the `lambda-emulator` binary does it
//! - [`remote`]: a process that the lab starts for us, so that it sees and outlives everything
//! - [`control`]: the lab's control protocol, as a client

use std::collections::BTreeMap;
use std::fmt;

use futures::future::BoxFuture;
use tokio::sync::mpsc;

pub mod control;
pub mod process;
pub mod remote;

pub use process::ProcessHost;
pub use remote::RemoteHost;

/// Starts execution environments.
pub trait Host: Send + Sync {
    /// Starts one. It has its whole environment from `start`, and `AWS_LAMBDA_RUNTIME_API` is part of that.
    fn start(&self, start: Start) -> BoxFuture<'_, Result<Process, HostError>>;
}

/// What a host is asked to start.
#[derive(Clone, Debug)]
pub struct Start {
    /// The function's name.
    pub function: String,
    /// Environment variables.
    pub variables: BTreeMap<String, String>,
}

/// A running environment, seen from outside. Dropping it kills what runs there, without notice.
#[derive(Debug)]
pub struct Process {
    /// Output lines, then the end.
    pub events: mpsc::Receiver<Event>,
    /// Whatever has to be dropped to end it.
    pub(crate) life: tokio::task::AbortHandle,
}

impl Drop for Process {
    fn drop(&mut self) {
        self.life.abort();
    }
}

/// Something that a host saw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A line on standard output or standard error.
    Output(String),
    /// The end; nothing follows.
    Exited(Exit),
}

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// By itself, with this code.
    Code(i32),
    /// By a signal.
    Signal(i32),
    /// The host lost sight of it.
    Unknown,
}

impl fmt::Display for Exit {
    /// As Lambda words it, in `Runtime exited with error: …`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => write!(f, "exit status {code}"),
            Self::Signal(9) => f.write_str("signal: killed"),
            Self::Signal(6) => f.write_str("signal: aborted"),
            Self::Signal(11) => f.write_str("signal: segmentation fault"),
            Self::Signal(15) => f.write_str("signal: terminated"),
            Self::Signal(signal) => write!(f, "signal: {signal}"),
            Self::Unknown => f.write_str("exit status unknown"),
        }
    }
}

/// Why an environment could not be started.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// The host has nothing to run under this function's name.
    #[error("{0} is not a function of this host")]
    Unknown(String),
    /// The program could not be started.
    #[error("{program} could not be started: {source}")]
    Start {
        /// The program.
        program: String,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The control server did not do as asked.
    #[error("control server: {0}")]
    Control(#[from] control::ControlError),
}
