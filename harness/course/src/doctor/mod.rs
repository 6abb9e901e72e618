//! What this machine lacks, with the remedy; each cause has an exit code and a place in the book of its own.
//!
//! - [`cause`]: the causes, their exit codes and anchors
//! - [`engine`]: Docker and the image
//! - [`machine`]: compiler, toolchain, port, disk, permissions

pub mod cause;
pub mod engine;
pub mod machine;

use serde::Serialize;

use crate::course::Course;
use cause::Cause;

/// How much a check matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// As it should be.
    Good,
    /// Worth knowing; nothing fails for it.
    Note,
    /// Something will fail for it.
    Bad,
}

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What was looked at.
    pub name: &'static str,
    /// How much it matters.
    pub level: Level,
    /// What was seen.
    pub message: String,
    /// The cause, where something is wrong or worth knowing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
    /// What to do about it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub remedy: String,
}

impl Check {
    /// As it should be.
    pub fn good(name: &'static str, message: impl Into<String>) -> Self {
        Self { name, level: Level::Good, message: message.into(), cause: None, remedy: String::new() }
    }

    /// Something will fail for it.
    pub fn bad(name: &'static str, cause: Cause, message: impl Into<String>) -> Self {
        Self {
            name,
            level: Level::Bad,
            message: message.into(),
            cause: Some(cause),
            remedy: cause.remedy().into(),
        }
    }

    /// Worth knowing.
    pub fn note(name: &'static str, cause: Cause, message: impl Into<String>) -> Self {
        Self { level: Level::Note, ..Self::bad(name, cause, message) }
    }
}

/// Looks at everything.
pub fn examine(course: &Course, port: Option<u16>) -> Vec<Check> {
    let mut checks = vec![
        machine::compiler(),
        machine::toolchain(course),
        machine::writable(course),
        machine::space(course),
        machine::port(port),
    ];
    checks.extend(engine::docker(std::env::var("DYNAMODB").ok().as_deref()));
    checks.push(engine::leftovers(course));
    checks
}
