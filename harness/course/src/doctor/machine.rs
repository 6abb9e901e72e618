//! The machine: compiler, toolchain, permissions, room, port.

use std::io;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use super::Check;
use super::cause::Cause;
use crate::cargo;
use crate::course::Course;
use crate::server::listen::DEFAULT_PORT;
use crate::verify::overlay;

/// What a build of everything takes, in bytes (`du -sh target`, both chapters and `cargo course`).
const BUILD_BYTES: u64 = 6 << 30;
/// Below this nothing can be built.
const LEAST_BYTES: u64 = 1 << 30;

/// A C compiler, which links, and which the embedded database is compiled with.
pub fn compiler() -> Check {
    let named = std::env::var("CC").ok().filter(|name| !name.is_empty());
    let candidates: Vec<&str> =
        named.as_deref().map_or_else(|| vec!["cc", "gcc", "clang"], |name| vec![name]);
    match candidates.iter().find_map(|name| version(name)) {
        Some(version) => Check::good("C compiler", version),
        None => Check::bad(
            "C compiler",
            Cause::NoCCompiler,
            format!("none of these runs: {}", candidates.join(", ")),
        ),
    }
}

fn version(program: &str) -> Option<String> {
    let output =
        Command::new(program).arg("--version").output().ok().filter(|output| output.status.success())?;
    String::from_utf8_lossy(&output.stdout).lines().next().map(str::to_owned)
}

/// The Rust that cargo runs here, against the one that the course pins.
pub fn toolchain(course: &Course) -> Check {
    let pinned = std::fs::read_to_string(course.root.join("rust-toolchain.toml")).unwrap_or_default();
    let pinned = quoted(&pinned, "channel").unwrap_or_default();
    // The rustc of the cargo that runs this, where rustup has chosen one.
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".into());
    let output = Command::new(rustc).arg("--version").current_dir(&course.root).output();
    let seen = output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    judge(&pinned, seen.as_deref().unwrap_or_default())
}

fn judge(pinned: &str, seen: &str) -> Check {
    let found = seen.split_whitespace().nth(1).and_then(numbers);
    match (found, numbers(pinned)) {
        (None, _) => Check::bad("toolchain", Cause::OldToolchain, format!("rustc can't be run: {seen}")),
        (Some(found), Some(wanted)) if found < wanted => {
            Check::bad("toolchain", Cause::OldToolchain, format!("{seen} is older than {pinned}"))
        }
        (Some(found), Some(wanted)) if found != wanted => Check::note(
            "toolchain",
            Cause::OldToolchain,
            format!("{seen} is not the {pinned} that the course is tested with"),
        ),
        _ => Check::good("toolchain", seen),
    }
}

/// `1.95.0` or `1.95.0-nightly` as numbers.
fn numbers(version: &str) -> Option<(u32, u32, u32)> {
    let mut parts = version.split(['-', ' ']).next()?.split('.').map(str::parse);
    let mut next = || parts.next().and_then(Result::ok);
    Some((next()?, next()?, next().unwrap_or(0)))
}

fn quoted(text: &str, key: &str) -> Option<String> {
    text.lines()
        .filter_map(|line| line.split_once('='))
        .find(|(name, _)| name.trim() == key)
        .map(|(_, value)| value.trim().trim_matches('"').to_owned())
}

/// Whether the course and its build folder can be written.
pub fn writable(course: &Course) -> Check {
    let target = overlay::target(course);
    let places = [course.root.clone(), course.root.join("exercises"), course.own_folder(), target];
    for place in &places {
        if let Err(error) = write_to(place) {
            let cause =
                if error.kind() == io::ErrorKind::StorageFull { Cause::DiskFull } else { Cause::ReadOnly };
            return Check::bad("permissions", cause, format!("{}: {error}", place.display()));
        }
    }
    Check::good("permissions", "the course and its build folder can be written")
}

/// Writes a file to the folder, or to the nearest one above that is there, and removes it.
fn write_to(folder: &Path) -> io::Result<()> {
    let there = folder.ancestors().find(|folder| folder.is_dir()).unwrap_or(folder);
    let file = there.join(format!(".course-doctor-{}", std::process::id()));
    std::fs::write(&file, b"a file of the doctor's; it may be removed\n")?;
    std::fs::remove_file(&file)
}

/// Whether there is room for a build, or for the rest of one.
pub fn space(course: &Course) -> Check {
    let target = overlay::target(course);
    let there = target.ancestors().find(|folder| folder.is_dir()).unwrap_or(&course.root);
    match free_bytes(there) {
        Some(free) => room(free, target.join("debug").is_dir(), there),
        None => Check::good("disk", "this system does not say how much room there is"),
    }
}

fn room(free: u64, has_built: bool, place: &Path) -> Check {
    let gigabytes = |bytes: u64| format!("{}.{} GB", bytes >> 30, ((bytes % (1 << 30)) * 10) >> 30);
    let told = format!("{} free at {}", gigabytes(free), place.display());
    if free < LEAST_BYTES {
        Check::bad("disk", Cause::DiskFull, told)
    } else if free < BUILD_BYTES && !has_built {
        Check::note(
            "disk",
            Cause::DiskFull,
            format!("{told}; a build of everything takes about {}", gigabytes(BUILD_BYTES)),
        )
    } else {
        Check::good("disk", told)
    }
}

#[cfg(unix)]
fn free_bytes(place: &Path) -> Option<u64> {
    let stat = rustix::fs::statvfs(place).ok()?;
    Some(stat.f_bavail * stat.f_frsize)
}

#[cfg(not(unix))]
fn free_bytes(_: &Path) -> Option<u64> {
    None
}

/// Whether the book's port is free. One that was not asked for is replaced by the next free one.
pub fn port(wanted: Option<u16>) -> Check {
    let port = wanted.unwrap_or(DEFAULT_PORT);
    let Err(error) = TcpListener::bind(("127.0.0.1", port)) else {
        return Check::good("port", format!("{port} is free"));
    };
    let message = format!("{port}: {error}; `cargo course` may be running in another terminal");
    match wanted {
        Some(_) => Check::bad("port", Cause::PortTaken, message),
        None => Check::note("port", Cause::PortTaken, format!("{message}; the next free one is used")),
    }
}

/// Which cargo this is run with, for a report.
pub fn cargo_version() -> String {
    version(&cargo::program()).unwrap_or_else(|| "no cargo".into())
}

#[cfg(test)]
mod tests {
    use super::super::Level;
    use super::*;

    #[test]
    fn a_version_is_compared_by_its_numbers() {
        let level = |seen: &str| judge("1.95.0", seen).level;
        assert_eq!(level("rustc 1.95.0 (abc 2026-04-14)"), Level::Good);
        assert_eq!(level("rustc 1.9.0 (abc)"), Level::Bad);
        assert_eq!(level("rustc 1.96.0-nightly (abc)"), Level::Note);
        assert_eq!(level(""), Level::Bad);
    }

    #[test]
    fn little_room_matters_before_the_first_build_and_none_always() {
        let level = |free, built| room(free, built, Path::new("/")).level;
        assert_eq!(level(100 << 30, false), Level::Good);
        assert_eq!(level(2 << 30, false), Level::Note);
        assert_eq!(level(2 << 30, true), Level::Good);
        assert_eq!(level(1 << 20, true), Level::Bad);
    }

    #[test]
    fn a_port_that_somebody_has_is_taken() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let check = port(Some(taken.local_addr().unwrap().port()));
        assert_eq!((check.level, check.cause), (Level::Bad, Some(Cause::PortTaken)));
    }

    #[test]
    fn a_folder_that_can_be_written_keeps_nothing_of_the_look() {
        let folder = tempfile::tempdir().unwrap();
        write_to(&folder.path().join("not/there/yet")).unwrap();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
