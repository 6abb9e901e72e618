//! Running a test: a fresh lab, the test's closure, and a verdict from what it observed.

mod in_cell;
mod plain_run;

use std::any::type_name;
use std::panic::{AssertUnwindSafe, Location, catch_unwind};
use std::path::Path;
use std::pin::Pin;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use lab_manifest::diagnosis::{self, Evidence};
use lab_manifest::exercise::{Exercise, Step};
use lab_manifest::reference;
use lab_manifest::report::{self, Event, Outcome, TestReport};
use lab_manifest::trace::Trace;
use tokio::runtime::{self, Runtime};

use crate::capture::{Caught, Panics};
use crate::infra::{or_abort, tell};
use crate::remark::Remark;
use crate::role::Entry;
use crate::server::Stopped;
use crate::snapshot::{self, Expected};
use crate::telling::{Broken, Failure};
use crate::test_name::{TestName, TestPlace};
use crate::{Infra, Lab, Observed};

/// A test that takes longer than this has stopped: the slowest of the course take a few seconds.
const LIMIT: Duration = Duration::from_mins(1);

/// Past the limit, a test that waits has ended; one that is still there is in a loop.
const GRACE: Duration = Duration::from_secs(5);

/// Since a `todo!` was reached, a test has this long to end by itself: whoever should have answered it is gone, and most
/// that it could wait for would take until some limit is over.
const AFTER_TODO: Duration = Duration::from_secs(1);

/// The exit code of libtest where a test has failed.
const FAILED: i32 = 101;

/// Where observations are handed out instead of being compared.
const OBSERVE: &str = "LAB_OBSERVE";

/// Whether observations are accepted as the reference's.
const RECORD: &str = "LAB_RECORD";

/// Runs a test in a fresh lab, and lets what it observed decide.
///
/// Under `cargo test` the observation is compared with the snapshot beside the test. With `LAB_OBSERVE` it is written
/// to that folder, and compared by somebody else. Trouble with the tools ends the process with exit code 75.
#[track_caller]
pub fn step<F>(test: F)
where
    F: AsyncFnOnce(&Lab) -> Observed + 'static,
{
    // Nothing but this is compiled for each test anew.
    let test: Test = Box::new(|lab| -> Observing<'_> { Box::pin(async move { test(lab).await }) });
    run(type_name::<F>(), Location::caller().file(), test);
}

/// A test's closure at work.
type Observing<'lab> = Pin<Box<dyn Future<Output = Observed> + 'lab>>;
/// A test's closure.
type Test = Box<dyn for<'lab> FnOnce(&'lab Lab) -> Observing<'lab>>;

fn run(type_name: &str, file: &str, test: Test) {
    if in_cell::is_one() {
        in_cell::run(&or_abort(TestName::parse(type_name)), test);
    }
    let run = or_abort(Run::find(type_name, file));
    let panics = Panics::default();
    // What a lab waits for, such as an image that is pulled, has limits of its own and is not the test's time.
    let opened = run.open(&panics);
    let performed = run.watched(|| Run::perform(opened, &panics, test));
    let broken = run.judge(performed.end, performed.meanwhile);
    if let Some(trace) = performed.trace {
        run.trace(trace, broken.as_ref());
    }
    run.end(broken, &performed.remarks);
}

/// One test of one step.
struct Run {
    name: TestName,
    place: TestPlace,
    exercise: Arc<Exercise>,
    step: Step,
    number: usize,
}

/// The exercise in `folder`: read once, for all tests of the process are of one exercise.
fn exercise(folder: &Path) -> Result<Arc<Exercise>, Infra> {
    static READ: Mutex<Option<Arc<Exercise>>> = Mutex::new(None);
    let mut read = READ.lock().unwrap_or_else(PoisonError::into_inner);
    match &*read {
        Some(exercise) if exercise.folder == folder => Ok(exercise.clone()),
        _ => Ok(read.insert(Arc::new(Exercise::read_for_a_test(folder)?)).clone()),
    }
}

/// A test's lab, and the runtime in which both work.
struct Opened {
    runtime: Runtime,
    lab: Lab,
}

/// What came of a test's closure.
struct Performed {
    end: End,
    /// Panics elsewhere.
    meanwhile: Vec<Caught>,
    remarks: Vec<Remark>,
    trace: Option<Trace>,
}

/// How a test's closure ended.
enum End {
    Observed(String),
    Panicked(Vec<Caught>),
    Stopped(Stopped),
    /// It went on waiting after a `todo!` elsewhere.
    AtTodo,
    TooLong,
}

impl Run {
    fn find(type_name: &str, file: &str) -> Result<Self, Infra> {
        let name = TestName::parse(type_name)?;
        let place = TestPlace::find(file)?;
        let exercise = exercise(&place.exercise)?;
        let found = exercise.steps.iter().enumerate().find(|(_, step)| step.tests == name.module);
        let Some((index, step)) = found.map(|(index, step)| (index, step.clone())) else {
            return Err(Infra::Misplaced(format!(
                "{}: no step names the tests {}",
                place.exercise.join("exercise.toml").display(),
                name.module
            )));
        };
        Ok(Self { name, place, exercise, step, number: index + 1 })
    }

    /// Does `work`, and ends the process if that never ends: a loop that does not wait can't be stopped otherwise.
    fn watched<T>(&self, work: impl FnOnce() -> T) -> T {
        let (working, watched) = mpsc::channel::<()>();
        std::thread::scope(|scope| {
            scope.spawn(move || {
                if watched.recv_timeout(LIMIT + GRACE) == Err(RecvTimeoutError::Timeout) {
                    let failure = self.failure(Broken::TooLong { limit: LIMIT, meanwhile: Vec::new() }, &[]);
                    self.report(Some(&failure));
                    tell(&format!("\n{}\n", failure.text()));
                    std::process::exit(FAILED);
                }
            });
            let done = work();
            drop(working);
            done
        })
    }

    /// A runtime and a lab of the test's own.
    fn open(&self, panics: &Panics) -> Opened {
        let on_start = panics.clone();
        let runtime = runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .on_thread_start(move || on_start.catch_on_this_thread())
            .build()
            .expect("a process may start threads");
        let lab =
            match runtime.block_on(Lab::start(Entry::Test(self.name.process.clone()), &self.name.full())) {
                Ok(lab) => lab,
                Err(infra) => infra.abort(),
            };
        Opened { runtime, lab }
    }

    /// Runs the closure; runtime and lab are gone afterwards.
    fn perform(Opened { runtime, lab }: Opened, panics: &Panics, test: Test) -> Performed {
        panics.catch_on_this_thread();
        let at_todo = async {
            tokio::select! {
                () = panics.todo() => {}
                () = lab.todo() => {}
            }
            tokio::time::sleep(AFTER_TODO).await;
        };
        let run = async {
            tokio::select! {
                Observed { text } = test(&lab) => End::Observed(text),
                () = at_todo => End::AtTodo,
                () = tokio::time::sleep(LIMIT) => End::TooLong,
            }
        };
        let end = match catch_unwind(AssertUnwindSafe(|| runtime.block_on(run))) {
            Ok(end) => end,
            Err(payload) => match payload.downcast::<Stopped>() {
                Ok(stopped) => End::Stopped(*stopped),
                Err(_) => End::Panicked(panics.all()),
            },
        };
        Panics::release_this_thread();
        let in_tasks = if matches!(end, End::Panicked(_)) { Vec::new() } else { panics.all() };
        let mut caught = in_tasks;
        caught.retain(|caught| caught.message != crate::capture::NO_MESSAGE);
        let remarks = lab.remarks();
        let trace = lab.trace();
        caught.extend(runtime.block_on(lab.end()));
        // A task of the reader's code may hang: it is not waited for.
        runtime.shutdown_background();
        Performed { end, meanwhile: caught, remarks: remarks.all(), trace }
    }

    /// What broke, if something did.
    fn judge(&self, end: End, meanwhile: Vec<Caught>) -> Option<Broken> {
        let todo = |caught: &[Caught]| caught.iter().find(|caught| caught.todo().is_some()).cloned();
        let text = match end {
            End::Observed(text) => snapshot::normal(&text),
            other => {
                if let Some(todo) = todo(&meanwhile) {
                    return Some(Broken::Todo(todo));
                }
                return Some(match other {
                    End::Panicked(caught) => match (todo(&caught), caught.into_iter().next()) {
                        (Some(todo), _) => Broken::Todo(todo),
                        // The first is the cause; a later one is what came of it.
                        (None, first) => Broken::Panicked(first.unwrap_or_else(Caught::unknown)),
                    },
                    End::Stopped(stopped) => Broken::Stopped { stopped, meanwhile },
                    End::AtTodo | End::TooLong | End::Observed(_) => {
                        Broken::TooLong { limit: LIMIT, meanwhile }
                    }
                });
            }
        };
        if let Some(folder) = std::env::var_os(OBSERVE) {
            or_abort(snapshot::hand_out(Path::new(&folder), &self.name, &text));
            return None;
        }
        if std::env::var(RECORD).is_ok_and(|value| value == "1") {
            or_abort(snapshot::record(&self.place, &self.name, &text));
            return None;
        }
        match snapshot::read(&self.place, &self.name) {
            Expected::Known(expected) if expected == text => None,
            Expected::Known(expected) => Some(match todo(&meanwhile) {
                Some(todo) => Broken::Todo(todo),
                None => Broken::Differs { expected, yours: text, meanwhile },
            }),
            Expected::Missing => Some(Broken::NoSnapshot { reason: None }),
            Expected::Unreadable(reason) => Some(Broken::NoSnapshot { reason: Some(reason) }),
        }
    }

    /// Leaves the trace for whoever asked for it.
    fn trace(&self, trace: Trace, broken: Option<&Broken>) {
        let trace = Trace {
            exercise: self.exercise.uuid.clone(),
            step: self.step.id.clone(),
            test: self.name.full(),
            outcome: broken.map_or(Outcome::Passed, Broken::outcome),
            ..trace
        };
        or_abort(crate::trace::write(&trace));
    }

    /// Reports the end, and fails the test where something broke.
    fn end(&self, broken: Option<Broken>, remarks: &[Remark]) {
        if let Some(failure) = broken.map(|broken| self.failure(broken, remarks)) {
            self.report(Some(&failure));
            println!("{}", failure.text());
            // Without the hook: the lab has said all that there is to say.
            std::panic::resume_unwind(Box::new("the step is not done"));
        }
        self.report(None);
        self.warn_of(self.edited());
    }

    fn failure(&self, broken: Broken, remarks: &[Remark]) -> Failure<'_> {
        let (expected, yours) = broken.observations();
        let remarks =
            remarks.iter().filter_map(|remark| remark.news(expected, yours)).map(str::to_owned).collect();
        let evidence = Evidence { expected, yours, panic: broken.panic() };
        Failure {
            diagnosis: diagnosis::likeliest(&self.step.diagnoses, evidence),
            exercise: &self.exercise,
            step: &self.step,
            number: self.number,
            name: &self.name,
            place: &self.place,
            broken,
            remarks,
            edited: self.edited(),
        }
    }

    fn report(&self, failure: Option<&Failure<'_>>) {
        let Some(file) = std::env::var_os(report::REPORT) else { return self.keep(failure) };
        let (outcome, expected, yours) = failure.map_or((Outcome::Passed, "", ""), |failure| {
            let (expected, yours) = failure.broken.observations();
            (failure.broken.outcome(), expected, yours)
        });
        let event = Event::Test(TestReport {
            exercise: self.exercise.uuid.clone(),
            step: self.step.id.clone(),
            test: self.name.full(),
            outcome,
            expected: expected.to_owned(),
            yours: yours.to_owned(),
            panic: failure.map(|failure| failure.broken.panic().to_owned()).unwrap_or_default(),
            happened: failure.map(Failure::happened).unwrap_or_default(),
            place: failure.and_then(|failure| failure.broken.place().map(str::to_owned)),
            diagnosis: failure.and_then(|failure| failure.diagnosis).map(|diagnosis| diagnosis.id.clone()),
            cause: failure.map(Failure::cause).unwrap_or_default(),
            read: failure.map(|failure| failure.read().to_owned()).unwrap_or_default(),
            remarks: failure.map(|failure| failure.remarks.clone()).unwrap_or_default(),
            edited: self.edited().to_vec(),
        });
        or_abort(
            report::append(Path::new(&file), &event)
                .map_err(|source| Infra::File { path: Path::new(&file).display().to_string(), source }),
        );
    }

    /// What nobody asked for still counts for the reader, unless its reference was changed.
    fn keep(&self, failure: Option<&Failure<'_>>) {
        if self.edited().is_empty() {
            let outcome = failure.map_or(Outcome::Passed, |failure| failure.broken.outcome());
            plain_run::keep(&self.place, &self.exercise, &self.step, &self.name, outcome);
        }
    }

    /// The files of the reference that are not the course's own any more.
    fn edited(&self) -> &'static [String] {
        static EDITED: OnceLock<Vec<String>> = OnceLock::new();
        EDITED.get_or_init(|| reference::edited(&self.exercise.folder).unwrap_or_default())
    }

    /// A test may pass because its reference was changed: said once, past libtest's capture.
    fn warn_of(&self, edited: &[String]) {
        static TOLD: OnceLock<()> = OnceLock::new();
        if !edited.is_empty() && TOLD.set(()).is_ok() && std::env::var_os(RECORD).is_none() {
            tell(&crate::telling::edited(&self.exercise, edited));
        }
    }
}
