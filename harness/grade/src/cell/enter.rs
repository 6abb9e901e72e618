//! The last stage: closes itself in, then becomes the program.

use std::os::unix::process::CommandExt as _;
use std::process::Command;

use rustix::process::{Resource, Rlimit, Signal};
use rustix::thread::{CapabilitiesSecureBits, CapabilitySet, CapabilitySets};

use super::stage::{Plan, STARTS};
use super::{CellError, Policy, fence, syscalls};

/// Its descriptors begin here; below are the three standard streams.
const FIRST_DESCRIPTOR: i32 = 3;

/// The address space may be larger than the memory that the guard watches: allocators reserve more than they use.
const ADDRESS_SPACE_FACTOR: u64 = 4;

/// And a program maps its libraries.
const ADDRESS_SPACE_BYTES: u64 = 4 << 30;

/// Returns only if it fails.
pub(super) fn enter(plan: &Plan) -> Result<std::convert::Infallible, CellError> {
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))
        .map_err(CellError::call("to end with the guard"))?;
    let parent = rustix::process::getppid().map_or(0, |pid| pid.as_raw_nonzero().get());
    if parent != plan.parent {
        return Err(CellError::Stage("cell: the guard is gone".into()));
    }
    // A session of its own: no terminal, so nothing can be typed into the instructor's.
    rustix::process::setsid().map_err(CellError::call("a session of its own"))?;
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    std::env::set_current_dir(&plan.spec.directory)
        .map_err(CellError::system("to enter its working directory"))?;
    limit(plan)?;
    drop_capabilities()?;
    let kept: Vec<i32> = plan.listener.into_iter().collect();
    close_fds::set_fds_cloexec(FIRST_DESCRIPTOR, &kept);
    let mut program = Command::new(&plan.program);
    program.args(&plan.arguments).env_clear().envs(&plan.spec.environment);
    if let Some(listener) = plan.listener {
        program.env("LISTEN_FDS", "1").env("LISTEN_FDS_FIRST_FD", listener.to_string());
    }
    rustix::thread::set_no_new_privs(true).map_err(CellError::call("to renounce new privileges"))?;
    fence::close(plan)?;
    // From here on only what the policy allows: a word to the guard, and exec.
    syscalls::close(plan.spec.policy)?;
    rustix::io::write(rustix::stdio::stdin(), &[STARTS]).map_err(CellError::call("to tell the guard"))?;
    Err(CellError::System { doing: "to start the program", source: program.exec() })
}

/// Tasks that other cells of the same user may start while one runs: of sixteen at work, each of which has its most.
const OF_NEIGHBORS: u64 = 1024;

fn limit(plan: &Plan) -> Result<(), CellError> {
    let bounds = &plan.spec.bounds;
    let memory = bounds.memory_bytes() * ADDRESS_SPACE_FACTOR + ADDRESS_SPACE_BYTES;
    let processor = u64::from(bounds.cpu_seconds);
    let set = |resource, soft: u64, hard: u64| {
        // Where less is allowed already, less it stays.
        let most = rustix::process::getrlimit(resource).maximum.unwrap_or(u64::MAX);
        let limit = Rlimit { current: Some(soft.min(most)), maximum: Some(hard.min(most)) };
        rustix::process::setrlimit(resource, limit).map_err(CellError::call("a limit"))
    };
    // The guard ends it before; this holds if the guard is slow.
    set(Resource::Cpu, processor + 2, processor + 4)?;
    set(Resource::As, memory, memory)?;
    let file = u64::from(bounds.file_kib) * 1024;
    set(Resource::Fsize, file, file)?;
    set(Resource::Nofile, bounds.files.into(), bounds.files.into())?;
    for none in [Resource::Core, Resource::Memlock, Resource::Msgqueue, Resource::Rtprio] {
        set(none, 0, 0)?;
    }
    set(Resource::Sigpending, 64, 64)?;
    if plan.spec.policy == Policy::Run {
        let tasks = u64::from(bounds.tasks);
        // Of the whole user where there is no namespace for users: what others of hers run is on top, and what they will
        // start meanwhile. The guard counts the tasks of this cell; here it is the machine that is kept from a flood.
        let others = if plan.parent == 0 { 0 } else { super::tasks::of_user() + OF_NEIGHBORS };
        set(Resource::Nproc, tasks + others, tasks + others)?;
    }
    Ok(())
}

/// Also where the grader runs as root, its programs have none of root's powers.
fn drop_capabilities() -> Result<(), CellError> {
    let none = CapabilitySet::empty();
    let mine = rustix::thread::capabilities(None).map_err(CellError::call("its capabilities"))?;
    if mine.effective.contains(CapabilitySet::SETPCAP) {
        for capability in (0..64).map(|bit| CapabilitySet::from_bits_retain(1 << bit)) {
            if rustix::thread::capability_is_in_bounding_set(capability).unwrap_or(false) {
                rustix::thread::remove_capability_from_bounding_set(capability)
                    .map_err(CellError::call("to give a capability up"))?;
            }
        }
        let bits = CapabilitiesSecureBits::NO_ROOT
            | CapabilitiesSecureBits::NO_ROOT_LOCKED
            | CapabilitiesSecureBits::NO_SETUID_FIXUP
            | CapabilitiesSecureBits::NO_SETUID_FIXUP_LOCKED;
        rustix::thread::set_capabilities_secure_bits(bits)
            .map_err(CellError::call("to keep root from getting capabilities back"))?;
    }
    let _ = rustix::thread::clear_ambient_capability_set();
    let sets = CapabilitySets { effective: none, permitted: none, inheritable: none };
    rustix::thread::set_capabilities(None, sets).map_err(CellError::call("to give its capabilities up"))
}
