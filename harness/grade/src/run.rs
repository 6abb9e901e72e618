//! Runs the tests of a step with a seed: the driver outside, the submission's processes in cells.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use lab_manifest::exercise::{Shape, Step};
use lab_manifest::report::{self, Event, TestReport};
use tempfile::TempDir;

use crate::bench::{Bench, BenchError, Prepared};
use crate::cell::{EXIT_CODE, Policy, Record, Spec};
use crate::compile::Compiled;
use crate::limits::Limits;
use crate::verdict::Cancel;

/// How often a running driver is looked after.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// An observation that is larger than this differs from the reference's without being read.
const OBSERVATION_BYTES: u64 = 4 * 1024 * 1024;

/// Of a report more is not read: the lab writes a few hundred bytes a test, and both observations where it compares.
const REPORT_BYTES: u64 = 64 * 1024 * 1024;

/// What was seen of a step's tests.
#[derive(Debug, Default)]
pub(crate) struct Run {
    /// What each test observed, by module and name.
    pub(crate) observed: BTreeMap<String, String>,
    /// What the lab said of each.
    pub(crate) reports: HashMap<String, TestReport>,
    /// How the cells ended.
    pub(crate) records: Vec<Record>,
    /// The step's time was up.
    pub(crate) timed_out: bool,
    /// Every test ended as it should.
    pub(crate) succeeded: bool,
}

/// Who plays the roles.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Cast<'a> {
    /// The solution itself, in the driver's own processes.
    Reference,
    /// A submission, each process in a cell.
    Submission(&'a Compiled),
}

/// Runs the tests of `step` with `seed`.
pub(crate) fn run(
    bench: &Bench,
    prepared: &Prepared,
    step: &Step,
    seed: u64,
    cast: Cast<'_>,
    limits: &Limits,
    cancel: &Cancel,
) -> Result<Run, BenchError> {
    if cancel.is_cancelled() {
        return Err(BenchError::Cancelled);
    }
    let scratch = match cast {
        Cast::Submission(compiled) => compiled.folder.path().to_owned(),
        Cast::Reference => bench.folder().join("scratch"),
    };
    std::fs::create_dir_all(&scratch).map_err(BenchError::file(&scratch))?;
    let stage = Stage::set_up(&scratch)?;
    let mut driver = stage.driver(prepared, step, seed, cast)?;
    if let Cast::Submission(compiled) = cast {
        driver.env("LAB_SUBJECT", stage.subject(bench, prepared, compiled, limits)?);
    }
    let limit = Duration::from_secs(limits.step_seconds.into());
    let (code, timed_out) = attend(&mut driver, limit, cancel)?;
    let events = stage.events()?;
    let infra = events.iter().find_map(|event| match event {
        Event::Infra { message } => Some(message.clone()),
        _ => None,
    });
    let trouble = |message| BenchError::Program { program: "the driver".into(), message };
    if code == Some(i32::from(EXIT_CODE)) || infra.is_some() {
        return Err(trouble(infra.unwrap_or_else(|| stage.last_words())));
    }
    if code.is_none() && !timed_out {
        // What it had seen until then is no more than a part.
        return Err(trouble(format!("it was killed. {}", stage.last_words())));
    }
    Ok(Run {
        observed: stage.observed()?,
        reports: events
            .into_iter()
            .filter_map(|event| match event {
                Event::Test(report) => Some((report.test.clone(), report)),
                _ => None,
            })
            .collect(),
        records: Record::read_all(&stage.records),
        timed_out,
        succeeded: code == Some(0),
    })
}

/// The folder of one run.
struct Stage {
    folder: TempDir,
    observed: PathBuf,
    records: PathBuf,
    report: PathBuf,
    words: PathBuf,
}

impl Stage {
    fn set_up(scratch: &Path) -> Result<Self, BenchError> {
        let folder = TempDir::new_in(scratch).map_err(BenchError::file(scratch))?;
        let at = |name: &str| folder.path().join(name);
        let (observed, records) = (at("observed"), at("records"));
        for made in [&observed, &records] {
            std::fs::create_dir_all(made).map_err(BenchError::file(made))?;
        }
        Ok(Self { observed, records, report: at("report.jsonl"), words: at("driver.err"), folder })
    }

    fn driver(
        &self,
        prepared: &Prepared,
        step: &Step,
        seed: u64,
        cast: Cast<'_>,
    ) -> Result<Command, BenchError> {
        let built = &prepared.built;
        let mut driver = Command::new(match cast {
            Cast::Reference => &built.reference,
            Cast::Submission(_) => &built.driver,
        });
        driver.arg(format!("{}::", step.tests)).env_clear();
        if let Some(path) = std::env::var_os("PATH") {
            driver.env("PATH", path);
        }
        driver.env("LD_LIBRARY_PATH", &built.search).env("TMPDIR", self.folder.path());
        // A database for each test, in the driver itself: nothing that one submission leaves is another's to find.
        driver.env("DYNAMODB", "embedded").env("CARGO_MANIFEST_DIR", &prepared.exercise.folder);
        driver
            .env("LAB_SEED", seed.to_string())
            .env("LAB_OBSERVE", &self.observed)
            .env(report::REPORT, &self.report);
        driver.current_dir(&prepared.exercise.folder);
        let words = File::create(&self.words).map_err(BenchError::file(&self.words))?;
        driver.stderr(words);
        Ok(driver)
    }

    /// Writes what the lab has to know of the submission, and says where.
    fn subject(
        &self,
        bench: &Bench,
        prepared: &Prepared,
        compiled: &Compiled,
        limits: &Limits,
    ) -> Result<PathBuf, BenchError> {
        let built = &prepared.built;
        let spec = Spec {
            tier: bench.tier(),
            policy: Policy::Run,
            read: built.libraries.iter().cloned().chain(["/etc/ld.so.cache".into()]).collect(),
            execute: built.loaders.clone(),
            write: Vec::new(),
            links: BTreeMap::new(),
            bounds: limits.run,
            environment: [("LD_LIBRARY_PATH".to_owned(), built.search.clone())].into(),
            directory: "/".into(),
            records: Some(self.records.clone()),
        };
        let path = self.folder.path().join("cell.json");
        write(&path, &spec)?;
        let mut cell: Vec<String> =
            bench.cell().iter().map(|word| word.to_string_lossy().into_owned()).collect();
        cell.extend(["--spec".to_owned(), path.display().to_string()]);
        let subject = serde_json::json!({
            "program": compiled.program,
            "cell": cell,
            "given": prepared.exercise.grading.given,
            "is_called": prepared.exercise.shape == Shape::Call,
        });
        let path = self.folder.path().join("subject.json");
        write(&path, &subject)?;
        Ok(path)
    }

    fn events(&self) -> Result<Vec<Event>, BenchError> {
        match std::fs::metadata(&self.report) {
            Ok(data) if data.len() <= REPORT_BYTES => {
                let text = std::fs::read(&self.report).map_err(BenchError::file(&self.report))?;
                Ok(report::parse(&String::from_utf8_lossy(&text)))
            }
            // A driver that ended before its first test did.
            _ => Ok(Vec::new()),
        }
    }

    fn observed(&self) -> Result<BTreeMap<String, String>, BenchError> {
        let mut observed = BTreeMap::new();
        for entry in std::fs::read_dir(&self.observed).map_err(BenchError::file(&self.observed))? {
            let path = entry.map_err(BenchError::file(&self.observed))?.path();
            let Some((module, name)) = path.file_stem().and_then(|stem| stem.to_str()?.split_once("__"))
            else {
                continue;
            };
            let small = std::fs::metadata(&path).is_ok_and(|data| data.len() <= OBSERVATION_BYTES);
            let text = if small {
                String::from_utf8_lossy(&std::fs::read(&path).map_err(BenchError::file(&path))?).into_owned()
            } else {
                "more than anybody could read".to_owned()
            };
            observed.insert(format!("{module}::{name}"), text);
        }
        Ok(observed)
    }

    fn last_words(&self) -> String {
        let said = std::fs::read(&self.words).unwrap_or_default();
        String::from_utf8_lossy(&said[said.len().saturating_sub(2000)..]).into_owned()
    }
}

fn write(path: &Path, document: &impl serde::Serialize) -> Result<(), BenchError> {
    let text = serde_json::to_vec(document).map_err(|error| BenchError::Course(error.to_string()))?;
    std::fs::write(path, text).map_err(BenchError::file(path))
}

/// Runs the driver to its end or to the end of its time, and answers its exit code.
fn attend(driver: &mut Command, limit: Duration, cancel: &Cancel) -> Result<(Option<i32>, bool), BenchError> {
    let failed = |error: std::io::Error| BenchError::Program {
        program: "the driver".into(),
        message: error.to_string(),
    };
    // It ends when its standard input does.
    driver.stdin(Stdio::piped()).stdout(Stdio::null());
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(driver, 0);
    let mut child = driver.spawn().map_err(failed)?;
    let began = Instant::now();
    loop {
        if let Some(status) = child.try_wait().map_err(failed)? {
            return Ok((status.code(), false));
        }
        let late = began.elapsed() > limit;
        if late || cancel.is_cancelled() {
            end(&mut child);
            return if late { Ok((None, true)) } else { Err(BenchError::Cancelled) };
        }
        std::thread::sleep(LOOK_EVERY);
    }
}

/// The driver and the guards of its cells; the cells end with their guards.
fn end(child: &mut Child) {
    #[cfg(unix)]
    if let Some(group) = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw) {
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    let _ = child.kill();
    let _ = child.wait();
}
