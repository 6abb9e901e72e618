//! Landlock: files and ports that a cell's program may reach. Every rule is a hard requirement.

use std::path::Path;

use landlock::{
    ABI, Access as _, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible as _, NetPort, PathBeneath,
    PathFd, Ruleset, RulesetAttr as _, RulesetCreated, RulesetCreatedAttr as _, RulesetStatus, Scope,
};

use super::CellError;
use super::stage::Plan;

/// The first version with rules for TCP (Linux 6.7). Without them a submission would reach every local service.
pub(super) const REQUIRED: i32 = 4;

/// The first that keeps signals and abstract sockets inside (Linux 6.12).
const SCOPES: i32 = 6;

/// The newest that is used.
const NEWEST: i32 = 7;

/// The version that the kernel has; 0 where it has none. A request for it makes nothing.
pub(super) fn version() -> i32 {
    (1..=NEWEST).rev().find(|version| offered(*version)).unwrap_or(0)
}

fn offered(version: i32) -> bool {
    let made = Ruleset::default()
        .set_compatibility(CompatLevel::HardRequirement)
        .handle_access(AccessFs::from_all(ABI::from(version)));
    let made = made.and_then(|rules| match AccessNet::from_all(ABI::from(version)) {
        none if none.is_empty() => Ok(rules),
        some => rules.handle_access(some),
    });
    let made = made.and_then(|rules| match Scope::from_all(ABI::from(version)) {
        none if none.is_empty() => Ok(rules),
        some => rules.scope(some),
    });
    made.and_then(Ruleset::create).is_ok()
}

/// Closes this process, and what it starts, into `plan`.
pub(super) fn close(plan: &Plan) -> Result<(), CellError> {
    let version = version();
    if version < REQUIRED {
        return Err(CellError::Landlock(format!("the kernel has version {version}, {REQUIRED} is needed")));
    }
    let failed = |error: landlock::RulesetError| CellError::Landlock(error.to_string());
    let abi = ABI::from(version);
    let mut rules = Ruleset::default()
        .set_compatibility(CompatLevel::HardRequirement)
        .handle_access(AccessFs::from_all(abi))
        .map_err(failed)?
        .handle_access(AccessNet::BindTcp | AccessNet::ConnectTcp)
        .map_err(failed)?;
    if version >= SCOPES {
        rules = rules.scope(Scope::from_all(abi)).map_err(failed)?;
    }
    let mut rules = rules.create().map_err(failed)?;
    let read = AccessFs::ReadFile | AccessFs::ReadDir;
    for path in &plan.spec.read {
        rules = allow(rules, path, read)?;
    }
    for path in plan.spec.execute.iter().chain([&plan.program]) {
        rules = allow(rules, path, read | AccessFs::Execute)?;
    }
    for path in &plan.spec.write {
        // No sockets, pipes, devices or links: a folder to write results to needs files and folders.
        let write = read
            | AccessFs::WriteFile
            | AccessFs::Truncate
            | AccessFs::MakeReg
            | AccessFs::MakeDir
            | AccessFs::RemoveFile
            | AccessFs::RemoveDir
            // From one folder to another, both of which it may write.
            | AccessFs::Refer;
        rules = allow(rules, path, write)?;
    }
    for device in ["/dev/null", "/dev/zero", "/dev/urandom", "/dev/random"] {
        rules = allow(rules, Path::new(device), AccessFs::ReadFile | AccessFs::WriteFile)?;
    }
    for port in plan.port.into_iter().chain(plan.reach) {
        rules = rules.add_rule(NetPort::new(port, AccessNet::ConnectTcp)).map_err(failed)?;
    }
    if plan.may_listen {
        rules = rules.add_rule(NetPort::new(0, AccessNet::BindTcp)).map_err(failed)?;
    }
    let status = rules.restrict_self().map_err(failed)?;
    if status.ruleset != RulesetStatus::FullyEnforced || !status.no_new_privs {
        return Err(CellError::Landlock(format!("the rules are {:?}", status.ruleset)));
    }
    Ok(())
}

/// What is not there can't be reached; what is not a folder can't be listed.
fn allow(
    rules: RulesetCreated,
    path: &Path,
    access: BitFlags<AccessFs>,
) -> Result<RulesetCreated, CellError> {
    let Ok(data) = std::fs::metadata(path) else { return Ok(rules) };
    let file = AccessFs::ReadFile | AccessFs::WriteFile | AccessFs::Execute | AccessFs::Truncate;
    let access = if data.is_dir() { access } else { access & file };
    let failed = |error: &dyn std::fmt::Display| CellError::Landlock(format!("{}: {error}", path.display()));
    let opened = PathFd::new(path).map_err(|error| failed(&error))?;
    rules.add_rule(PathBeneath::new(opened, access)).map_err(|error| failed(&error))
}
