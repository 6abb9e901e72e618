//! Compiles a submission: the exercise's own compiler lines, replayed in a cell over the submission's sources.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use lab_manifest::exercise::Shape;
use tempfile::TempDir;

use crate::bench::line::{Line, Replay};
use crate::bench::{Bench, BenchError, Prepared};
use crate::cell::record::{Ended, Record};
use crate::cell::{Policy, Spec};
use crate::limits::Limits;
use crate::plain::plain;
use crate::verdict::{Cancel, Outcome, Work};

/// How a compiled library's name ends.
const LIBRARY: &str = ".rlib";

/// How often a compiler is started that gets no thread, and how long after the time before.
const ATTEMPTS: u32 = 3;
const UNTIL_NEXT_ATTEMPT: Duration = Duration::from_secs(2);

/// The compiler's exit code after an error of its own. Of sources that it does not like it says 1.
const BROKEN_DOWN: i32 = 101;

/// Of the compiler's words this much is kept.
const MESSAGE_BYTES: usize = 8 * 1024;

/// What the system's compiler driver and linker consist of.
const SYSTEM: [&str; 6] = ["/usr", "/bin", "/lib", "/lib64", "/etc/alternatives", "/etc/ld.so.cache"];

/// A submission's test binary, in a folder that goes when this is dropped.
#[derive(Debug)]
pub struct Compiled {
    /// Everything of this submission.
    pub(crate) folder: TempDir,
    pub(crate) program: PathBuf,
}

/// Why there is no program.
#[derive(Debug)]
pub enum Failed {
    /// The submission's doing.
    Work {
        /// `compile_error`, `forbidden`, `timeout`, `oom` or `output_limit`.
        outcome: Outcome,
        /// The compiler's words, fit to be shown.
        message: String,
    },
    /// The grader's.
    Bench(BenchError),
}

impl From<BenchError> for Failed {
    fn from(error: BenchError) -> Self {
        Self::Bench(error)
    }
}

/// Compiles `work`.
pub fn compile(
    bench: &Bench,
    prepared: &Prepared,
    work: &Work,
    limits: &Limits,
    cancel: &Cancel,
) -> Result<Compiled, Failed> {
    let scratch = bench.folder().join("scratch");
    std::fs::create_dir_all(&scratch).map_err(BenchError::file(&scratch))?;
    let folder = TempDir::new_in(&scratch).map_err(BenchError::file(&scratch))?;
    let site = Site::set_up(folder.path(), prepared, work)?;
    let built = &prepared.built;
    let name = prepared.exercise.package().replace('-', "_");
    let replay = Replay {
        built: &built.target_dependencies,
        dependencies: &built.dependencies,
        out: &site.out,
        instead: None,
    };
    site.run(bench, prepared, &built.library, replay, limits, cancel)?;
    let library = site.result(|file| file.strip_prefix("lib").is_some_and(|rest| rest.ends_with(LIBRARY)))?;
    let replay = Replay { instead: Some((&name, &library)), ..replay };
    site.run(bench, prepared, &built.steps, replay, limits, cancel)?;
    let program = site.result(|file| file.starts_with("steps-") && !file.contains('.'))?;
    Ok(Compiled { folder, program })
}

/// The folder in which one submission is compiled.
struct Site {
    /// What the compiler reads: the course, as far as this exercise is concerned.
    course: PathBuf,
    out: PathBuf,
    scratch: PathBuf,
    records: PathBuf,
    spec: PathBuf,
}

impl Site {
    fn set_up(folder: &Path, prepared: &Prepared, work: &Work) -> Result<Self, BenchError> {
        let site = Self {
            course: folder.join("course"),
            out: folder.join("out"),
            scratch: folder.join("tmp"),
            records: folder.join("records"),
            spec: folder.join("compile.json"),
        };
        for made in [&site.course, &site.out, &site.scratch, &site.records] {
            std::fs::create_dir_all(made).map_err(BenchError::file(made))?;
        }
        let exercise =
            prepared.exercise.folder.strip_prefix(&prepared.course).unwrap_or(Path::new("exercise"));
        let package = site.course.join(exercise);
        let steps = prepared.exercise.shape == Shape::Call;
        copy_tests(&prepared.exercise.folder.join("tests"), &package.join("tests"), steps)?;
        for (path, bytes) in &work.files {
            // Intake has seen to it; whoever calls without it gets no file elsewhere either.
            if !path.starts_with("src") || path.components().any(|part| !matches!(part, Component::Normal(_)))
            {
                return Err(BenchError::Course(format!("{} is no file of a submission", path.display())));
            }
            let to = package.join(path);
            let parent = to.parent().unwrap_or(&package);
            std::fs::create_dir_all(parent).map_err(BenchError::file(parent))?;
            std::fs::write(&to, bytes).map_err(BenchError::file(&to))?;
        }
        Ok(site)
    }

    fn run(
        &self,
        bench: &Bench,
        prepared: &Prepared,
        line: &Line,
        replay: Replay<'_>,
        limits: &Limits,
        cancel: &Cancel,
    ) -> Result<(), Failed> {
        if cancel.is_cancelled() {
            return Err(BenchError::Cancelled.into());
        }
        let spec = self.spec(bench, prepared, line, limits);
        let text = serde_json::to_vec(&spec).map_err(|error| BenchError::Course(error.to_string()))?;
        std::fs::write(&self.spec, text).map_err(BenchError::file(&self.spec))?;
        let mut attempt = 1;
        loop {
            let _ = std::fs::remove_dir_all(&self.records);
            std::fs::create_dir_all(&self.records).map_err(BenchError::file(&self.records))?;
            let mut cell = cell(bench.cell());
            cell.arg("--spec").arg(&self.spec).arg("--").arg(&line.program).args(line.replayed(replay));
            cell.arg("--sysroot").arg(&prepared.built.toolchain);
            let said = attend(cell, cancel)?;
            let record = Record::read_all(&self.records).pop();
            match record.map(|record| record.ended) {
                Some(Ended::Exited(0)) => return Ok(()),
                Some(ended) if out_of_threads(ended, &said) && attempt < ATTEMPTS => {
                    attempt += 1;
                    std::thread::sleep(UNTIL_NEXT_ATTEMPT);
                }
                Some(ended) => return Err(self.judge(ended, &said, bench, limits)),
                None => return Err(trouble(&said)),
            }
        }
    }

    fn spec(&self, bench: &Bench, prepared: &Prepared, line: &Line, limits: &Limits) -> Spec {
        let built = &prepared.built;
        let mut environment: BTreeMap<String, String> = line.environment.clone();
        environment.insert("PATH".into(), "/usr/bin:/bin".into());
        environment.insert("TMPDIR".into(), self.scratch.display().to_string());
        environment.insert("LC_ALL".into(), "C".into());
        // Without `/proc` the loader does not know where a program is, and what is beside it.
        environment.insert("LD_LIBRARY_PATH".into(), built.toolchain.join("lib").display().to_string());
        let mut read = vec![self.course.clone(), built.dependencies.clone()];
        read.extend(built.native.iter().cloned());
        let mut execute: Vec<PathBuf> = SYSTEM.iter().map(PathBuf::from).collect();
        execute.push(built.toolchain.clone());
        Spec {
            tier: bench.tier(),
            policy: Policy::Compile,
            read,
            execute,
            write: vec![self.out.clone(), self.scratch.clone()],
            // The toolchain's linker asks there where it is, and finds itself by that.
            links: built
                .linker()
                .map(|linker| (PathBuf::from("/proc/self/exe"), linker))
                .into_iter()
                .collect(),
            bounds: limits.compile,
            environment,
            directory: self.course.clone(),
            records: Some(self.records.clone()),
        }
    }

    /// The one result that `is` says so of.
    fn result(&self, is: impl Fn(&str) -> bool) -> Result<PathBuf, Failed> {
        let entries = std::fs::read_dir(&self.out).map_err(BenchError::file(&self.out))?;
        let mut found = entries.flatten().filter(|entry| {
            entry.file_type().is_ok_and(|kind| kind.is_file()) && entry.file_name().to_str().is_some_and(&is)
        });
        found.next().map(|entry| entry.path()).ok_or_else(|| Failed::Work {
            outcome: Outcome::CompileError,
            message: "The compiler made no library of these sources.".into(),
        })
    }

    fn judge(&self, ended: Ended, said: &str, bench: &Bench, limits: &Limits) -> Failed {
        // Paths of the grader's machine are nobody's business, and differ from run to run.
        let told = said
            .replace(&self.course.display().to_string(), "")
            .replace(&bench.folder().display().to_string(), "");
        let outcome = match ended {
            Ended::Timeout => Outcome::Timeout,
            Ended::Memory => Outcome::Oom,
            Ended::Output => Outcome::OutputLimit,
            Ended::Forbidden | Ended::Tasks => Outcome::Forbidden,
            Ended::Stopped => return BenchError::Cancelled.into(),
            Ended::Trouble => return trouble(said),
            ended if out_of_threads(ended, said) => return trouble(said),
            Ended::Exited(_) | Ended::Signaled(_) if self.has_no_room(said, limits) => return trouble(said),
            Ended::Exited(_) | Ended::Signaled(_) if out_of_memory(said) => Outcome::Oom,
            Ended::Exited(_) | Ended::Signaled(_) if only_unsafe(said) => Outcome::Forbidden,
            Ended::Exited(_) | Ended::Signaled(_) => Outcome::CompileError,
        };
        Failed::Work { outcome, message: plain(told.trim(), MESSAGE_BYTES) }
    }

    /// Whether the compiler ended because the grader's disk is full. What it says a submission could say, too; that there
    /// is less room than it may use is seen from outside.
    fn has_no_room(&self, said: &str, limits: &Limits) -> bool {
        let wanted = u64::from(limits.compile.file_kib) * 1024;
        said.contains("No space left on device") && room(&self.out).is_some_and(|room| room < wanted)
    }
}

/// Bytes that are free where `folder` is.
#[cfg(unix)]
fn room(folder: &Path) -> Option<u64> {
    let system = rustix::fs::statvfs(folder).ok()?;
    Some(system.f_bavail * system.f_frsize)
}

#[cfg(not(unix))]
fn room(_: &Path) -> Option<u64> {
    None
}

/// Whether the compiler broke down because it got no thread. How many the machine has left is not the submission's doing:
/// in the base tier its neighbours, too, take from them until they are stopped.
fn out_of_threads(ended: Ended, said: &str) -> bool {
    ended == Ended::Exited(BROKEN_DOWN) && said.contains("Resource temporarily unavailable")
}

fn out_of_memory(said: &str) -> bool {
    said.contains("memory allocation of ") || said.contains("LLVM ERROR: out of memory")
}

/// Whether each error is about unsafe code: then the rest may well compile.
fn only_unsafe(said: &str) -> bool {
    let errors = || {
        said.lines()
            .filter(|line| line.starts_with("error"))
            .filter(|line| !line.contains("aborting due to") && !line.contains("could not compile"))
    };
    let about_unsafe = |line: &str| {
        line.contains("unsafe")
            || line.contains("E0453")
            || line.contains("no_mangle")
            || line.contains("link_section")
            || line.contains("export_name")
    };
    errors().next().is_some() && errors().all(about_unsafe)
}

fn trouble(said: &str) -> Failed {
    BenchError::Program { program: "cell".into(), message: plain(said.trim(), MESSAGE_BYTES) }.into()
}

/// The tests' sources, as far as the submission's processes are made of them. Never what the reference observed; and the
/// `steps` only where they call the submission: else the driver alone runs them, and they are most of what there would be
/// to compile.
fn copy_tests(from: &Path, to: &Path, steps: bool) -> Result<(), BenchError> {
    std::fs::create_dir_all(to).map_err(BenchError::file(to))?;
    for entry in std::fs::read_dir(from).map_err(BenchError::file(from))? {
        let path = entry.map_err(BenchError::file(from))?.path();
        let Some(name) = path.file_name() else { continue };
        if path.is_dir() {
            if name != "snapshots" {
                copy_tests(&path, &to.join(name), steps)?;
            }
        } else if path.extension().is_some_and(|end| end == "rs")
            && (steps || !name.to_string_lossy().starts_with("step_"))
        {
            let text = std::fs::read_to_string(&path).map_err(BenchError::file(&path))?;
            let to = to.join(name);
            let text = if steps { text } else { without_steps(&text) };
            std::fs::write(&to, text).map_err(BenchError::file(&to))?;
        }
    }
    Ok(())
}

/// The tests' `main.rs` without `mod step_…;`, the lines kept for the compiler to count.
fn without_steps(source: &str) -> String {
    let is_step = |line: &str| line.starts_with("mod step_") && line.trim_end().ends_with(';');
    source.lines().flat_map(|line| [if is_step(line) { "" } else { line }, "\n"]).collect()
}

/// The command that makes a cell, in an environment that has nothing of the grader's.
pub(crate) fn cell(words: &[OsString]) -> Command {
    let (program, front) = words.split_first().expect("a bench was probed with its cell");
    let mut command = Command::new(program);
    command.args(front).env_clear();
    command
}

/// Runs a cell to its end and answers what it wrote to its standard error; the cell bounds it.
fn attend(mut cell: Command, cancel: &Cancel) -> Result<String, BenchError> {
    let failed =
        |error: std::io::Error| BenchError::Program { program: "cell".into(), message: error.to_string() };
    cell.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = cell.spawn().map_err(failed)?;
    // Closing it ends the cell.
    let stdin = child.stdin.take();
    let stderr = child.stderr.take();
    let ended = &std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(move || {
            let _stdin = stdin;
            while !ended.load(std::sync::atomic::Ordering::Relaxed) && !cancel.is_cancelled() {
                std::thread::park_timeout(Duration::from_millis(20));
            }
        });
        let mut said = Vec::new();
        if let Some(mut stderr) = stderr {
            let _ = std::io::Read::read_to_end(&mut stderr, &mut said);
        }
        let waited = child.wait();
        ended.store(true, std::sync::atomic::Ordering::Relaxed);
        waited.map_err(failed)?;
        Ok(String::from_utf8_lossy(&said).into_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_submission_is_compiled_without_the_steps() {
        let main = "use exercise_1 as subject;\nmod cloud;\nmod step_1_typed_event;\nlab::processes! {}\n";
        assert_eq!(without_steps(main), "use exercise_1 as subject;\nmod cloud;\n\nlab::processes! {}\n");
    }

    #[test]
    fn a_compiler_without_threads_is_told_from_sources_that_say_so() {
        let said = "thread 'coordinator' panicked at write.rs:1929:6:\nfailed to spawn work thread: Os { code: 11, \
                    kind: WouldBlock, message: \"Resource temporarily unavailable\" }";
        assert!(out_of_threads(Ended::Exited(101), said));
        assert!(!out_of_threads(
            Ended::Exited(1),
            "error: Resource temporarily unavailable\n --> src/lib.rs:1:1"
        ));
        assert!(!out_of_threads(Ended::Exited(101), "error: internal compiler error"));
    }

    #[test]
    fn an_error_about_unsafe_code_alone_is_told_from_others() {
        assert!(only_unsafe(
            "error: usage of an `unsafe` block\n --> src/lib.rs:1:1\nerror: aborting due to 1 previous error"
        ));
        assert!(!only_unsafe("error: usage of an `unsafe` block\nerror[E0308]: mismatched types\n"));
        assert!(!only_unsafe("warning: unused import\n"));
    }
}
