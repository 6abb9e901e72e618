//! What runs left behind: the database's container, processes whose lab is gone, files of runs that were killed.

use std::path::{Path, PathBuf};

use lab_docker::{Container, Engine};

use crate::course::Course;
use crate::verify::overlay;

/// A process of a lab knows its lab's address by this variable.
const CONTROL: &str = "LAB_CONTROL";
/// A file that is younger may belong to a run that is under way, in seconds.
const YOUNG_SECONDS: u64 = 3600;

/// Something that a run left behind.
#[derive(Debug)]
pub enum Leftover {
    /// A container with the lab's label.
    Container(Engine, Container),
    /// A process of a lab that does not answer any more.
    Process(u32, String),
    /// A file or folder.
    File(PathBuf),
}

impl Leftover {
    /// What it is, a word for scripts.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Container(..) => "container",
            Self::Process(..) => "process",
            Self::File(_) => "file",
        }
    }

    /// Its name, id or path.
    pub fn name(&self) -> String {
        match self {
            Self::Container(_, container) => format!("{} ({})", container.name(), container.state),
            Self::Process(pid, role) => format!("{pid} ({role})"),
            Self::File(path) => path.display().to_string(),
        }
    }

    /// Removes it. What is gone already is no error.
    pub fn remove(&self) -> std::io::Result<()> {
        match self {
            Self::Container(engine, container) => engine.remove(container),
            Self::Process(pid, _) => end(*pid),
            Self::File(path) => {
                let removed =
                    if path.is_dir() { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) };
                removed.or_else(|error| {
                    if error.kind() == std::io::ErrorKind::NotFound { Ok(()) } else { Err(error) }
                })
            }
        }
    }
}

/// Everything that is left. An engine that is not there has no containers.
pub fn find(course: &Course) -> Vec<Leftover> {
    let mut left = Vec::new();
    if let Ok(engine) = Engine::find()
        && let Ok(containers) = engine.containers()
    {
        left.extend(containers.into_iter().map(|container| Leftover::Container(engine.clone(), container)));
    }
    left.extend(processes().into_iter().map(|(pid, role)| Leftover::Process(pid, role)));
    left.extend(files(course).into_iter().map(Leftover::File));
    left
}

/// Files of killed runs: reports, half-built books, snapshots that were never accepted, the scratch of `verify`.
fn files(course: &Course) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let old = |path: &Path| {
        let age = path.metadata().and_then(|data| data.modified()).ok().and_then(|time| time.elapsed().ok());
        age.is_some_and(|age| age.as_secs() > YOUNG_SECONDS)
    };
    each(&std::env::temp_dir(), &mut |path, name| {
        if (name.starts_with("course-report-") || name.starts_with("course-book-")) && old(path) {
            files.push(path.to_owned());
        }
    });
    for exercise in &course.exercises {
        each(&exercise.folder.join("tests/steps/snapshots"), &mut |path, name| {
            if name.ends_with(".snap.new") {
                files.push(path.to_owned());
            }
        });
    }
    let scratch = overlay::target(course).join("course/verify/scratch");
    if scratch.is_dir() && old(&scratch) {
        files.push(scratch);
    }
    files.sort();
    files
}

fn each(folder: &Path, see: &mut impl FnMut(&Path, &str)) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        see(&entry.path(), &entry.file_name().to_string_lossy());
    }
}

/// Processes of this user that name a lab which does not answer any more. Only Linux says what a process's
/// environment is; elsewhere a lab's processes end with their lab's connection.
fn processes() -> Vec<(u32, String)> {
    let mut found = Vec::new();
    each(Path::new("/proc"), &mut |path, name| {
        let Ok(pid) = name.parse::<u32>() else { return };
        let Ok(environment) = std::fs::read(path.join("environ")) else { return };
        let Some(control) = variable(&environment, CONTROL) else { return };
        if pid != std::process::id() && !answers(&control) {
            found.push((pid, variable(&environment, "LAB_PROCESS").unwrap_or_default()));
        }
    });
    found
}

fn variable(environment: &[u8], name: &str) -> Option<String> {
    environment.split(|byte| *byte == 0).find_map(|entry| {
        let entry = String::from_utf8_lossy(entry);
        entry.split_once('=').filter(|(known, _)| *known == name).map(|(_, value)| value.to_owned())
    })
}

/// Whether the lab at `http://127.0.0.1:port` still takes connections.
fn answers(control: &str) -> bool {
    let address = control.strip_prefix("http://").unwrap_or(control);
    let address = address.split('/').next().unwrap_or_default();
    address.parse().is_ok_and(|address| {
        std::net::TcpStream::connect_timeout(&address, std::time::Duration::from_millis(500)).is_ok()
    })
}

#[cfg(unix)]
fn end(pid: u32) -> std::io::Result<()> {
    use rustix::process::{Pid, Signal, kill_process};
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw).ok_or(std::io::ErrorKind::InvalidInput)?;
    match kill_process(pid, Signal::KILL) {
        Ok(()) | Err(rustix::io::Errno::SRCH) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

#[cfg(not(unix))]
fn end(_: u32) -> std::io::Result<()> {
    Err(std::io::ErrorKind::Unsupported.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn a_snapshot_that_was_never_accepted_is_left_and_others_are_not() {
        let folder = tempfile::tempdir().unwrap();
        let course = sample::course(folder.path());
        let snapshots = course.exercises[0].folder.join("tests/steps/snapshots");
        std::fs::write(snapshots.join("a.snap"), "").unwrap();
        std::fs::write(snapshots.join("a.snap.new"), "").unwrap();
        let left: Vec<PathBuf> =
            files(&course).into_iter().filter(|path| path.starts_with(folder.path())).collect();
        assert_eq!(left, [snapshots.join("a.snap.new")]);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_process_is_left_when_its_lab_is_gone_and_only_then() {
        let lab = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let control = format!("http://{}", lab.local_addr().unwrap());
        let mut child = std::process::Command::new("sleep")
            .arg("60")
            .env("LAB_PROCESS", "views")
            .env(CONTROL, &control)
            .spawn()
            .unwrap();
        let is_left = || processes().iter().any(|(pid, role)| *pid == child.id() && role == "views");
        assert!(!is_left());
        drop(lab);
        // A test beside this one may be starting a process, which has the listener until it is a program of its own.
        let begin = std::time::Instant::now();
        while !is_left() {
            assert!(
                begin.elapsed() < std::time::Duration::from_secs(10),
                "a lab that is gone is taken to be there"
            );
        }
        Leftover::Process(child.id(), "views".into()).remove().unwrap();
        assert!(!child.wait().unwrap().success());
        Leftover::Process(child.id(), "views".into()).remove().unwrap();
    }

    #[test]
    fn a_variable_is_found_by_its_whole_name() {
        assert_eq!(variable(b"A=1\0LAB_CONTROL=x=y\0", "LAB_CONTROL").as_deref(), Some("x=y"));
        assert_eq!(variable(b"MY_LAB_CONTROL=x\0", "LAB_CONTROL"), None);
    }
}
