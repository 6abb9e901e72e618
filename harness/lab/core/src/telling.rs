//! What a reader is told when a test has failed: which promise broke, expected and observed, the likeliest cause,
//! where to read, how to get a hint.

use std::fmt::Write as _;
use std::io::IsTerminal as _;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use lab_manifest::diagnosis::Diagnosis;
use lab_manifest::exercise::{Exercise, Step};
use lab_manifest::report::Outcome;

use crate::capture::Caught;
use crate::difference::difference;
use crate::server::Stopped;
use crate::test_name::{TestName, TestPlace};

/// Columns of a plain terminal.
const WIDTH: usize = 80;

/// The honest word where no rule fits.
const UNKNOWN: &str = "The cause is none of the mistakes that this course knows. Start from the lines above.";

/// What broke.
#[derive(Clone, Debug)]
pub(crate) enum Broken {
    /// A `todo!` was reached.
    Todo(Caught),
    /// The observation is not the reference's.
    Differs { expected: String, yours: String, meanwhile: Vec<Caught> },
    /// The test ended in a panic.
    Panicked(Caught),
    /// A server under test did not start.
    Stopped { stopped: Stopped, meanwhile: Vec<Caught> },
    /// The test did not end.
    TooLong { limit: Duration, meanwhile: Vec<Caught> },
    /// There is nothing to compare with, for this reason if it is not just missing.
    NoSnapshot { reason: Option<String> },
}

impl Broken {
    /// Expected and observed, where both are known.
    pub(crate) fn observations(&self) -> (&str, &str) {
        match self {
            Self::Differs { expected, yours, .. } => (expected, yours),
            _ => ("", ""),
        }
    }

    /// The sentence of the `todo!`, or the message of the panic that tells most.
    pub(crate) fn panic(&self) -> &str {
        match self.caught() {
            Some(caught) => caught.todo().unwrap_or(&caught.message),
            None => "",
        }
    }

    /// Where that was.
    pub(crate) fn place(&self) -> Option<&str> {
        self.caught().map(|caught| caught.place.as_str()).filter(|place| !place.is_empty())
    }

    pub(crate) fn outcome(&self) -> Outcome {
        match self {
            Self::Todo(_) => Outcome::Todo,
            Self::Panicked(_) => Outcome::Panicked,
            _ => Outcome::Failed,
        }
    }

    fn caught(&self) -> Option<&Caught> {
        match self {
            Self::Todo(caught) | Self::Panicked(caught) => Some(caught),
            Self::Differs { meanwhile, .. }
            | Self::Stopped { meanwhile, .. }
            | Self::TooLong { meanwhile, .. } => meanwhile.first(),
            Self::NoSnapshot { .. } => None,
        }
    }
}

/// A failed test, with everything that is told about it.
#[derive(Debug)]
pub(crate) struct Failure<'a> {
    pub(crate) exercise: &'a Exercise,
    pub(crate) step: &'a Step,
    pub(crate) number: usize,
    pub(crate) name: &'a TestName,
    pub(crate) place: &'a TestPlace,
    pub(crate) broken: Broken,
    pub(crate) diagnosis: Option<&'a Diagnosis>,
    /// What was noticed beside the observation, and is not in it.
    pub(crate) remarks: Vec<String>,
    pub(crate) edited: &'a [String],
}

impl Failure<'_> {
    /// What the failure probably means, or an honest word that nobody knows.
    pub(crate) fn cause(&self) -> String {
        match (&self.broken, self.diagnosis) {
            (Broken::Todo(_) | Broken::NoSnapshot { .. }, _) => String::new(),
            (_, Some(diagnosis)) => diagnosis.says.trim().to_owned(),
            (_, None) => UNKNOWN.to_owned(),
        }
    }

    /// What happened where there is neither an observation nor a panic.
    pub(crate) fn happened(&self) -> String {
        match &self.broken {
            Broken::Stopped { stopped, .. } => what_stopped(stopped),
            Broken::TooLong { limit, .. } => no_end(*limit),
            Broken::NoSnapshot { reason } => self.no_snapshot(reason.as_deref()),
            Broken::Todo(_) | Broken::Differs { .. } | Broken::Panicked(_) => String::new(),
        }
        .trim()
        .to_owned()
    }

    /// Where the book explains it.
    pub(crate) fn read(&self) -> &str {
        self.diagnosis.and_then(|diagnosis| diagnosis.read.as_deref()).unwrap_or(&self.step.read)
    }

    /// All of it, as it is printed, without a line break at its end.
    pub(crate) fn text(&self) -> String {
        let color = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        let text = match &self.broken {
            Broken::Todo(caught) => match told_before(self.number, &caught.place) {
                Told::Nothing => self.todo(caught),
                Told::AnEarlierStep(first) => format!(
                    "{}\nStep {first} is not written either, and comes first: the steps build on one another.\n",
                    self.todo(caught)
                ),
                Told::Step => self.another_todo(caught),
                Told::Place => self.same_todo(),
            },
            _ => self.plain(color),
        };
        text.trim_end().to_owned()
    }

    fn plain(&self, color: bool) -> String {
        let mut text = match &self.broken {
            Broken::Todo(caught) => return self.todo(caught),
            Broken::NoSnapshot { reason } => return self.no_snapshot(reason.as_deref()),
            broken => {
                let mut text = self.promise();
                text.push_str(&what_happened(broken, color));
                // Of a server that did not start the last lines have just been told.
                if !matches!(broken, Broken::Stopped { .. }) {
                    text.push_str(&remarks(&self.remarks));
                }
                text
            }
        };
        let cause = match self.diagnosis {
            Some(_) => format!("Likeliest cause: {}", self.cause()),
            None => self.cause(),
        };
        write!(text, "\n{}\n", wrap(&cause, "")).expect(WRITES);
        text.push('\n');
        text.push_str(&self.ways_on());
        self.add_edited(&mut text);
        text
    }

    fn add_edited(&self, text: &mut String) {
        if !self.edited.is_empty() {
            write!(text, "\n{}", edited(self.exercise, self.edited)).expect(WRITES);
        }
    }

    fn promise(&self) -> String {
        let step = format!("Step {}, {}. The promise that broke:", self.number, self.step.title);
        format!("{}\n{}\n", wrap(&step, ""), wrap(&self.name.sentence(), "  "))
    }

    /// The first test of a step that is not written tells all that its reader needs to begin.
    fn todo(&self, caught: &Caught) -> String {
        let step = format!("Step {}, {}: not written yet.", self.number, self.step.title);
        let mut text = format!(
            "{}\n\nIt promises, among other things:\n{}\n\nTo do, in the place of the `todo!`:\n{}\n  at {}\n\n{}Test: cargo \
             test -p exercise-{} {}\n",
            wrap(&step, ""),
            wrap(&self.name.sentence(), "  "),
            wrap(to_do(caught), "  "),
            caught.place,
            self.ways_on(),
            self.exercise.number,
            module_prefix(&self.step.tests),
        );
        self.add_edited(&mut text);
        text
    }

    fn another_todo(&self, caught: &Caught) -> String {
        let line = format!("Step {} again, another part of it: {}", self.number, to_do(caught));
        format!("{}\n  at {}\n", wrap(&line, ""), caught.place)
    }

    fn same_todo(&self) -> String {
        format!("Step {} again: it waits for a `todo!` that another test has told.\n", self.number)
    }

    /// Where to read and how to get a hint.
    fn ways_on(&self) -> String {
        format!(
            "Read: {}\n      (in the book; `cargo course` opens it)\nHint: cargo course hint {} {}\n",
            self.read(),
            self.exercise.number,
            self.number
        )
    }

    fn no_snapshot(&self, reason: Option<&str>) -> String {
        let file = self.place.snapshots.join(format!("{}.snap", self.name.file_stem()));
        let file = relative(&file, &self.place.root);
        let what = match reason {
            None => "The file that this test compares with is gone:".to_owned(),
            Some(reason) => format!("The file that this test compares with can't be read ({reason}):"),
        };
        format!(
            "{}\n  {file}\nThis says nothing about your code. To bring the file back:\n  git checkout -- {file}\n\
             or all tests of the exercise:\n  cargo course reset {} --tests\n",
            wrap(&what, ""),
            self.exercise.number
        )
    }
}

const WRITES: &str = "a string takes every write";

/// What this process has told of a step that is not written.
#[derive(Debug, PartialEq, Eq)]
enum Told {
    Nothing,
    /// Nothing of this step, and of an earlier one that it is not written.
    AnEarlierStep(usize),
    /// Another `todo!` of the step.
    Step,
    /// This `todo!`.
    Place,
}

/// A fresh exercise fails in every test: each `todo!` is told once, and each step explained once.
fn told_before(step: usize, place: &str) -> Told {
    static TOLD: Mutex<Vec<(usize, String)>> = Mutex::new(Vec::new());
    let mut told = TOLD.lock().unwrap_or_else(PoisonError::into_inner);
    let known = |place: Option<&str>| {
        told.iter().any(|(number, told)| *number == step && place.is_none_or(|place| place == told))
    };
    match (known(Some(place)), known(None)) {
        (true, _) => Told::Place,
        (false, true) => {
            told.push((step, place.to_owned()));
            Told::Step
        }
        (false, false) => {
            let earlier = told.iter().map(|(number, _)| *number).filter(|number| *number < step).min();
            told.push((step, place.to_owned()));
            earlier.map_or(Told::Nothing, Told::AnEarlierStep)
        }
    }
}

/// The sentence of a `todo!`, without the step that its reader has just been told.
fn to_do(caught: &Caught) -> &str {
    let sentence = caught.todo().unwrap_or_default();
    let sentence = match sentence.split_once(": ") {
        Some((step, rest)) if step.starts_with("step ") => rest,
        _ => sentence,
    };
    if sentence.is_empty() { "this part is yours to write" } else { sentence }
}

/// What selects the tests of a step: `step_3` of `step_3_no_state`.
fn module_prefix(module: &str) -> &str {
    module.match_indices('_').nth(1).map_or(module, |(end, _)| &module[..end])
}

fn remarks(remarks: &[String]) -> String {
    let mut text = String::new();
    if !remarks.is_empty() {
        text.push_str("\nNoticed beside it:\n");
    }
    for remark in remarks {
        writeln!(text, "{}", wrap(remark, "  ")).expect(WRITES);
    }
    text
}

fn what_happened(broken: &Broken, color: bool) -> String {
    let mut text = String::new();
    let meanwhile = match broken {
        Broken::Differs { expected, yours, meanwhile } => {
            write!(
                text,
                "\nWhat was observed (- expected, + yours):\n{}",
                difference(expected, yours, color)
            )
            .expect(WRITES);
            meanwhile.as_slice()
        }
        Broken::Stopped { stopped, meanwhile } => {
            let silent = Stopped { output: Vec::new(), ..stopped.clone() };
            let told = if meanwhile.is_empty() { stopped } else { &silent };
            write!(text, "\n{}", what_stopped(told)).expect(WRITES);
            meanwhile.as_slice()
        }
        Broken::TooLong { limit, meanwhile } => {
            write!(text, "\n{}", no_end(*limit)).expect(WRITES);
            meanwhile.as_slice()
        }
        Broken::Panicked(caught) => {
            write!(text, "\nInstead of an observation there was a panic:\n{}", panic(caught)).expect(WRITES);
            &[]
        }
        Broken::Todo(_) | Broken::NoSnapshot { .. } => &[],
    };
    if let Some(caught) = meanwhile.first() {
        write!(text, "\nMeanwhile there was a panic:\n{}", panic(caught)).expect(WRITES);
    }
    text
}

/// Why a server under test is not there, and the last that it wrote.
fn what_stopped(stopped: &Stopped) -> String {
    let mut text = format!("{}\n", wrap(&format!("{}.", stopped.reason), ""));
    if !stopped.output.is_empty() {
        text.push_str("The last that it wrote:\n");
    }
    for line in &stopped.output {
        writeln!(text, "  | {line}").expect(WRITES);
    }
    text
}

fn no_end(limit: Duration) -> String {
    let limit = limit.as_secs();
    let line = format!("It did not come to an end within {limit} s: something waits for what never comes.");
    format!("{}\n", wrap(&line, ""))
}

fn panic(caught: &Caught) -> String {
    let mut text = String::new();
    for line in caught.message.lines() {
        writeln!(text, "{}", wrap(line, "  ")).expect(WRITES);
    }
    if !caught.place.is_empty() {
        writeln!(text, "  at {}", caught.place).expect(WRITES);
    }
    text
}

/// That files of the reference were changed, and how to bring them back.
pub(crate) fn edited(exercise: &Exercise, edited: &[String]) -> String {
    let folder = format!("exercises/{}", exercise.slug());
    let mut text =
        wrap("Files of the course's own were changed, so a verdict may be wrong, for better or worse:", "");
    for file in edited {
        write!(text, "\n  {folder}/{file}").expect(WRITES);
    }
    write!(
        text,
        "\nTo bring them back:\n  git checkout -- {folder}/tests\nor\n  cargo course reset {} --tests\n",
        exercise.number
    )
    .expect(WRITES);
    text
}

/// `text` in lines of at most [`WIDTH`] columns, each after `indent`.
pub(crate) fn wrap(text: &str, indent: &str) -> String {
    let mut lines = vec![String::from(indent)];
    for word in text.split_whitespace() {
        let line = lines.last_mut().expect("there is always a line");
        let used = line.chars().count();
        if used == indent.len() {
            line.push_str(word);
        } else if used + 1 + word.chars().count() <= WIDTH {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(format!("{indent}{word}"));
        }
    }
    lines.join("\n")
}

fn relative(path: &Path, root: &Path) -> String {
    path.strip_prefix(root).unwrap_or(path).display().to_string().replace('\\', "/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exercise() -> Exercise {
        Exercise::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/sample")).unwrap()
    }

    fn told(broken: Broken, edited: &[String], color: bool) -> String {
        let exercise = exercise();
        let name = TestName::parse("steps::step_2_red::views_are_counted::{{closure}}").unwrap();
        let place = TestPlace { exercise: "e".into(), snapshots: "/c/e/snapshots".into(), root: "/c".into() };
        let step = &exercise.steps[1];
        let failure = Failure {
            exercise: &exercise,
            step,
            number: 2,
            name: &name,
            place: &place,
            broken,
            diagnosis: None,
            remarks: vec!["the function `f` failed with E: m".into()],
            edited,
        };
        failure.plain(color)
    }

    fn differs(expected: &str, yours: &str) -> Broken {
        Broken::Differs { expected: expected.into(), yours: yours.into(), meanwhile: Vec::new() }
    }

    #[test]
    fn a_reader_who_changed_the_reference_is_told_which_file_and_how_to_bring_it_back() {
        let text = told(differs("a", "b"), &["tests/steps/step_2_red.rs".into()], false);
        assert!(text.contains("Files of the course's own were changed"), "{text}");
        assert!(text.contains("\n  exercises/sample/tests/steps/step_2_red.rs\n"), "{text}");
        assert!(text.contains("git checkout -- exercises/sample/tests\n"), "{text}");
        assert!(text.contains("cargo course reset 99 --tests"), "{text}");
    }

    #[test]
    fn colors_are_there_only_where_they_are_wanted() {
        assert!(told(differs("a", "b"), &[], true).contains("\u{1b}[31m  - a\u{1b}[0m\n"));
        assert!(!told(differs("a", "b"), &[], false).contains('\u{1b}'));
    }

    #[test]
    fn what_was_noticed_stands_beside_the_difference() {
        let text = told(differs("a", "b"), &[], false);
        assert!(
            text.contains("  + b\n\nNoticed beside it:\n  the function `f` failed with E: m\n"),
            "{text}"
        );
    }

    #[test]
    fn a_step_is_explained_once_and_each_todo_told_once() {
        assert_eq!(told_before(2, "a.rs:1"), Told::Nothing);
        assert_eq!(told_before(2, "a.rs:1"), Told::Place);
        assert_eq!(told_before(2, "a.rs:2"), Told::Step);
        assert_eq!(told_before(2, "a.rs:2"), Told::Place);
        assert_eq!(told_before(3, "b.rs:1"), Told::AnEarlierStep(2));
        assert_eq!(told_before(1, "c.rs:1"), Told::Nothing);
    }

    #[test]
    fn no_line_is_longer_than_a_terminal_is_wide() {
        let words = "word ".repeat(60);
        for line in wrap(&words, "  ").lines() {
            assert!(line.starts_with("  word") && line.chars().count() <= WIDTH);
        }
    }
}
