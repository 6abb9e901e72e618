//! Which tier this machine offers: found out by making cells, not by asking for versions.

use std::ffi::OsString;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::Stdio;

use super::{Policy, Spec, fence};
use crate::limits::Limits;
use crate::verdict::Tier;

/// What the program that is tried may read: a system's own programs and libraries.
const SYSTEM: [&str; 5] = ["/usr", "/bin", "/lib", "/lib64", "/etc/ld.so.cache"];

/// What the tried program says.
pub(super) const HELLO: &str = "--hello";

/// What this machine offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The strongest tier.
    pub tier: Tier,
    /// One line a fact.
    pub facts: Vec<String>,
    /// What to do for a stronger one, if something can be done.
    pub remedy: Option<String>,
}

/// Makes a cell of each tier with the command `cell`, the strongest first.
pub fn offer(cell: &[OsString]) -> Offer {
    let mut facts = vec![format!("landlock of version {} ({} is needed)", fence::version(), fence::REQUIRED)];
    for tier in [Tier::Strong, Tier::Base] {
        match attempt(cell, tier) {
            Ok(()) => {
                facts.push(format!("a cell of tier {tier} works"));
                return Offer { tier, facts, remedy: remedy(tier) };
            }
            Err(why) => facts.push(format!("no cell of tier {tier}: {why}")),
        }
    }
    Offer { tier: Tier::None, facts, remedy: remedy(Tier::None) }
}

fn remedy(tier: Tier) -> Option<String> {
    match tier {
        Tier::Strong => None,
        Tier::Base => Some(
            "for the strong tier allow unprivileged namespaces: on Ubuntu `sudo sysctl -w \
             kernel.apparmor_restrict_unprivileged_userns=0`, in a container `--security-opt seccomp=unconfined \
             --security-opt systempaths=unconfined`"
                .into(),
        ),
        Tier::None => Some(
            "the grader needs Linux 6.7 or later with landlock switched on: `landlock` is to be in \
             /sys/kernel/security/lsm, which the boot parameter `lsm=` sets; in a container, its seccomp profile must \
             allow landlock"
                .into(),
        ),
    }
}

/// Runs this program itself, which says hello, in a cell.
fn attempt(cell: &[OsString], tier: Tier) -> Result<(), String> {
    let [program, front @ ..] = cell else { return Err("no command makes a cell".into()) };
    let mut execute: Vec<PathBuf> = SYSTEM.iter().map(PathBuf::from).collect();
    execute.push(program.into());
    let spec = Spec {
        tier,
        policy: Policy::Run,
        read: Vec::new(),
        execute,
        write: Vec::new(),
        links: [].into(),
        bounds: Limits::default().run,
        environment: [].into(),
        directory: "/".into(),
        records: None,
    };
    let failed = |error: &dyn std::fmt::Display| error.to_string();
    let mut file = tempfile::NamedTempFile::new().map_err(|error| failed(&error))?;
    let text = serde_json::to_vec(&spec).map_err(|error| failed(&error))?;
    file.write_all(&text).map_err(|error| failed(&error))?;
    let mut command = crate::compile::cell(cell);
    command.arg("--spec").arg(file.path()).args(["--port", "9", "--"]).arg(program).args(front).arg(HELLO);
    let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = child.map_err(|error| failed(&error))?;
    // Open until the program has ended: closing it ends the cell.
    let stdin = child.stdin.take();
    let output = child.wait_with_output().map_err(|error| failed(&error))?;
    drop(stdin);
    if output.status.success() && output.stdout == HELLO.as_bytes() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(if said.is_empty() { output.status.to_string() } else { said })
}
