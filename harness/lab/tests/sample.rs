//! The lab, seen from a test: a sample exercise with steps that are green, steps that are red, and drills.
//!
//! The tests beside it run this same binary for one ignored test of the sample, and read what it says.

#![expect(clippy::unwrap_used, reason = "where the set-up fails, the test is to fail")]

#[path = "sample/tests/steps/main.rs"]
mod steps;

#[path = "sample/servers.rs"]
mod servers;

#[path = "sample/rerun.rs"]
mod rerun;

#[cfg(unix)]
#[path = "sample/calls.rs"]
mod calls;
#[path = "sample/drills.rs"]
mod drills;
#[path = "sample/failing_well.rs"]
mod failing_well;
#[path = "sample/isolation.rs"]
mod isolation;
#[path = "sample/reports.rs"]
mod reports;
#[path = "sample/telling.rs"]
mod telling;
#[path = "sample/traces.rs"]
mod traces;
