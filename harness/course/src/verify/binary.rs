//! A package's tests, built once and then run without cargo, while cargo is building the next.

use std::path::PathBuf;
use std::process::Command;

use lab_manifest::exercise::Step;
use lab_manifest::report::{self, Event};
use tempfile::TempDir;

use super::bench::{Bench, CargoRun, Trial, tail};
use super::lane::Lane;
use crate::cargo::{Executable, LIBRARY_PATH};
use crate::failure::Failure;
use crate::process::{self, End, Line};

/// The exit code by which the lab says that it failed (`EX_TEMPFAIL` of sysexits.h).
const INFRA_EXIT: i32 = 75;

/// The tests of an exercise's steps, a copy that the next build leaves alone; gone with this value.
#[derive(Debug)]
pub struct Binary {
    file: PathBuf,
    /// Where the tests run.
    folder: PathBuf,
    _copied: TempDir,
}

impl Binary {
    /// Builds the tests in each of `lanes`, all at once, and copies them. `Err` in the `Ok` says what the compiler did not
    /// like.
    pub fn build(bench: &Bench<'_>, lanes: &[Lane]) -> Result<Vec<Result<Self, Trial>>, Failure> {
        let mut arguments = vec!["test", "--test", "steps", "--no-run", "--message-format=json"];
        arguments.extend(lanes.iter().flat_map(|lane| ["--package", &lane.package]));
        let built = bench.cargo(&arguments, &[])?;
        if let (true, [_, _, ..]) = (built.code != Some(0), lanes) {
            // Alone, each is told what is its own.
            let alone = |lane: &Lane| Self::build(bench, std::slice::from_ref(lane));
            let all: Result<Vec<_>, Failure> = lanes.iter().map(alone).collect();
            return Ok(all?.into_iter().flatten().collect());
        }
        lanes.iter().map(|lane| Self::of(lane, &built, bench)).collect()
    }

    /// The copy of what was built in `lane`.
    fn of(lane: &Lane, built: &CargoRun, bench: &Bench<'_>) -> Result<Result<Self, Trial>, Failure> {
        let own = |built: &&Executable| built.package.file_name() == lane.folder.file_name();
        let Some(executable) = built.executables.iter().find(own).filter(|_| built.code == Some(0)) else {
            let complaints = super::bench::rendered(&built.complaints);
            let said = if complaints.is_empty() { built.tail() } else { complaints };
            return Ok(Err(Trial {
                trouble: Some(format!("it does not compile\n{said}")),
                ..Trial::default()
            }));
        };
        let built = &executable.file;
        let copied = bench.overlay.scratch()?;
        let file = copied.path().join(built.file_name().unwrap_or_default());
        std::fs::copy(built, &file).map_err(Failure::io("copy", built))?;
        Ok(Ok(Self { file, folder: lane.folder.clone(), _copied: copied }))
    }

    /// Runs the tests of `steps` (all of them where it is empty) on the first backend.
    pub fn run(
        &self,
        bench: &Bench<'_>,
        steps: &[Step],
        variables: &[(&str, &str)],
    ) -> Result<Trial, Failure> {
        let filters: Vec<String> = steps.iter().map(|step| format!("{}::", step.tests)).collect();
        self.run_filtered(bench, &filters, variables)
    }

    /// Runs the tests whose names contain one of `filters` (all of them where it is empty).
    pub fn run_filtered(
        &self,
        bench: &Bench<'_>,
        filters: &[String],
        variables: &[(&str, &str)],
    ) -> Result<Trial, Failure> {
        let told = self.file.with_extension("jsonl");
        let _ = std::fs::remove_file(&told);
        let mut command = Command::new(&self.file);
        command
            .args(filters)
            .current_dir(&self.folder)
            .env(LIBRARY_PATH, bench.libraries()?)
            .env("CARGO_MANIFEST_DIR", &self.folder)
            .envs(bench.variables(variables))
            .env(report::REPORT, &told);
        let mut output = String::new();
        let end = process::run(&mut command, &bench.cancel, Some(super::bench::RUN_LIMIT), |line| {
            let (Line::Out(text) | Line::Err(text)) = line;
            output.push_str(&text);
            output.push('\n');
        })
        .map_err(Failure::io("run", &self.file))?;
        trial(&end, &output, report::parse(&std::fs::read_to_string(&told).unwrap_or_default()))
    }
}

fn trial(end: &End, output: &str, events: Vec<Event>) -> Result<Trial, Failure> {
    let (mut tests, mut infra) = (Vec::new(), None);
    for event in events {
        match event {
            Event::Test(test) => tests.push(test),
            Event::Infra { message } => infra = infra.or(Some(message)),
            Event::Backend { .. } => {}
        }
    }
    let trouble = match end {
        End::Cancelled => return Err(Failure::Interrupted),
        End::TimedOut => Some("the tests did not end in time".to_owned()),
        End::Exited(status) => {
            let infra = infra.or_else(|| (status.code() == Some(INFRA_EXIT)).then(|| tail(output)));
            if let Some(message) = infra {
                return Err(Failure::Infra { message });
            }
            let ended = output.lines().any(|line| line.starts_with("test result:"));
            let died = || format!("the test process died or told of no test\n{}", tail(output));
            (!ended || tests.is_empty()).then(died)
        }
    };
    Ok(Trial { tests, warnings: Vec::new(), trouble })
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::process::ExitStatusExt;
    use std::process::ExitStatus;

    use super::*;

    const ENDED: &str = "test result: ok. 1 passed";

    fn after(exit: i32, output: &str, events: &str) -> Result<Trial, Failure> {
        trial(&End::Exited(ExitStatus::from_raw(exit << 8)), output, report::parse(events))
    }

    const PASSED: &str =
        r#"{"event":"test","exercise":"u","step":"a","test":"step_1_a::b","outcome":"passed"}"#;

    #[test]
    fn tests_that_told_of_themselves_are_the_trial() {
        let trial = after(101, ENDED, PASSED).unwrap();
        assert_eq!((trial.tests.len(), trial.trouble), (1, None));
    }

    #[test]
    fn a_process_that_died_or_told_nothing_is_trouble() {
        assert!(after(101, "thread panicked", PASSED).unwrap().trouble.is_some());
        assert!(after(0, ENDED, "").unwrap().trouble.is_some());
    }

    #[test]
    fn a_lab_that_failed_is_no_trial() {
        assert!(
            matches!(after(INFRA_EXIT, "no engine", PASSED), Err(Failure::Infra { message }) if message == "no engine")
        );
    }
}
