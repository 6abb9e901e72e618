//! Runs tests with the lab's tracer on, and keeps what it wrote: the reader's runs beside their progress, those of the
//! reference below `target`, as long as neither solution nor tests change.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use lab_manifest::exercise::Exercise;
use lab_manifest::trace::{FORMAT, TRACE, Trace};

use crate::course::Course;
use crate::failure::Failure;
use crate::file_tree::FileTree;
use crate::process::Cancel;
use crate::progress::{now_ms, write_whole};
use crate::runner::{self, Outcome, Progress, Request};
use crate::verify::overlay;

/// Tests that take longer hang.
const LIMIT: Duration = Duration::from_mins(20);
/// The file that says when the reader's traces were kept, in milliseconds since 1970.
const AT: &str = "at";
/// The file by which kept traces are known to be of these sources.
const STAMP: &str = "stamp";

/// Tests that ran, and how the run ended.
#[derive(Debug)]
pub struct Traced {
    /// A trace each, in the order of the exercise's steps.
    pub traces: Vec<Trace>,
    /// How the run ended.
    pub outcome: Outcome,
}

/// Where the reader's traces of an exercise are kept.
pub fn folder(course: &Course, exercise: &Exercise) -> PathBuf {
    course.own_folder().join("trace").join(&exercise.uuid)
}

/// Where the reference's traces of an exercise are kept.
pub fn reference_folder(course: &Course, exercise: &Exercise) -> PathBuf {
    overlay::target(course).join("course").join("trace").join(&exercise.uuid)
}

/// When a run of the exercise was traced last, in milliseconds since 1970; 0 where none was.
pub fn at(course: &Course, exercise: &Exercise) -> u64 {
    let told = std::fs::read_to_string(folder(course, exercise).join(AT)).unwrap_or_default();
    told.trim().parse().unwrap_or_default()
}

/// The kept traces in `folder`, in the order of the exercise's steps.
pub fn kept(exercise: &Exercise, folder: &Path) -> Vec<Trace> {
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let files = files.filter(|path| path.extension().is_some_and(|extension| extension == "json"));
    in_order(exercise, files.filter_map(|file| Trace::read(&file)).collect())
}

/// Runs the reader's code in the tests whose names contain `filter`, and keeps the traces.
pub fn yours(
    course: &Course,
    exercise: &Exercise,
    filter: &str,
    cancel: &Cancel,
    on_progress: impl FnMut(Progress),
) -> Result<Traced, Failure> {
    let traced = run(course, exercise, &exercise.package(), filter, cancel, on_progress)?;
    let folder = folder(course, exercise);
    keep(&traced.traces, &folder)?;
    let file = folder.join(AT);
    write_whole(&file, now_ms().to_string().as_bytes()).map_err(Failure::io("write", &file))?;
    Ok(traced)
}

/// The tests of `wanted` with the solution: kept ones where all of them are there, else from a run of those that `filter`
/// fits. A reference that can't be run costs the comparison alone.
pub fn reference(
    course: &Course,
    exercise: &Exercise,
    filter: &str,
    wanted: &[Trace],
    cancel: &Cancel,
    on_progress: impl FnMut(Progress),
) -> Result<Vec<Trace>, Failure> {
    let folder = reference_folder(course, exercise);
    let stamp = stamp(course, exercise)?;
    let fresh = std::fs::read_to_string(folder.join(STAMP)).is_ok_and(|kept| kept == stamp);
    if fresh {
        let mut kept = kept(exercise, &folder);
        kept.retain(|trace| trace.test.contains(filter));
        if wanted.iter().all(|trace| kept.iter().any(|kept| kept.test == trace.test)) {
            return Ok(kept);
        }
    } else if folder.is_dir() {
        std::fs::remove_dir_all(&folder).map_err(Failure::io("empty", &folder))?;
    }
    let traced = run(course, exercise, &exercise.solution_package(), filter, cancel, on_progress)?;
    if traced.traces.is_empty() {
        // Nothing to keep, and no folder to keep it in: the solution is not there, or can't be built.
        return Ok(Vec::new());
    }
    keep(&traced.traces, &folder)?;
    let file = folder.join(STAMP);
    std::fs::write(&file, stamp).map_err(Failure::io("write", &file))?;
    Ok(traced.traces)
}

fn run(
    course: &Course,
    exercise: &Exercise,
    package: &str,
    filter: &str,
    cancel: &Cancel,
    on_progress: impl FnMut(Progress),
) -> Result<Traced, Failure> {
    let scratch = tempfile::tempdir().map_err(Failure::io("make", &std::env::temp_dir()))?;
    let mut request = Request::new(&course.root, package);
    request.filter = Some(filter.to_owned());
    request.variables = vec![(TRACE.to_owned(), scratch.path().display().to_string())];
    request.limit = Some(LIMIT);
    let outcome = runner::run(&request, cancel, on_progress)?;
    Ok(Traced { traces: kept(exercise, scratch.path()), outcome })
}

fn keep(traces: &[Trace], folder: &Path) -> Result<(), Failure> {
    traces.iter().try_for_each(|trace| trace.write(folder)).map_err(Failure::io("write", folder))
}

fn in_order(exercise: &Exercise, mut traces: Vec<Trace>) -> Vec<Trace> {
    let step = |trace: &Trace| exercise.steps.iter().position(|step| step.id == trace.step);
    traces.sort_by_cached_key(|trace| (step(trace), trace.test.clone()));
    traces
}

/// What the reference's traces depend on.
fn stamp(course: &Course, exercise: &Exercise) -> Result<String, Failure> {
    let mut hasher = DefaultHasher::new();
    FORMAT.hash(&mut hasher);
    for folder in [course.solution(exercise).join("src"), exercise.folder.join("tests")] {
        FileTree::read(&folder)?.0.hash(&mut hasher);
    }
    std::env::var("LAB_SEED").unwrap_or_default().hash(&mut hasher);
    Ok(format!("{:016x}\n", hasher.finish()))
}
