//! How tests, lints and examples are run in the overlay, with their progress.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::time::Duration;

use lab_manifest::exercise::{Exercise, Step};
use lab_manifest::report::{Outcome, TestReport};

use super::overlay::Overlay;
use crate::cargo::{self, CompileError, Executable, Message};
use crate::course::Course;
use crate::failure::Failure;
use crate::process::{self, Cancel, End, Line};
use crate::runner::{self, Request};
use crate::terminal::Terminal;

/// What takes longer than this has stopped: tests, or a build by cargo, of which the first builds everything.
pub const RUN_LIMIT: Duration = Duration::from_mins(20);
/// Lines of an output that a finding carries, the last ones.
const DETAIL_LINES: usize = 40;

/// Where an exercise is held against the gates.
#[derive(Debug)]
pub struct Bench<'a> {
    /// The course.
    pub course: &'a Course,
    /// The workspace in which sources are replaced.
    pub overlay: Overlay,
    /// The backends that this machine has.
    pub backends: Vec<String>,
    /// The seeds of gate 5.
    pub seeds: Vec<u64>,
    /// Seeds that no snapshot and no file of the course has, at least one.
    pub hidden_seeds: Vec<u64>,
    /// Leaves nothing out that another gate makes certain.
    pub thorough: bool,
    /// The only variants that are held against their gate, by name; all of them where none is named.
    pub variants: Vec<String>,
    /// Ends the run under way.
    pub cancel: Cancel,
    /// Where progress goes.
    pub terminal: Terminal,
}

/// How a run of tests ended.
#[derive(Clone, Debug, Default)]
pub struct Trial {
    /// The tests, in the order of the exercise's steps.
    pub tests: Vec<TestReport>,
    /// What the compiler warned of.
    pub warnings: Vec<CompileError>,
    /// Why not every test has told of itself: it does not compile, it crashed.
    pub trouble: Option<String>,
}

impl Trial {
    /// The tests of a step.
    pub fn of<'b>(&'b self, step: &'b Step) -> impl Iterator<Item = &'b TestReport> {
        self.tests.iter().filter(|test| test.step == step.id)
    }

    /// The first step, in the exercise's order, of which a test did not pass; its number and the step.
    pub fn first_failing<'b>(&self, exercise: &'b Exercise) -> Option<(usize, &'b Step)> {
        exercise
            .steps
            .iter()
            .enumerate()
            .map(|(index, step)| (index + 1, step))
            .find(|(_, step)| self.of(step).any(|test| test.outcome != Outcome::Passed))
    }
}

impl Bench<'_> {
    /// Runs the tests of `steps` (all of them where it is empty) of a package of the overlay.
    pub fn test(&self, package: &str, steps: &[Step], variables: &[(&str, &str)]) -> Result<Trial, Failure> {
        let mut request = Request::new(&self.overlay.root, package);
        request.variables = self.variables(variables);
        request.limit = Some(RUN_LIMIT);
        let mut names = steps.iter().map(|step| format!("{}::", step.tests));
        request.filter = names.next();
        request.more_filters = names.collect();
        let outcome = runner::run(&request, &self.cancel, |progress| self.tell(&progress))?;
        trial(outcome)
    }

    /// Runs cargo in the overlay and returns its end, its standard output, and what the compiler said.
    pub fn cargo(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Result<CargoRun, Failure> {
        let mut command = cargo::command(&self.overlay.root);
        command.args(arguments).envs(self.variables(variables));
        let program = command.get_program().to_string_lossy().into_owned();
        let mut ran = CargoRun::default();
        let end = process::run(&mut command, &self.cancel, Some(RUN_LIMIT), |line| ran.line(&line, self))
            .map_err(|source| Failure::Cargo { program, source })?;
        match end {
            End::Cancelled => Err(Failure::Interrupted),
            End::TimedOut => {
                ran.output += "\nit did not end in time";
                Ok(ran)
            }
            End::Exited(status) => {
                ran.code = status.code();
                Ok(ran)
            }
        }
    }

    /// What is being done now.
    pub fn doing(&self, what: &str) {
        self.terminal.live(what);
    }

    /// The path on which a binary of the overlay finds its shared libraries.
    pub fn libraries(&self) -> Result<OsString, Failure> {
        let found = cargo::libraries(&self.overlay.root, &self.overlay.target);
        found.map_err(|source| Failure::Cargo { program: "rustc".into(), source })
    }

    /// The variables of a run in the overlay: `own`, a seed, a backend, where to build.
    pub fn variables(&self, own: &[(&str, &str)]) -> Vec<(String, String)> {
        let target = self.overlay.target.display().to_string();
        let mut all = vec![
            ("CARGO_TARGET_DIR".into(), target),
            // Nobody looks for a line in a backtrace here, and a seventh of each build goes into it.
            ("CARGO_PROFILE_DEV_DEBUG".into(), "0".into()),
            ("LAB_SEED".into(), "0".into()),
        ];
        all.extend(own.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        if !own.iter().any(|(name, _)| *name == "DYNAMODB") {
            all.push(("DYNAMODB".into(), self.backends[0].clone()));
        }
        all
    }

    fn tell(&self, progress: &runner::Progress) {
        match progress {
            runner::Progress::Building { done, total, now } if total - done > 2 => {
                self.doing(&format!("building {done} of {total}: {now}"));
            }
            runner::Progress::Waiting => self.doing("waiting for another cargo"),
            _ => {}
        }
    }
}

/// A run of cargo.
#[derive(Clone, Debug, Default)]
pub struct CargoRun {
    /// Its exit code; `None` where it was killed or took too long.
    pub code: Option<i32>,
    /// Its standard output, cargo's own messages apart.
    pub stdout: String,
    /// Both streams, cargo's own messages apart.
    pub output: String,
    /// What the compiler refused or warned of.
    pub complaints: Vec<CompileError>,
    /// The programs that were built, or were fresh.
    pub executables: Vec<Executable>,
}

impl CargoRun {
    fn line(&mut self, line: &Line, bench: &Bench<'_>) {
        let (text, is_out) = match line {
            Line::Out(text) => (text, true),
            Line::Err(text) => (text, false),
        };
        match if is_out { cargo::message(text) } else { cargo::progress(text) } {
            Some(Message::Error(error) | Message::Warning(error)) => self.complaints.push(error),
            Some(Message::Built { done, total, now }) if total - done > 2 => {
                bench.doing(&format!("building {done} of {total}: {now}"));
            }
            Some(_) => {}
            None if text.starts_with("{\"reason\":") => {
                self.executables.extend(cargo::executable(text));
            }
            None => {
                if is_out {
                    self.stdout.push_str(text);
                    self.stdout.push('\n');
                }
                self.output.push_str(text);
                self.output.push('\n');
            }
        }
    }

    /// The last lines of the output.
    pub fn tail(&self) -> String {
        tail(&self.output)
    }
}

/// The last lines of an output.
pub fn tail(output: &str) -> String {
    let lines: Vec<&str> = output.trim_end().lines().collect();
    lines[lines.len().saturating_sub(DETAIL_LINES)..].join("\n")
}

/// What the compiler said, as it prints it.
pub fn rendered(errors: &[CompileError]) -> String {
    errors.iter().fold(String::new(), |mut text, error| {
        writeln!(text, "{}", error.rendered.trim_end()).expect("a string takes every write");
        text
    })
}

fn trial(outcome: runner::Outcome) -> Result<Trial, Failure> {
    let broken = |trouble: String, tests| Trial { tests, warnings: Vec::new(), trouble: Some(trouble) };
    Ok(match outcome {
        runner::Outcome::Tested(tested) => {
            Trial { tests: tested.tests, warnings: tested.warnings, trouble: None }
        }
        runner::Outcome::Built => Trial::default(),
        runner::Outcome::DoesNotCompile(errors) => {
            broken(format!("it does not compile\n{}", rendered(&errors)), Vec::new())
        }
        runner::Outcome::BuildFailed { message } => {
            broken(format!("cargo could not build it\n{}", tail(&message)), Vec::new())
        }
        runner::Outcome::Infra { message } => return Err(Failure::Infra { message }),
        runner::Outcome::Crashed { output, tests } => {
            broken(format!("the test process died or told of no test\n{}", tail(&output)), tests)
        }
        runner::Outcome::TimedOut { tests } => broken("the tests did not end in time".into(), tests),
        runner::Outcome::Cancelled => return Err(Failure::Interrupted),
    })
}

/// Adds a trial's trouble to a report, its first line as the message.
pub fn report_trouble(trial: &Trial, place: &str, report: &mut super::finding::Report) -> bool {
    let Some(trouble) = &trial.trouble else { return false };
    let (message, detail) = trouble.split_once('\n').unwrap_or((trouble, ""));
    report.find_with(place, message, detail);
    true
}
