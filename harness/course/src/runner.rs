//! Runs an exercise's tests and tells how each ended.
//!
//! The verdict comes from the events that the lab writes (`LAB_REPORT`), never from libtest's text.

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use lab_manifest::report::{self, Event, TestReport};

use crate::cargo::{self, CompileError, Message};
use crate::failure::Failure;
use crate::process::{self, Cancel, End, Line};

/// The test target of every exercise and solution.
const TARGET: &str = "steps";
/// Lines of a run's own output that are kept, the last ones.
const OUTPUT_LINES: usize = 400;
/// The longest that a build may take, and another cargo before it: the first one builds everything.
const BUILD_LIMIT: Duration = Duration::from_hours(1);
/// What the lab says of itself, past libtest, begins with this.
pub const LAB_SAYS: &str = "lab: ";
/// The exit code by which the lab says that it failed (`EX_TEMPFAIL` of sysexits.h).
const INFRA_EXIT: i32 = 75;

/// What to run.
#[derive(Clone, Debug)]
pub struct Request {
    /// The workspace's root.
    pub root: PathBuf,
    /// The package, such as `exercise-1`.
    pub package: String,
    /// Runs only the tests whose names contain it.
    pub filter: Option<String>,
    /// More such names: a test runs when any of them fits.
    pub more_filters: Vec<String>,
    /// Builds everything that `cargo test` needs and runs nothing.
    pub build_only: bool,
    /// At a low priority.
    pub background: bool,
    /// Variables for cargo and the tests, such as `LAB_SEED` or `DYNAMODB`.
    pub variables: Vec<(String, String)>,
    /// Further arguments for cargo, before the `--`.
    pub arguments: Vec<String>,
    /// Ends the tests when they take longer. What is built before, and waited for, is not their time.
    pub limit: Option<Duration>,
}

impl Request {
    /// Every test of `package`.
    pub fn new(root: &Path, package: &str) -> Self {
        Self {
            root: root.to_owned(),
            package: package.to_owned(),
            filter: None,
            more_filters: Vec::new(),
            build_only: false,
            background: false,
            variables: Vec::new(),
            arguments: Vec::new(),
            limit: None,
        }
    }

    fn command(&self, report: &Path) -> Command {
        let mut command =
            if self.background { cargo::background(&self.root) } else { cargo::command(&self.root) };
        command.args(["test", "--package", &self.package]);
        if self.build_only {
            // Without a target: what the reader's own `cargo test` needs is built too.
            command.arg("--no-run");
        } else {
            command.args(["--test", TARGET]);
        }
        cargo::report(&mut command).args(&self.arguments);
        command.env(report::REPORT, report).envs(self.variables.iter().map(|(name, value)| (name, value)));
        if let Some(filter) = &self.filter {
            command.args(["--", filter]).args(&self.more_filters);
        }
        command
    }
}

/// What a run says while it lasts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Units are being built.
    Building {
        /// Units that are done.
        done: u32,
        /// All units.
        total: u32,
        /// The packages that are being built.
        now: String,
    },
    /// Another cargo has the build folder.
    Waiting,
    /// The tests run.
    Running,
    /// The lab says what it waits for, such as an image.
    Lab(String),
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Everything was built, and nothing was to be run.
    Built,
    /// Tests ran.
    Tested(Tested),
    /// The compiler refused the code.
    DoesNotCompile(Vec<CompileError>),
    /// Cargo failed before the compiler or beside it: a broken manifest, no linker, a full disk.
    BuildFailed {
        /// Cargo's own words, the last lines.
        message: String,
    },
    /// The lab failed; nothing is said about the code.
    Infra {
        /// The lab's own message, with its remedy.
        message: String,
    },
    /// The test process died, or told of no test.
    Crashed {
        /// The last lines of its output.
        output: String,
        /// The tests that had ended before.
        tests: Vec<TestReport>,
    },
    /// The limit was over.
    TimedOut {
        /// The tests that had ended before.
        tests: Vec<TestReport>,
    },
    /// Somebody cancelled.
    Cancelled,
}

/// Tests that ran.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tested {
    /// A report each, as they ended.
    pub tests: Vec<TestReport>,
    /// The DynamoDB that they ran on.
    pub backend: Option<String>,
    /// Why on that one, where there was a choice.
    pub why: Option<String>,
    /// What the compiler warned of in the package.
    pub warnings: Vec<CompileError>,
}

impl Tested {
    /// Whether every test passed, and there was one.
    pub fn all_passed(&self) -> bool {
        !self.tests.is_empty() && self.tests.iter().all(|test| test.outcome == report::Outcome::Passed)
    }
}

/// Runs `request` to its end; `on_progress` hears what it is doing.
pub fn run(
    request: &Request,
    cancel: &Cancel,
    on_progress: impl FnMut(Progress),
) -> Result<Outcome, Failure> {
    let report = ReportFile::new();
    let mut command = request.command(&report.0);
    let program = command.get_program().to_string_lossy().into_owned();
    let mut listener = Listener::new(on_progress);
    let (started, tests_since) = (Instant::now(), Cell::new(None::<Instant>));
    let is_over = || {
        let tested_for = tests_since.get().map(|since| since.elapsed());
        too_long(request.limit, started.elapsed(), tested_for)
    };
    let end = process::run_until(&mut command, cancel, is_over, |line| {
        listener.line(line);
        if listener.built.is_some() && tests_since.get().is_none() {
            tests_since.set(Some(Instant::now()));
        }
    });
    let end = end.map_err(|source| Failure::Cargo { program, source })?;
    Ok(listener.outcome(request, &end, report.events()))
}

/// Whether a run takes too long: its tests, or what comes before them.
fn too_long(limit: Option<Duration>, since_start: Duration, tested_for: Option<Duration>) -> bool {
    match tested_for {
        Some(tested_for) => limit.is_some_and(|limit| tested_for > limit),
        None => since_start > BUILD_LIMIT,
    }
}

struct Listener<F> {
    on_progress: F,
    errors: Vec<CompileError>,
    warnings: Vec<CompileError>,
    built: Option<bool>,
    output: std::collections::VecDeque<String>,
}

impl<F: FnMut(Progress)> Listener<F> {
    fn new(on_progress: F) -> Self {
        Self {
            on_progress,
            errors: Vec::new(),
            warnings: Vec::new(),
            built: None,
            output: std::collections::VecDeque::new(),
        }
    }

    fn line(&mut self, line: Line) {
        let message = match &line {
            Line::Out(text) => cargo::message(text),
            Line::Err(text) => cargo::progress(text),
        };
        match message {
            Some(Message::Built { done, total, now }) => {
                (self.on_progress)(Progress::Building { done, total, now });
            }
            Some(Message::Waiting) => (self.on_progress)(Progress::Waiting),
            Some(Message::Error(error)) => self.errors.push(error),
            Some(Message::Warning(warning)) => self.warnings.push(warning),
            // The tests run after it, and may print whatever they like: it is said once.
            Some(Message::Finished { success }) if self.built.is_none() => {
                self.built = Some(success);
                if success {
                    (self.on_progress)(Progress::Running);
                }
            }
            Some(Message::Finished { .. }) | None => {
                if let Line::Err(text) = &line
                    && let Some(said) = text.strip_prefix(LAB_SAYS)
                {
                    (self.on_progress)(Progress::Lab(said.to_owned()));
                }
                self.keep(line);
            }
        }
    }

    fn keep(&mut self, line: Line) {
        let (Line::Out(text) | Line::Err(text)) = line;
        if text.starts_with("{\"reason\":") || text.trim().is_empty() {
            return;
        }
        if self.output.len() == OUTPUT_LINES {
            self.output.pop_front();
        }
        self.output.push_back(text);
    }

    fn outcome(self, request: &Request, end: &End, events: Vec<Event>) -> Outcome {
        let output = Vec::from(self.output).join("\n");
        let status = match end {
            End::Cancelled => return Outcome::Cancelled,
            End::TimedOut if self.built.is_none() => {
                let message =
                    "It was not built within an hour. Perhaps another cargo holds the build folder.";
                return Outcome::BuildFailed { message: message.into() };
            }
            End::TimedOut => return Outcome::TimedOut { tests: tests(events) },
            End::Exited(status) => status,
        };
        if self.built != Some(true) {
            return not_built(&request.package, self.errors, output);
        }
        if request.build_only {
            return Outcome::Built;
        }
        if let Some(message) = events.iter().find_map(infra) {
            return Outcome::Infra { message };
        }
        if status.code() == Some(INFRA_EXIT) {
            return Outcome::Infra { message: output };
        }
        let (backend, why) = events.iter().find_map(backend).unzip();
        let tests = tests(events);
        let ended = output.lines().any(|line| line.starts_with("test result:"));
        // Every test that the harness ran has told of itself; a filter that fits none leaves nothing to tell.
        if ended && !(tests.is_empty() && request.filter.is_none()) {
            Outcome::Tested(Tested { tests, backend, why: why.flatten(), warnings: self.warnings })
        } else {
            Outcome::Crashed { output, tests }
        }
    }
}

/// Whose fault it is: an error in the package's own code is its author's, anything else is the tools'.
fn not_built(package: &str, errors: Vec<CompileError>, output: String) -> Outcome {
    if errors.iter().any(|error| error.package == package && error.place.is_some()) {
        return Outcome::DoesNotCompile(errors);
    }
    let rendered: Vec<&str> = errors.iter().map(|error| error.rendered.trim_end()).collect();
    let message = if rendered.is_empty() { output } else { rendered.join("\n") };
    Outcome::BuildFailed { message }
}

fn tests(events: Vec<Event>) -> Vec<TestReport> {
    events
        .into_iter()
        .filter_map(|event| match event {
            Event::Test(test) => Some(test),
            Event::Backend { .. } | Event::Infra { .. } => None,
        })
        .collect()
}

fn infra(event: &Event) -> Option<String> {
    match event {
        Event::Infra { message } => Some(message.clone()),
        _ => None,
    }
}

fn backend(event: &Event) -> Option<(String, Option<String>)> {
    match event {
        Event::Backend { name, why } => Some((name.clone(), why.clone())),
        _ => None,
    }
}

/// The file that the lab reports to, gone with the run.
pub struct ReportFile(PathBuf);

impl ReportFile {
    /// One that nobody else has.
    #[expect(clippy::new_without_default, reason = "each is another one")]
    pub fn new() -> Self {
        use std::sync::atomic::{AtomicU32, Ordering};
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        Self(std::env::temp_dir().join(format!("course-report-{}-{count}.jsonl", std::process::id())))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// What the lab said of itself, if it failed.
    pub fn infra(&self) -> Option<String> {
        self.events().iter().find_map(infra)
    }

    /// What was reported so far.
    pub fn events(&self) -> Vec<Event> {
        report::parse(&std::fs::read_to_string(&self.0).unwrap_or_default())
    }
}

impl Drop for ReportFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::process::ExitStatusExt;
    use std::process::ExitStatus;

    use lab_manifest::report::Outcome as TestOutcome;

    use super::*;

    #[test]
    fn what_is_built_and_waited_for_is_not_the_time_of_the_tests() {
        let (limit, minutes) = (Some(Duration::from_mins(10)), Duration::from_mins);
        assert!(!too_long(limit, minutes(50), None) && !too_long(limit, minutes(50), Some(minutes(9))));
        assert!(too_long(limit, minutes(61), None) && too_long(limit, minutes(12), Some(minutes(11))));
        assert!(too_long(None, minutes(61), None) && !too_long(None, minutes(80), Some(minutes(70))));
    }

    const BUILT: &str = r#"{"reason":"build-finished","success":true}"#;
    const NOT_BUILT: &str = r#"{"reason":"build-finished","success":false}"#;
    const ENDED: &str = "test result: FAILED. 1 passed; 1 failed; 0 ignored";

    fn error(package: &str) -> String {
        format!(
            r#"{{"reason":"compiler-message","package_id":"path+file:///c/x#{package}@0.1.0","message":{{"level":"error","message":"mismatched types","rendered":"error: mismatched types","spans":[{{"file_name":"src/lib.rs","line_start":7,"is_primary":true}}]}}}}"#
        )
    }

    fn passed() -> Event {
        let json = r#"{"event":"test","exercise":"u","step":"a","test":"step_1_a::b","outcome":"passed"}"#;
        serde_json::from_str(json).unwrap()
    }

    fn ended(lines: &[&str], exit: i32, events: Vec<Event>) -> Outcome {
        let mut listener = Listener::new(|_| {});
        for line in lines {
            listener.line(Line::Out((*line).to_owned()));
        }
        let request = Request::new(Path::new("/c"), "exercise-1");
        listener.outcome(&request, &End::Exited(ExitStatus::from_raw(exit << 8)), events)
    }

    #[test]
    fn the_verdict_is_what_the_lab_reports_whatever_the_exit_code_says() {
        let outcome = ended(&[BUILT, ENDED], 0, vec![passed()]);
        let Outcome::Tested(tested) = outcome else { panic!("{outcome:?}") };
        assert_eq!(tested.tests[0].outcome, TestOutcome::Passed);
        assert!(tested.all_passed());
    }

    #[test]
    fn an_error_in_the_readers_code_is_the_readers_and_any_other_the_tools() {
        let own = error("exercise-1");
        assert!(
            matches!(ended(&[&own, NOT_BUILT], 101, Vec::new()), Outcome::DoesNotCompile(errors) if errors.len() == 1)
        );
        let other = error("lab-core");
        assert!(matches!(ended(&[&other, NOT_BUILT], 101, Vec::new()), Outcome::BuildFailed { .. }));
        let linker = "error: linker `cc` not found";
        assert!(
            matches!(ended(&[linker], 101, Vec::new()), Outcome::BuildFailed { message } if message == linker)
        );
    }

    #[test]
    fn a_lab_that_failed_says_nothing_about_the_code() {
        let infra = Event::Infra { message: "no engine".into() };
        let lab = Outcome::Infra { message: "no engine".into() };
        assert_eq!(ended(&[BUILT], 101, vec![passed(), infra]), lab);
        assert!(matches!(ended(&[BUILT, "no engine"], INFRA_EXIT, Vec::new()), Outcome::Infra { .. }));
    }

    #[test]
    fn a_process_that_dies_is_no_verdict() {
        let died = ended(&[BUILT, "running 2 tests", "fatal runtime error"], 101, vec![passed()]);
        assert!(
            matches!(died, Outcome::Crashed { tests, output } if tests.len() == 1 && output.contains("fatal"))
        );
        // The harness ran to its end, and no test told of itself.
        assert!(matches!(ended(&[BUILT, ENDED], 101, Vec::new()), Outcome::Crashed { .. }));
    }

    #[test]
    fn what_a_test_prints_cannot_end_the_build() {
        let forged = [BUILT, NOT_BUILT.trim_end(), ENDED];
        // A test may print cargo's own words; it has been built all the same, or it would not print.
        assert!(matches!(ended(&forged, 101, vec![passed()]), Outcome::Tested(_)));
    }
}
