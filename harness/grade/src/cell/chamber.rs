//! The second stage, strong tier only: namespaces of its own, then the last stage as their first process.

use std::os::fd::AsFd as _;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{ExitCode, Stdio};

use rustix::process::Signal;
use rustix::thread::{LinkNameSpaceType, UnshareFlags};

use super::stage::{Plan, Stage};
use super::{CellError, guard, network, root};

/// Who the program is, inside: nobody that a file belongs to but its own.
const INSIDE: u32 = 1000;

#[expect(deprecated, reason = "its successor is unsafe for the sake of flags that are not used here")]
/// Runs the last stage inside, and ends as it ends.
pub(super) fn chamber(plan: Plan, front: &[String]) -> Result<ExitCode, CellError> {
    let (user, group) = (rustix::process::getuid().as_raw(), rustix::process::getgid().as_raw());
    let apart = UnshareFlags::NEWNS | UnshareFlags::NEWPID | UnshareFlags::NEWIPC | UnshareFlags::NEWUTS;
    match plan.join {
        Some(other) => {
            join(other)?;
            rustix::thread::unshare(apart)
        }
        None => rustix::thread::unshare(apart | UnshareFlags::NEWUSER | UnshareFlags::NEWNET),
    }
    .map_err(CellError::call("namespaces of its own"))?;
    // After the user changed: that change forgets it.
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))
        .map_err(CellError::call("to end with the guard"))?;
    if rustix::process::getppid().map_or(0, |pid| pid.as_raw_nonzero().get()) != plan.parent {
        return Err(CellError::Stage("cell: the guard is gone".into()));
    }
    if plan.join.is_none() {
        write("/proc/self/setgroups", "deny")?;
        write("/proc/self/uid_map", &format!("{INSIDE} {user} 1"))?;
        write("/proc/self/gid_map", &format!("{INSIDE} {group} 1"))?;
        network::raise_loopback()?;
    }
    if let Some(port) = plan.port {
        network::hand_out(port)?;
    }
    root::enter(&plan)?;
    // The first process of a namespace has no parent in it.
    let plan = Plan { parent: 0, ..plan };
    let mut child = Stage::Enter
        .command(&plan, front)?
        .stdin(Stdio::inherit())
        .spawn()
        .map_err(CellError::system("to start the last stage"))?;
    let status = child.wait().map_err(CellError::system("to wait for the program"))?;
    if let Some(signal) = status.signal() {
        guard::end_by(signal);
    }
    Ok(ExitCode::from(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1)))
}

/// Enters the network of another cell, and the users that it belongs to.
fn join(other: i32) -> Result<(), CellError> {
    let open = |name: &str| {
        let path = format!("/proc/{other}/ns/{name}");
        std::fs::File::open(&path).map_err(|source| CellError::File { path, source })
    };
    // Both before the first is entered: afterwards the other process is none of this one's business.
    let (users, network) = (open("user")?, open("net")?);
    let enter = |namespace: &std::fs::File, kind| {
        rustix::thread::move_into_link_name_space(namespace.as_fd(), Some(kind))
            .map_err(CellError::call("to enter the network of a server's cell"))
    };
    enter(&users, LinkNameSpaceType::User)?;
    enter(&network, LinkNameSpaceType::Network)
}

fn write(path: &'static str, text: &str) -> Result<(), CellError> {
    std::fs::write(path, text).map_err(CellError::system(path))
}
