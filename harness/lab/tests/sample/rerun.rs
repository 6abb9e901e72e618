//! Running one test of the sample in a process of its own.

use std::process::{Command, Output};

/// How a run of one test ended.
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    /// What the test said: the part that libtest shows for it.
    pub(crate) said: String,
    /// What went past libtest.
    pub(crate) stderr: String,
}

/// The command that runs the sample's test `name`, on the embedded database unless it is told otherwise.
pub(crate) fn command(name: &str) -> Command {
    command_of(name, "--ignored")
}

/// As [`command`], for any test of the sample.
pub(crate) fn any_command(name: &str) -> Command {
    command_of(name, "--include-ignored")
}

fn command_of(name: &str, which: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([&format!("steps::{name}"), "--exact", which]);
    command.env("DYNAMODB", "embedded");
    for variable in ["LAB_REPORT", "LAB_OBSERVE", "LAB_RECORD", "LAB_SEED", "LAB_TRACE"] {
        command.env_remove(variable);
    }
    command
}

/// Runs it to its end.
pub(crate) fn run(command: &mut Command) -> Ended {
    let Output { status, stdout, stderr } = command.output().unwrap();
    let stdout = String::from_utf8(stdout).unwrap();
    let said = stdout.split_once(" stdout ----\n").map_or("", |(_, rest)| rest);
    let said = said.split("\n\nfailures:").next().unwrap_or_default().trim_end().to_owned();
    Ended { code: status.code(), said, stderr: String::from_utf8(stderr).unwrap() }
}

/// Whether a process lives.
pub(crate) fn lives(pid: u32) -> bool {
    Command::new("kill").args(["-0", &pid.to_string()]).output().unwrap().status.success()
}
