//! The roles that a test binary or an example can be run in as a process of a lab.

use std::io::{Read as _, Write as _};
use std::pin::Pin;
use std::process::{ExitCode, Termination};

use crate::capture;

/// Names the role; set for every process that a lab starts.
pub(crate) const PROCESS: &str = "LAB_PROCESS";

/// The role of a process that lists its binary's roles and ends.
pub(crate) const LIST: &str = "?";

/// The role of a process in a cell that runs a test for the sake of its calls.
pub(crate) const CALLS: &str = "calls";

/// The line on both streams after which a process's output is its own; libtest's comes before.
pub(crate) const BEGIN: &str = "\u{2}the role begins\u{3}";

/// How a binary is told to run a role.
#[derive(Clone, Debug)]
pub(crate) enum Entry {
    /// Through the ignored test of this path, made by [`crate::processes!`].
    Test(String),
    /// Through its `main`, made by [`crate::main!`].
    Main,
}

impl Entry {
    pub(crate) fn arguments(&self) -> Vec<&str> {
        match self {
            Self::Test(path) => vec![path, "--exact", "--ignored", "--nocapture"],
            Self::Main => Vec::new(),
        }
    }
}

type Run = Pin<Box<dyn Future<Output = ExitCode>>>;
type Start = Box<dyn FnOnce() -> Run>;

/// The roles of a binary. Made by the macros.
#[derive(Default)]
pub struct Roles {
    roles: Vec<(&'static str, Start)>,
}

impl std::fmt::Debug for Roles {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_set().entries(self.roles.iter().map(|(name, _)| name)).finish()
    }
}

impl Roles {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// A role and what it runs; an error becomes exit code 1, as in a `main`.
    #[must_use]
    pub fn role<F>(mut self, name: &'static str, run: impl FnOnce() -> F + 'static) -> Self
    where
        F: Future<Output: Termination> + 'static,
    {
        let run = move || -> Run { Box::pin(async move { run().await.report() }) };
        self.roles.push((name, Box::new(run)));
        self
    }
}

/// Runs the role that this process was started for, and ends the process; returns where there is none.
pub fn run_process(roles: Roles) {
    let Ok(name) = std::env::var(PROCESS) else { return };
    if name == LIST {
        begin();
        for (name, _) in roles.roles {
            println!("{name}");
        }
        end(0);
    }
    let Some((_, run)) = roles.roles.into_iter().find(|(role, _)| *role == name) else {
        crate::infra::tell(&format!("{BEGIN}\nthis binary has no role {name}\n"));
        end(crate::infra::EXIT_CODE);
    };
    end_with_parent();
    capture::tell_panics();
    begin();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a process may start threads");
    let run = std::panic::AssertUnwindSafe(|| runtime.block_on(run()));
    match std::panic::catch_unwind(run) {
        Ok(ExitCode::SUCCESS) => end(0),
        Ok(_) => end(1),
        // What an uncaught panic in `main` ends in.
        Err(_) => end(101),
    }
}

/// Runs an example: in a role where this process was started for one, else `body` in a runtime and a lab.
pub fn run_example<F>(roles: Roles, body: impl FnOnce() -> F)
where
    F: Future<Output = ()>,
{
    run_process(roles);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a process may start threads");
    runtime.block_on(body());
}

/// From here on the process's output is its own.
pub(crate) fn begin() {
    let mut stdout = std::io::stdout().lock();
    let _ = write!(stdout, "\n{BEGIN}\n");
    let _ = stdout.flush();
    crate::infra::tell(&format!("{BEGIN}\n"));
}

/// Ends the process, and loses nothing of what it has written.
pub(crate) fn end(code: i32) -> ! {
    let _ = std::io::stdout().flush();
    std::process::exit(code)
}

/// The lab holds the other end of stdin. When it closes, whoever started this process is gone.
pub(crate) fn end_with_parent() {
    std::thread::spawn(|| {
        let mut rest = [0; 64];
        let mut stdin = std::io::stdin().lock();
        while stdin.read(&mut rest).is_ok_and(|read| read > 0) {}
        std::process::exit(0);
    });
}
