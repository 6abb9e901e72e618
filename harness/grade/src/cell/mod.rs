//! The sandbox: a program runs in a cell, and reaches nothing but what its [`Spec`] names.
//!
//! `cell --spec FILE [--port N] [--env NAME=VALUE]… -- PROGRAM ARGS…` is a program of three stages, each the start of
//! the next, so that nothing has to happen between fork and exec:
//!
//! - `guard`: stays outside; clock, memory, output, and the record of how it ended
//! - `chamber`: strong tier only; namespaces, a file system of the named files, a network with one port
//! - `enter`: limits, capabilities, `fence` (landlock), `syscalls` (seccomp), then exec
//!
//! Beside them:
//!
//! - `spec`: what a cell may touch and take
//! - `record`: how a cell ended
//! - `probe`: which tier this machine offers

pub mod record;
pub mod spec;

#[cfg(target_os = "linux")]
mod chamber;
#[cfg(target_os = "linux")]
mod enter;
#[cfg(target_os = "linux")]
mod fence;
#[cfg(target_os = "linux")]
mod guard;
#[cfg(target_os = "linux")]
mod main;
#[cfg(target_os = "linux")]
mod network;
#[cfg(target_os = "linux")]
mod root;
#[cfg(target_os = "linux")]
mod stage;
#[cfg(target_os = "linux")]
mod syscalls;
#[cfg(target_os = "linux")]
mod tasks;

#[cfg(target_os = "linux")]
pub mod probe;
#[cfg(not(target_os = "linux"))]
#[path = "elsewhere.rs"]
pub mod probe;

#[cfg(target_os = "linux")]
pub use main::main;
#[cfg(not(target_os = "linux"))]
pub use probe::main;

pub use record::{Ended, Record};
pub use spec::{Policy, Spec};

/// The exit code of a cell that could not be set up: the grader's trouble, never the submission's. The lab's own code
/// for trouble with the tools, which a cell's program can't end with.
pub const EXIT_CODE: u8 = 75;

/// Why a cell could not be made.
#[derive(Debug, thiserror::Error)]
pub enum CellError {
    /// The command line.
    #[error("cell: {0}")]
    Usage(String),
    /// A file of the grader's own.
    #[error("cell: {path}: {source}")]
    File {
        /// Which.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// A call of the system.
    #[error("cell: {doing}: {source}")]
    System {
        /// What was to be done.
        doing: &'static str,
        /// Why it wasn't.
        source: std::io::Error,
    },
    /// Landlock.
    #[error("cell: landlock: {0}")]
    Landlock(String),
    /// Seccomp.
    #[error("cell: seccomp: {0}")]
    Seccomp(String),
    /// A later stage told of trouble, or ended before it told of its success.
    #[error("{0}")]
    Stage(String),
}

impl CellError {
    pub(crate) fn system(doing: &'static str) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::System { doing, source }
    }

    #[cfg(target_os = "linux")]
    pub(crate) fn call(doing: &'static str) -> impl FnOnce(rustix::io::Errno) -> Self {
        move |errno| Self::System { doing, source: errno.into() }
    }
}
