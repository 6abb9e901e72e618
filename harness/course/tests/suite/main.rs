//! The course's own tests against the small course in `fixtures/course`. One binary: one link.

#![expect(clippy::unwrap_used, reason = "where the set-up fails, the test is to fail")]

#[cfg(target_os = "linux")]
mod console;
mod directives;
mod problems;
mod progress;
mod sample;
mod server;
#[cfg(unix)]
mod session;
#[cfg(unix)]
mod traces;
