//! How everything stands, for whoever looks: what `/api/state` answers, whole, whenever something changes.

use std::collections::BTreeMap;
use std::sync::Arc;

use lab_manifest::exercise::{Exercise, Step};
use lab_manifest::report::{Outcome, TestReport};
use lab_manifest::table;
use serde::Serialize;
use tokio::sync::watch;

use crate::course::Course;
use crate::progress::{Progress, Status, now_ms};
use crate::runner;
use crate::trace;

/// The version of the document's form.
const VERSION: u32 = 1;

/// How everything stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct State {
    version: u32,
    /// The book that is served.
    pub book: BookState,
    /// What is built behind the book.
    pub labs: Labs,
    /// The DynamoDB of the last run.
    pub backend: Option<String>,
    /// Every exercise that can be read.
    pub exercises: Vec<ExerciseState>,
}

/// The book that is served.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct BookState {
    /// When it was built, in milliseconds since 1970.
    pub built_ms: u64,
    /// How many problems it has.
    pub problems: usize,
}

/// What is built behind the book.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Labs {
    /// How far it is.
    pub phase: Phase,
    /// What is being built, or why it failed.
    pub detail: String,
    /// Units that are done.
    pub done: u32,
    /// All units; 0 while nobody knows.
    pub total: u32,
}

/// How far the labs are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// Nothing is being built.
    #[default]
    Idle,
    /// They are being built.
    Building,
    /// They are built.
    Ready,
    /// They could not be built.
    Failed,
    /// They are built, and one failed in the last run: that says nothing about the reader's code.
    Trouble,
}

/// How an exercise stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExerciseState {
    /// Its number.
    pub number: u32,
    uuid: String,
    title: String,
    page: String,
    /// How it stands as a whole.
    pub status: ExerciseStatus,
    /// Why there is no verdict, where it is broken: `Does not compile`.
    pub broken: &'static str,
    /// When a run of it was traced last, in milliseconds since 1970; 0 where none was.
    pub traced_ms: u64,
    /// Its steps, in order.
    pub steps: Vec<StepState>,
    #[serde(skip)]
    before: ExerciseStatus,
}

/// How an exercise stands as a whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ExerciseStatus {
    /// It was never run.
    #[default]
    Untouched,
    /// It is being run.
    Running,
    /// A step is not green.
    Red,
    /// Every step is green.
    Green,
    /// It does not compile, or its process died.
    Broken,
}

/// How a step stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StepState {
    id: String,
    key: String,
    number: usize,
    title: String,
    /// How it stood at its last run.
    pub status: Status,
    /// The first test that is not green, or why there is no verdict; short.
    pub message: String,
    /// Its tests at the last run of this session.
    pub tests: Vec<TestState>,
}

/// How a test ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TestState {
    name: String,
    outcome: Outcome,
    expected: String,
    yours: String,
    happened: String,
    edited: Vec<String>,
    remarks: Vec<String>,
    cause: String,
    read: String,
}

/// Publishes how everything stands.
#[derive(Clone, Debug)]
pub struct Board(Arc<watch::Sender<Arc<State>>>);

impl Board {
    /// A board of the course, with the progress of earlier sessions.
    pub fn new(course: &Course, progress: &Progress) -> Self {
        let state = State {
            version: VERSION,
            book: BookState::default(),
            labs: Labs::default(),
            backend: None,
            exercises: course
                .exercises
                .iter()
                .map(|exercise| exercise_state(course, exercise, progress))
                .collect(),
        };
        Self(Arc::new(watch::Sender::new(Arc::new(state))))
    }

    /// How everything stands now.
    pub fn state(&self) -> Arc<State> {
        Arc::clone(&self.0.borrow())
    }

    /// Hears of every change; one who is slow hears of the last one.
    pub fn subscribe(&self) -> watch::Receiver<Arc<State>> {
        self.0.subscribe()
    }

    /// A book was built.
    pub fn book(&self, problems: usize) {
        self.change(|state| state.book = BookState { built_ms: now_ms(), problems });
    }

    /// The labs came further.
    pub fn labs(&self, labs: Labs) {
        self.change(|state| state.labs = labs);
    }

    /// The course was read again: an `exercise.toml` changed.
    pub fn reload(&self, course: &Course, progress: &Progress) {
        self.change(|state| {
            let old: BTreeMap<u32, ExerciseState> =
                state.exercises.drain(..).map(|exercise| (exercise.number, exercise)).collect();
            state.exercises = course
                .exercises
                .iter()
                .map(|exercise| {
                    let mut new = exercise_state(course, exercise, progress);
                    if let Some(old) = old.get(&exercise.number) {
                        new.keep_tests_of(old);
                    }
                    new
                })
                .collect();
        });
    }

    /// An exercise is being run.
    pub fn running(&self, number: u32) {
        self.exercise(number, |exercise| {
            if exercise.status != ExerciseStatus::Running {
                exercise.before = exercise.status;
            }
            exercise.status = ExerciseStatus::Running;
        });
    }

    /// A run ended without saying anything about the code: it was cancelled, or the lab failed.
    pub fn as_before(&self, number: u32) {
        self.exercise(number, |exercise| exercise.status = exercise.before);
    }

    /// There is no verdict: the code does not compile, or its process died. `head` says which, `why` says more.
    pub fn broken(&self, number: u32, head: &'static str, why: &str) {
        self.exercise(number, |exercise| {
            exercise.status = ExerciseStatus::Broken;
            exercise.broken = head;
            for step in &mut exercise.steps {
                why.clone_into(&mut step.message);
            }
        });
    }

    /// Tests ran.
    pub fn tested(&self, exercise: &Exercise, tested: &runner::Tested) {
        self.change(|state| state.backend.clone_from(&tested.backend));
        self.exercise(exercise.number, |shown| {
            for (shown, step) in shown.steps.iter_mut().zip(&exercise.steps) {
                shown.tested(step, tested.tests.iter().filter(|test| test.step == step.id));
            }
            let green = shown.steps.iter().all(|step| step.status == Status::Passed);
            shown.status = if green { ExerciseStatus::Green } else { ExerciseStatus::Red };
        });
    }

    /// A run was traced, or none was.
    pub fn traced(&self, number: u32, at_ms: u64) {
        self.exercise(number, |exercise| exercise.traced_ms = at_ms);
    }

    fn exercise(&self, number: u32, change: impl FnOnce(&mut ExerciseState)) {
        self.change(|state| {
            if let Some(exercise) = state.exercises.iter_mut().find(|exercise| exercise.number == number) {
                change(exercise);
            }
        });
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        self.0.send_if_modified(|state| {
            let mut new = State::clone(state);
            change(&mut new);
            let changed = new != **state;
            *state = Arc::new(new);
            changed
        });
    }
}

impl ExerciseState {
    fn keep_tests_of(&mut self, old: &Self) {
        self.status = old.status;
        self.broken = old.broken;
        self.before = old.before;
        for step in &mut self.steps {
            if let Some(old) = old.steps.iter().find(|old| old.key == step.key) {
                step.message.clone_from(&old.message);
                step.tests.clone_from(&old.tests);
            }
        }
    }
}

impl StepState {
    fn tested<'a>(&mut self, step: &Step, tests: impl Iterator<Item = &'a TestReport> + Clone) {
        let Some(status) = crate::progress::status(tests.clone()) else {
            self.message.clear();
            return;
        };
        self.status = status;
        self.message = worst(tests.clone()).map(|test| message(step, test)).unwrap_or_default();
        self.tests = tests.map(test_state).collect();
    }
}

/// The test that a reader should look at first: one that failed, before one that waits.
pub fn worst<'a>(tests: impl Iterator<Item = &'a TestReport>) -> Option<&'a TestReport> {
    tests.filter(|test| test.outcome != Outcome::Passed).min_by_key(|test| match test.outcome {
        Outcome::Failed => 0,
        Outcome::Panicked => 1,
        Outcome::Todo | Outcome::Passed => 2,
    })
}

/// What a test that is not green says, in a line.
pub fn message(step: &Step, test: &TestReport) -> String {
    let first_line = |text: &str| text.lines().next().unwrap_or_default().trim().to_owned();
    match test.outcome {
        Outcome::Passed => String::new(),
        Outcome::Todo if test.panic.is_empty() => format!("write step {}", step.id),
        Outcome::Todo => first_line(&test.panic),
        Outcome::Panicked => format!("{}: {}", statement(&test.test), first_line(&test.panic)),
        Outcome::Failed => statement(&test.test),
    }
}

/// A test's name as the sentence that it is: `step_3_views::twenty_are_counted` says "twenty are counted".
pub fn statement(test: &str) -> String {
    test.rsplit("::").next().unwrap_or(test).replace('_', " ")
}

fn test_state(test: &TestReport) -> TestState {
    // The page marks lines that differ: a row whose column is wider does not.
    let (expected, yours) = table::aligned(&test.expected, &test.yours);
    TestState {
        name: test.test.rsplit("::").next().unwrap_or(&test.test).to_owned(),
        outcome: test.outcome,
        expected,
        yours: if yours.is_empty() { test.panic.clone() } else { yours },
        happened: test.happened.clone(),
        edited: test.edited.clone(),
        remarks: test.remarks.clone(),
        cause: test.cause.clone(),
        read: test.read.clone(),
    }
}

fn exercise_state(course: &Course, exercise: &Exercise, progress: &Progress) -> ExerciseState {
    let steps: Vec<StepState> = exercise
        .steps
        .iter()
        .enumerate()
        .map(|(index, step)| StepState {
            id: step.id.clone(),
            key: exercise.key(step),
            number: index + 1,
            title: step.title.clone(),
            status: progress.step(exercise, step).status,
            message: String::new(),
            tests: Vec::new(),
        })
        .collect();
    let status = if steps.iter().all(|step| step.status == Status::Passed) {
        ExerciseStatus::Green
    } else if steps.iter().all(|step| step.status == Status::Unknown) {
        ExerciseStatus::Untouched
    } else {
        ExerciseStatus::Red
    };
    ExerciseState {
        number: exercise.number,
        uuid: exercise.uuid.clone(),
        title: exercise.title.clone(),
        page: exercise.page(),
        status,
        broken: "",
        traced_ms: trace::run::at(course, exercise),
        steps,
        before: status,
    }
}
