//! A run in a few lines of the terminal: which steps are green, and the first red with what to do next.

use lab_manifest::exercise::{Exercise, Step};
use lab_manifest::report::{self, TestReport};
use lab_manifest::table;

use super::board::{statement, worst};
use crate::cargo::CompileError;
use crate::course::Course;
use crate::progress::{self, Status};
use crate::runner::{Outcome, Tested};
use crate::terminal::{Style, Terminal};

/// Lines of a difference that are shown a side; the page and `cargo test` show all.
const DIFFERENCE_LINES: usize = 5;
/// Lines of a compiler's message that are shown.
const COMPILER_LINES: usize = 24;
/// Lines of a crash's or a failed build's output that are shown, the last ones.
const OUTPUT_LINES: usize = 15;

/// What a verdict is told with.
#[derive(Debug)]
pub struct Teller<'a> {
    /// Where it is told.
    pub terminal: &'a Terminal,
    /// The course.
    pub course: &'a Course,
    /// Where the book is served; without it a reader is sent to the source page.
    pub address: Option<&'a str>,
}

impl Teller<'_> {
    /// Tells how a run of `exercise` ended.
    pub fn tell(&self, exercise: &Exercise, outcome: &Outcome) {
        match outcome {
            Outcome::Built | Outcome::Cancelled => {}
            Outcome::Tested(tested) => self.tested(exercise, tested),
            Outcome::DoesNotCompile(errors) => self.does_not_compile(exercise, errors),
            Outcome::BuildFailed { message } => {
                self.head(exercise, Style::Bad, "could not be built");
                self.quoted(message, OUTPUT_LINES);
                self.terminal.entry("what to do:", remedy_of_build(message));
            }
            Outcome::Infra { message } => {
                self.head(exercise, Style::Note, "not run: the lab failed. Nothing is said about your code.");
                self.terminal.indented(2, message);
            }
            Outcome::Crashed { output, .. } => {
                self.head(exercise, Style::Bad, "the test process died before its end");
                self.quoted(output, OUTPUT_LINES);
                let command = format!("`cargo test -p {}` shows all of it.", exercise.package());
                self.terminal.entry("what to do:", &command);
            }
            Outcome::TimedOut { .. } => self.head(exercise, Style::Bad, "not done in time, and ended"),
        }
    }

    fn tested(&self, exercise: &Exercise, tested: &Tested) {
        let steps: Vec<(usize, &Step, Option<Status>)> = exercise
            .steps
            .iter()
            .enumerate()
            .map(|(index, step)| (index + 1, step, progress::status(of_step(tested, step))))
            .collect();
        let green = steps.iter().filter(|(_, _, status)| *status == Some(Status::Passed)).count();
        let all = green == steps.len();
        let style = if all { Style::Good } else { Style::Strong };
        self.head(exercise, style, &format!("{green} of {} steps green", steps.len()));
        self.strip(&steps);
        if let Some(warning) = tested.warnings.iter().find(|warning| warning.package == exercise.package()) {
            let place = warning.place.as_deref().unwrap_or_default();
            self.terminal.indented(
                2,
                &self.terminal.paint(Style::Quiet, &format!("warning: {} ({place})", warning.message)),
            );
        }
        self.edited(exercise, tested);
        match steps.iter().find(|(_, _, status)| *status != Some(Status::Passed)) {
            Some((number, step, Some(_))) => self.first_red(exercise, *number, step, tested),
            Some((number, step, None)) => {
                self.terminal.indented(2, &format!("step {number} ({}) has no test that ran", step.title));
            }
            None => self.terminal.indented(2, "All green. `cargo course next` says what comes now."),
        }
    }

    /// The steps in one line: a word each would not fit, a color alone would not do.
    fn strip(&self, steps: &[(usize, &Step, Option<Status>)]) {
        let marks: Vec<String> = steps
            .iter()
            .map(|(number, _, status)| match status {
                Some(Status::Passed) => self.terminal.paint(Style::Good, &format!("{number} green")),
                Some(Status::Failed) => self.terminal.paint(Style::Bad, &format!("{number} RED")),
                Some(Status::Todo) => self.terminal.paint(Style::Note, &format!("{number} to do")),
                Some(Status::Unknown) | None => self.terminal.paint(Style::Quiet, &format!("{number} -")),
            })
            .collect();
        self.terminal.indented(2, &marks.join(", "));
    }

    fn first_red(&self, exercise: &Exercise, number: usize, step: &Step, tested: &Tested) {
        let Some(test) = worst(of_step(tested, step)) else { return };
        let title = format!("{}.{number} {}", exercise.number, step.title);
        self.terminal.indented(2, &self.terminal.paint(Style::Strong, &title));
        match test.outcome {
            report::Outcome::Todo => self.to_do(exercise, step, test),
            _ => self.failed(test),
        }
        let read = if test.read.is_empty() { &step.read } else { &test.read };
        self.terminal.indented(4, &format!("read: {}", self.link(read)));
        self.terminal.indented(4, &format!("stuck? cargo course hint {} {number}", exercise.number));
    }

    /// A test may pass, or fail, because its reference was changed.
    fn edited(&self, exercise: &Exercise, tested: &Tested) {
        let Some(changed) = tested.tests.iter().map(|test| &test.edited).find(|files| !files.is_empty())
        else {
            return;
        };
        let remark = format!(
            "not the course's own any more, so this does not count: {}. `cargo course reset {} --tests` brings it back.",
            changed.join(", "),
            exercise.number
        );
        self.terminal.indented(2, &self.terminal.paint(Style::Note, &remark));
    }

    fn to_do(&self, exercise: &Exercise, step: &Step, test: &TestReport) {
        let folder = self.course.shown(&exercise.folder);
        let files: Vec<String> = step.files.iter().map(|file| format!("{folder}/{file}")).collect();
        let place = test.place.clone().unwrap_or_else(|| files.join(", "));
        let sentence =
            if test.panic.is_empty() { "write it" } else { test.panic.lines().next().unwrap_or_default() };
        self.terminal.indented(4, &self.terminal.paint(Style::Note, sentence));
        self.terminal.indented(4, &format!("in {place}"));
    }

    fn failed(&self, test: &TestReport) {
        // What was not compared has broken nothing.
        let what = if test.cause.is_empty() { "not compared" } else { "broken promise" };
        self.terminal
            .indented(4, &self.terminal.paint(Style::Bad, &format!("{what}: {}", statement(&test.test))));
        for line in test.happened.lines() {
            self.terminal.line(&format!("    {line}"));
        }
        if !test.panic.is_empty() {
            let place = test.place.as_ref().map(|place| format!(" ({place})")).unwrap_or_default();
            self.terminal
                .indented(4, &format!("panic: {}{place}", test.panic.lines().next().unwrap_or_default()));
        }
        let (expected, yours) = table::aligned(&test.expected, &test.yours);
        self.difference("expected", Style::Good, &expected, &yours);
        self.difference("yours", Style::Bad, &yours, &expected);
        for remark in &test.remarks {
            self.terminal.indented(4, &format!("noticed: {remark}"));
        }
        if !test.cause.is_empty() {
            self.terminal.indented(4, &format!("likely: {}", test.cause));
        }
    }

    /// The lines of `this` that `other` does not have.
    fn difference(&self, name: &str, style: Style, this: &str, other: &str) {
        let others: std::collections::HashSet<&str> = other.lines().collect();
        let lines: Vec<&str> = this.lines().filter(|line| !others.contains(line)).collect();
        for line in lines.iter().take(DIFFERENCE_LINES) {
            // As it is: the columns of a table stay under each other.
            self.terminal.line(&format!("    {name:<9}{}", self.terminal.paint(style, line)));
        }
        if lines.len() > DIFFERENCE_LINES {
            let more = format!("{:<13}and {} more lines", "", lines.len() - DIFFERENCE_LINES);
            self.terminal.line(&self.terminal.paint(Style::Quiet, &more));
        }
    }

    fn does_not_compile(&self, exercise: &Exercise, errors: &[CompileError]) {
        self.head(exercise, Style::Bad, "does not compile");
        let first = errors.iter().find(|error| error.package == exercise.package()).or(errors.first());
        if let Some(error) = first {
            for line in error.rendered.trim_end().lines().take(COMPILER_LINES) {
                self.terminal.line(&format!("  {line}"));
            }
        }
        if errors.len() > 1 {
            self.terminal.indented(
                2,
                &format!("and {} more errors; the first one is often the cause", errors.len() - 1),
            );
        }
    }

    fn head(&self, exercise: &Exercise, style: Style, text: &str) {
        let name = self.terminal.paint(Style::Strong, &format!("exercise {}:", exercise.number));
        self.terminal.entry(&name, &self.terminal.paint(style, text));
    }

    fn quoted(&self, text: &str, most: usize) {
        let lines: Vec<&str> = text.lines().collect();
        for line in &lines[lines.len().saturating_sub(most)..] {
            self.terminal.line(&format!("  {line}"));
        }
    }

    /// A page and anchor, as an address that can be opened or as a file.
    fn link(&self, read: &str) -> String {
        match self.address {
            Some(address) => format!("{address}/{read}"),
            None => format!("book/src/{}", read.replace(".html", ".md")),
        }
    }
}

fn of_step<'a>(tested: &'a Tested, step: &Step) -> impl Iterator<Item = &'a TestReport> + Clone + use<'a> {
    let id = step.id.clone();
    tested.tests.iter().filter(move |test| test.step == id)
}

/// What cargo says where it can't download.
const OFFLINE: [&str; 4] =
    ["failed to download", "Could not resolve host", "Couldn't resolve host", "spurious network error"];

/// What to do about a build that failed beside the reader's code.
fn remedy_of_build(message: &str) -> &'static str {
    // Cargo and the compiler print what the system said, with its number.
    if message.contains("(os error 28)") {
        "the disk is full: free some room; `cargo clean` frees what was built here"
    } else if message.contains("(os error 30)") {
        "this is a read-only file system: set CARGO_TARGET_DIR to a folder that you may write to"
    } else if OFFLINE.iter().any(|said| message.contains(said)) {
        "what is needed could not be downloaded: connect, then save again; `cargo fetch` gets everything at once"
    } else if message.contains("(os error 13)") {
        "see that you may write to `target`: a build by another user leaves files that you can't replace"
    } else {
        "`cargo course doctor` looks for the cause"
    }
}
