//! The file system of a strong cell: the named files, at the places where they are outside, and nothing else.

use std::collections::BTreeMap;
use std::fs::{DirBuilder, File};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::StatVfsMountFlags;
use rustix::mount::{MountFlags, MountPropagationFlags, UnmountFlags};

use super::CellError;
use super::stage::Plan;

/// Where it is put together. Nothing in it is bound, and every system has it: what is there is not to be seen inside.
const SITE: &str = "/proc";

/// Links of the root folder on systems that have everything in `/usr`.
const LINKS: [&str; 4] = ["/bin", "/lib", "/lib64", "/sbin"];

/// What starts a program that the system's linker made.
const LOADERS: [&str; 2] = ["/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1"];

const DEVICES: [&str; 4] = ["/dev/null", "/dev/zero", "/dev/urandom", "/dev/random"];

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Read,
    Device,
    Write,
}

/// Makes the cell's root, and enters it. The namespace for mounts is this process's own.
pub(super) fn enter(plan: &Plan) -> Result<(), CellError> {
    let bound = bound(plan)?;
    rustix::mount::mount_change("/", MountPropagationFlags::PRIVATE | MountPropagationFlags::REC)
        .map_err(CellError::call("to keep its mounts to itself"))?;
    rustix::mount::mount(
        "cell",
        SITE,
        "tmpfs",
        MountFlags::NOSUID | MountFlags::NODEV,
        Some(c"size=1m,nr_inodes=4k,mode=755"),
    )
    .map_err(CellError::call("a root of its own"))?;
    for link in LINKS {
        if let Ok(target) = std::fs::read_link(link) {
            std::os::unix::fs::symlink(target, inside(Path::new(link)))
                .map_err(CellError::system("a link of the root"))?;
        }
    }
    // The shorter first: a folder before what is bound into it.
    for (at, (source, _)) in &bound {
        bind(source, at)?;
    }
    for (at, target) in &plan.spec.links {
        let link = inside(at);
        if let Some(parent) = link.parent() {
            DirBuilder::new().recursive(true).mode(0o755).create(parent).map_err(file(parent))?;
        }
        std::os::unix::fs::symlink(target, &link).map_err(file(&link))?;
    }
    for (at, (_, kind)) in &bound {
        restrict(at, *kind)?;
    }
    std::env::set_current_dir(SITE).map_err(CellError::system("to enter its root"))?;
    rustix::process::pivot_root(".", ".").map_err(CellError::call("to make its root the root"))?;
    rustix::mount::unmount(".", UnmountFlags::DETACH)
        .map_err(CellError::call("to let go of the old root"))?;
    std::env::set_current_dir("/").map_err(CellError::system("to enter its root"))?;
    let flags = MountFlags::BIND | MountFlags::RDONLY | MountFlags::NOSUID | MountFlags::NODEV;
    rustix::mount::mount_remount("/", flags, c"").map_err(CellError::call("to close its root"))
}

/// Everything that is to be there: its place inside, without links in its parents, and its source.
fn bound(plan: &Plan) -> Result<BTreeMap<PathBuf, (PathBuf, Kind)>, CellError> {
    let spec = &plan.spec;
    let loaders = LOADERS.map(PathBuf::from);
    let own = own_libraries()?;
    let read = spec.read.iter().chain(&spec.execute).chain([&plan.program, &plan.cell, &spec.directory]);
    let read = read.chain(&loaders).chain(&own).map(|path| (path.clone(), Kind::Read));
    let devices = DEVICES.map(|path| (PathBuf::from(path), Kind::Device));
    let write = spec.write.iter().map(|path| (path.clone(), Kind::Write));
    let mut bound = BTreeMap::new();
    for (source, kind) in read.chain(devices).chain(write) {
        // By its own name, and by the one that the links in it lead to.
        for at in
            place(&source).into_iter().chain(source.canonicalize().ok()).filter(|at| at.parent().is_some())
        {
            let known = bound.entry(at).or_insert((source.clone(), kind));
            known.1 = known.1.max(kind);
        }
    }
    Ok(bound)
}

/// Where `source` is inside; `None` for what isn't there, for the root, and for a link that the root has anyway.
fn place(source: &Path) -> Option<PathBuf> {
    std::fs::metadata(source).ok()?;
    let name = source.file_name()?;
    let parent = source.parent()?.canonicalize().ok()?;
    let at = parent.join(name);
    if LINKS.iter().any(|link| at == Path::new(link)) && std::fs::read_link(&at).is_ok() {
        return at.canonicalize().ok();
    }
    Some(at)
}

/// The shared libraries that this program has loaded: it is to be started once more, inside.
fn own_libraries() -> Result<Vec<PathBuf>, CellError> {
    let maps = std::fs::read_to_string("/proc/self/maps").map_err(CellError::system("its own libraries"))?;
    let mut files: Vec<PathBuf> = maps
        .lines()
        .filter_map(|line| line.find('/').map(|start| PathBuf::from(&line[start..])))
        .filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().contains(".so")))
        .collect();
    files.dedup();
    Ok(files)
}

fn inside(at: &Path) -> PathBuf {
    Path::new(SITE).join(at.strip_prefix("/").unwrap_or(at))
}

fn bind(source: &Path, at: &Path) -> Result<(), CellError> {
    let target = inside(at);
    let folder = source.is_dir();
    // There already, where it is part of a folder that is bound.
    if std::fs::symlink_metadata(&target).is_err() {
        let parent = if folder { Some(target.as_path()) } else { target.parent() };
        if let Some(parent) = parent {
            DirBuilder::new().recursive(true).mode(0o755).create(parent).map_err(file(parent))?;
        }
        if !folder {
            File::create(&target).map_err(file(&target))?;
        }
    }
    let bound = if folder {
        // What is mounted in it can't be left out by somebody without the power to unmount it.
        rustix::mount::mount_bind_recursive(source, &target)
    } else {
        rustix::mount::mount_bind(source, &target)
    };
    bound.map_err(|errno| file(source)(errno.into()))
}

/// Read-only, but for what is to be written; what the mount refuses already, it goes on refusing.
fn restrict(at: &Path, kind: Kind) -> Result<(), CellError> {
    let target = inside(at);
    let has = rustix::fs::statvfs(&target).map_err(|errno| file(&target)(errno.into()))?.f_flag;
    let mut flags = MountFlags::BIND | MountFlags::NOSUID;
    if kind != Kind::Device {
        flags |= MountFlags::NODEV;
    }
    if kind == Kind::Read || has.contains(StatVfsMountFlags::RDONLY) {
        flags |= MountFlags::RDONLY;
    }
    if has.contains(StatVfsMountFlags::NOEXEC) {
        flags |= MountFlags::NOEXEC;
    }
    rustix::mount::mount_remount(&target, flags, c"").map_err(|errno| file(&target)(errno.into()))
}

fn file(path: &Path) -> impl FnOnce(std::io::Error) -> CellError {
    move |source| CellError::File { path: path.display().to_string(), source }
}
