//! Runs what the queue gives, one thing at a time, and tells the terminal, the page and the progress.

use std::cell::Cell;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use lab_docker::{Engine, PROGRAM};
use lab_manifest::exercise::{Exercise, Try};
use lab_manifest::report::{Event, REPORT};

use super::board::{Board, Labs, Phase};
use super::console::Console;
use super::queue::{Job, ProgramAnswer, Queue, TryAnswer};
use super::verdict::Teller;
use crate::cargo;
use crate::console::program::Program;
use crate::course::Course;
use crate::failure::Failure;
use crate::process::{self, Cancel, End, Line};
use crate::program;
use crate::progress::Progress;
use crate::runner::{self, LAB_SAYS, Outcome, ReportFile, Request, Tested};
use crate::terminal::Style;

/// A run of an exercise's tests that takes longer hangs.
const EXERCISE_LIMIT: Duration = Duration::from_mins(10);
/// Building a try's example, at worst with all that it needs.
const TRY_BUILD_LIMIT: Duration = Duration::from_mins(10);
/// A try is short, once its lab is there.
const TRY_LIMIT: Duration = Duration::from_secs(30);
/// Opening it, at worst with what starts the container built, and an image that is pulled.
const LAB_LIMIT: Duration = Duration::from_mins(10);
/// Bytes of a try's output that are shown.
const TRY_OUTPUT_BYTES: usize = 64 * 1024;

/// The variable by which labs choose their database.
const DATABASE: &str = "DYNAMODB";

/// Runs what the queue gives.
#[derive(Clone, Debug)]
pub struct Worker {
    /// The course; read anew when an `exercise.toml` is saved.
    pub course: Arc<Mutex<Arc<Course>>>,
    /// What the page shows.
    pub board: Board,
    /// What the terminal shows.
    pub console: Console,
    /// What is to be run.
    pub queue: Queue,
    /// Where the book is served.
    pub address: Option<String>,
}

impl Worker {
    /// Works until the queue is stopped.
    pub fn work(&self) {
        let started = Instant::now();
        while let Some((job, cancel)) = self.queue.next() {
            match job {
                Job::Exercise(number) => self.exercise(number, &cancel),
                Job::Try(id, answer) => {
                    // A page that was closed meanwhile does not hear it.
                    let _ = answer.send(self.run_try(&id, &cancel));
                }
                Job::Console(answer) => {
                    let _ = answer.send(self.console_program(&cancel));
                }
                Job::Labs(number) => self.labs(number, started, &cancel),
            }
        }
        self.console.done();
    }

    /// The course as it was read last.
    pub fn course(&self) -> Arc<Course> {
        Arc::clone(&self.course.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn exercise(&self, number: u32, cancel: &Cancel) {
        let course = self.course();
        let Ok(exercise) = course.exercise(number) else { return };
        self.board.running(number);
        let name = format!("exercise {number}");
        self.console.doing(format!("{name}: running …"));
        let mut request = Request::new(&course.root, &exercise.package());
        request.limit = Some(EXERCISE_LIMIT);
        let outcome = runner::run(&request, cancel, |progress| self.show(&name, &progress));
        self.console.done();
        match outcome {
            Ok(outcome) => self.ended(&course, exercise, &outcome),
            Err(failure) => {
                self.board.as_before(number);
                self.console.say(|terminal| failure.tell(terminal));
            }
        }
    }

    fn ended(&self, course: &Course, exercise: &Exercise, outcome: &Outcome) {
        let number = exercise.number;
        match outcome {
            Outcome::Built | Outcome::Cancelled => self.board.as_before(number),
            Outcome::Tested(tested) => {
                self.say_database(tested);
                self.board.tested(exercise, tested);
                // They are built, whatever was said of them before.
                if !self.queue.has_labs() {
                    self.board.labs(Labs { phase: Phase::Ready, ..Labs::default() });
                }
                if let Err(failure) =
                    Progress::update(course, |progress| progress.record(exercise, &tested.tests))
                {
                    self.console.say(|terminal| failure.tell(terminal));
                }
            }
            Outcome::DoesNotCompile(errors) => {
                let error =
                    errors.iter().find(|error| error.package == exercise.package()).or(errors.first());
                let told = error.map(|error| match &error.place {
                    Some(place) => format!("{}, at `{place}`", error.message),
                    None => error.message.clone(),
                });
                self.board.broken(number, "Does not compile", &told.unwrap_or_default());
            }
            Outcome::BuildFailed { message } => {
                self.board.as_before(number);
                self.without_labs(Phase::Trouble, &what_was_not_built(message));
            }
            Outcome::Infra { message } => {
                self.board.as_before(number);
                self.without_labs(Phase::Trouble, &what_failed(message));
            }
            Outcome::Crashed { .. } => {
                let why = "The test process died before its end. The terminal shows its last words.";
                self.board.broken(number, "No verdict", why);
            }
            Outcome::TimedOut { .. } => {
                self.board.broken(number, "No verdict", "The tests were not done in time, and were ended.");
            }
        }
        self.console.say(|terminal| {
            Teller { terminal, course, address: self.address.as_deref() }.tell(exercise, outcome);
        });
    }

    /// Which DynamoDB it was and why, when that is news.
    fn say_database(&self, tested: &Tested) {
        let Some(why) = tested.why.as_ref().filter(|_| tested.backend != self.board.state().backend) else {
            return;
        };
        let text = format!("DynamoDB: {}, because {why}", tested.backend.as_deref().unwrap_or_default());
        self.console.say(|terminal| terminal.text(&terminal.paint(Style::Quiet, &text)));
    }

    /// A lab failed, or could not be built: the page says so where it shows the labs.
    fn without_labs(&self, phase: Phase, message: &str) {
        let detail = message.lines().next().unwrap_or_default().to_owned();
        self.board.labs(Labs { phase, detail, ..Labs::default() });
    }

    fn show(&self, name: &str, progress: &runner::Progress) {
        match progress {
            runner::Progress::Building { done, total, now } => {
                self.console.doing(format!("{name}: building {done} of {total} ({now})"));
                if !matches!(self.board.state().labs.phase, Phase::Ready | Phase::Trouble) {
                    self.board.labs(Labs {
                        phase: Phase::Building,
                        detail: now.clone(),
                        done: *done,
                        total: *total,
                    });
                }
            }
            runner::Progress::Waiting => {
                self.console.doing(format!("{name}: waiting for another cargo in this folder"));
            }
            runner::Progress::Running => self.console.doing(format!("{name}: running …")),
            runner::Progress::Lab(said) => self.console.doing(format!("{name}: {said}")),
        }
    }

    fn labs(&self, number: u32, started: Instant, cancel: &Cancel) {
        let course = self.course();
        let Ok(exercise) = course.exercise(number) else { return };
        let labs = self.board.state().labs.clone();
        self.board.labs(Labs { phase: Phase::Building, ..labs });
        let mut request = Request::new(&course.root, &exercise.package());
        request.build_only = true;
        request.background = true;
        let name = format!("labs of exercise {number}, behind the book");
        let outcome = runner::run(&request, cancel, |progress| self.show(&name, &progress));
        self.console.done();
        match outcome {
            Ok(Outcome::Cancelled) => {}
            Ok(Outcome::DoesNotCompile(errors))
                if errors.iter().all(|error| error.package == exercise.package()) =>
            {
                // The reader's own code: that is no failure of the lab's. A save tells it.
                self.built(started);
            }
            Ok(Outcome::BuildFailed { .. } | Outcome::DoesNotCompile(_)) => {
                self.labs_failed(&course, exercise, outcome);
            }
            Ok(_) => {
                // So that no first run waits for what it starts. Where one can't be built, whoever needs it says so.
                if !exercise.consoles.is_empty() {
                    let _ = Program::build(&course.root, cargo::background(&course.root), cancel);
                }
                if wants_container() && Engine::find().is_ok() {
                    let what = "what starts DynamoDB Local, behind the book";
                    let _ = program::build(cargo::background(&course.root), PROGRAM, cancel, |built| {
                        self.console.doing(format!("{what}: building {built}"));
                    });
                    self.console.done();
                }
                if !cancel.is_cancelled() {
                    self.built(started);
                }
            }
            Err(failure) => {
                self.without_labs(Phase::Failed, &failure.to_string());
                self.console.say(|terminal| failure.tell(terminal));
            }
        }
    }

    fn labs_failed(&self, course: &Course, exercise: &Exercise, outcome: Result<Outcome, Failure>) {
        let Ok(outcome) = outcome else { return };
        let why = match &outcome {
            Outcome::DoesNotCompile(errors) => errors.first().map(|error| error.message.clone()),
            Outcome::BuildFailed { message } => Some(what_was_not_built(message)),
            _ => None,
        };
        self.without_labs(Phase::Failed, &why.unwrap_or_default());
        self.console.say(|terminal| {
            Teller { terminal, course, address: self.address.as_deref() }.tell(exercise, &outcome);
        });
    }

    fn built(&self, started: Instant) {
        if self.queue.has_labs() {
            return;
        }
        self.board.labs(Labs { phase: Phase::Ready, ..Labs::default() });
        self.console.say(|terminal| {
            let seconds = started.elapsed().as_secs();
            terminal.text(&terminal.paint(
                Style::Quiet,
                &format!("The labs are built ({seconds} s): a save is tested at once."),
            ));
        });
    }

    fn console_program(&self, cancel: &Cancel) -> ProgramAnswer {
        self.console.doing("console: building its lab …");
        let root = &self.course().root;
        let built = Program::build(root, cargo::command(root), cancel);
        self.console.done();
        built
    }

    fn run_try(&self, id: &str, cancel: &Cancel) -> TryAnswer {
        let course = self.course();
        let (exercise, run) = find_try(&course, id).ok_or("there is no such run")?;
        let package = exercise.solution_package();
        let name = format!("try {id}");
        self.console.doing(format!("{name}: building …"));
        let done = build_try(&course, &package, run, cancel).and_then(|()| {
            start_try(&course, &package, run, cancel, |said| self.console.doing(format!("{name}: {said}")))
        });
        self.console.done();
        done
    }
}

/// Whether a lab uses an engine that is there.
fn wants_container() -> bool {
    std::env::var(DATABASE).map_or(true, |value| matches!(value.trim(), "" | "auto" | "container"))
}

/// The registered try with this id, and its exercise.
pub fn find_try<'a>(course: &'a Course, id: &str) -> Option<(&'a Exercise, &'a Try)> {
    let mut all =
        course.exercises.iter().flat_map(|exercise| exercise.tries.iter().map(move |run| (exercise, run)));
    all.find(|(_, run)| run.id == id)
}

fn build_try(course: &Course, package: &str, run: &Try, cancel: &Cancel) -> Result<(), String> {
    let mut command = cargo::command(&course.root);
    command.args(["build", "--quiet", "--package", package, "--example", &run.example]);
    let mut output = Vec::new();
    let end = process::run(&mut command, cancel, Some(TRY_BUILD_LIMIT), |line| {
        let (Line::Out(line) | Line::Err(line)) = line;
        output.push(line);
    });
    match end {
        Ok(End::Exited(status)) if status.success() => Ok(()),
        Ok(End::Exited(_)) => {
            Err(format!("it could not be built: {}", output.last().map_or("", String::as_str)))
        }
        Ok(End::Cancelled) => Err("it was stopped".into()),
        Ok(End::TimedOut) => Err("it was not built in time".into()),
        Err(error) => Err(format!("cargo could not be run: {error}")),
    }
}

fn start_try(
    course: &Course,
    package: &str,
    run: &Try,
    cancel: &Cancel,
    on_said: impl Fn(&str),
) -> TryAnswer {
    let report = ReportFile::new();
    let mut command = cargo::command(&course.root);
    command.args(["run", "--quiet", "--package", package, "--example", &run.example]);
    command.env(REPORT, report.path());
    let mut output = String::new();
    let mut complaint = String::new();
    let (started, opened) = (Instant::now(), Cell::new(None::<Instant>));
    let is_over = || {
        let is_open = || report.events().iter().any(|event| matches!(event, Event::Backend { .. }));
        if opened.get().is_none() && is_open() {
            opened.set(Some(Instant::now()));
        }
        opened.get().map_or(started.elapsed() > LAB_LIMIT, |opened| opened.elapsed() > TRY_LIMIT)
    };
    let end = process::run_until(&mut command, cancel, is_over, |line| match line {
        Line::Out(line) if output.len() + line.len() < TRY_OUTPUT_BYTES => {
            output.push_str(&line);
            output.push('\n');
        }
        Line::Err(line) => {
            if let Some(said) = line.strip_prefix(LAB_SAYS) {
                on_said(said);
            } else if !line.trim().is_empty() {
                complaint = line;
            }
        }
        Line::Out(_) => {}
    });
    match end {
        Ok(End::Exited(status)) if status.success() => Ok(output),
        Ok(End::Exited(_)) => match report.infra() {
            Some(message) => Err(in_a_line(&message)),
            None => Err(format!("it failed: {complaint}")),
        },
        Ok(End::Cancelled) => Err("it was stopped".into()),
        Ok(End::TimedOut) if opened.get().is_none() => {
            Err(format!("its lab was not there after {} s", LAB_LIMIT.as_secs()))
        }
        Ok(End::TimedOut) => Err(format!("it was not done after {} s", TRY_LIMIT.as_secs())),
        Err(error) => Err(format!("cargo could not be run: {error}")),
    }
}

/// All that the lab says of a failure, with its remedy.
fn in_a_line(message: &str) -> String {
    message.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The lab's own words for what failed: they are indented between a head and a remedy.
fn what_failed(message: &str) -> String {
    let lines: Vec<&str> =
        message.lines().filter_map(|line| line.strip_prefix("  ")).map(str::trim).collect();
    if lines.is_empty() { message.to_owned() } else { lines.join(" ") }
}

/// What cargo said of a build that failed beside the reader's code: its first error, or its last word.
fn what_was_not_built(message: &str) -> String {
    let error = message.lines().find(|line| line.starts_with("error"));
    let said = error.or_else(|| message.lines().last()).unwrap_or_default();
    format!("it could not be built: {}", said.trim_start_matches("error: "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_trouble_with_the_tools_the_page_shows_what_failed() {
        let message = "The tools failed. This says nothing about your code.\n  DynamoDB at http://127.0.0.1:1 went\n  away\nRun \
                       the tests again.\n";
        assert_eq!(what_failed(message), "DynamoDB at http://127.0.0.1:1 went away");
        assert_eq!(what_failed("no room"), "no room");
    }

    #[test]
    fn of_a_build_that_failed_the_page_shows_the_first_error() {
        let message =
            "   Compiling a v1.0.0\nerror: linking with `cc` failed: exit status: 1\n  = note: no space\n";
        assert_eq!(
            what_was_not_built(message),
            "it could not be built: linking with `cc` failed: exit status: 1"
        );
        assert_eq!(what_was_not_built("no room"), "it could not be built: no room");
    }
}
