//! `cargo course trace N`: a run of the reader's own code, drawn, with the reference's figures beside it.

use std::path::{Path, PathBuf};

use lab_manifest::exercise::{Exercise, Step};
use lab_manifest::trace::Trace;
use serde::Serialize;

use crate::course::Course;
use crate::failure::Failure;
use crate::interrupt;
use crate::progress::{Progress, Status};
use crate::runner::{self, Outcome};
use crate::session::verdict::Teller;
use crate::terminal::{Style, Terminal};
use crate::trace::run::{self, Traced};
use crate::trace::story::Story;
use crate::trace::totals::Totals;
use crate::trace::{svg, text};

/// The version of the form of `--json`.
const VERSION: u32 = 1;

/// What `trace` takes.
#[derive(Debug, Default, clap::Args)]
pub struct Args {
    /// The exercise's number
    exercise: u32,
    /// A step, by its number or id, or a part of a test's name [default: the first step that failed, else the last
    /// that passed]
    what: Option<String>,
    /// Everything that happened, however much it is
    #[arg(long)]
    all: bool,
    /// Without the reference beside it
    #[arg(long)]
    alone: bool,
    /// As JSON, for a script
    #[arg(long)]
    json: bool,
    /// Also as a picture, to show it to somebody: one file a test, in this folder
    #[arg(long, value_name = "FOLDER")]
    svg: Option<PathBuf>,
}

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    exercise: u32,
    tests: Vec<Drawn<'a>>,
}

#[derive(Serialize)]
struct Drawn<'a> {
    test: &'a str,
    step: &'a str,
    totals: Totals,
    reference_totals: Option<Totals>,
    trace: &'a Trace,
    reference: Option<&'a Trace>,
}

/// Runs the tests, and draws what happened in them.
pub fn run(course: &Course, args: Args) -> Result<(), Failure> {
    let Args { exercise, what, all, alone, json, svg } = args;
    let exercise = course.exercise(exercise)?;
    let filter = filter(course, exercise, what.as_deref())?;
    let (cancel, progress) = (interrupt::cancel(), Terminal::stderr());
    let tell = |name: &'static str| move |done: runner::Progress| doing(&progress, name, &done);
    let traced = run::yours(course, exercise, &filter, &cancel, tell("your code"))
        .inspect_err(|_| progress.settle())?;
    progress.settle();
    ended(course, exercise, &traced, &filter, &progress)?;
    let reference = if alone {
        Vec::new()
    } else {
        run::reference(course, exercise, &filter, &traced.traces, &cancel, tell("the reference"))
            .inspect_err(|_| progress.settle())?
    };
    progress.settle();
    if cancel.is_cancelled() {
        return Err(Failure::Interrupted);
    }
    if !alone && reference.is_empty() {
        progress.text("The reference could not be run: `cargo course doctor` looks for the cause.");
    }
    let pairs: Vec<(&Trace, Option<&Trace>)> =
        traced.traces.iter().map(|trace| (trace, same_test(&reference, trace))).collect();
    if let Some(folder) = svg {
        draw_files(course, &folder, &pairs)?;
    }
    let terminal = Terminal::stdout();
    if json {
        terminal.line(&document(exercise, &pairs));
    } else {
        draw(exercise, &pairs, all, &terminal);
    }
    Ok(())
}

/// What the tests are chosen by: the module of a step, or a part of a name.
fn filter(course: &Course, exercise: &Exercise, what: Option<&str>) -> Result<String, Failure> {
    let of_step = |step: &Step| format!("{}::", step.tests);
    if let Some(what) = what {
        return match course.step(exercise, what) {
            Ok((_, step)) => Ok(of_step(step)),
            Err(failure) if what.parse::<usize>().is_ok() => Err(failure),
            Err(_) => Ok(what.trim().replace(' ', "_")),
        };
    }
    let progress = Progress::read(course)?;
    let stands = |step: &&Step, status| progress.step(exercise, step).status == status;
    let steps = &exercise.steps;
    let step = steps
        .iter()
        .find(|step| stands(step, Status::Failed))
        .or_else(|| steps.iter().rev().find(|step| stands(step, Status::Passed)))
        .or(steps.first());
    Ok(step.map(of_step).unwrap_or_default())
}

fn doing(terminal: &Terminal, name: &str, progress: &runner::Progress) {
    match progress {
        runner::Progress::Building { done, total, now } => {
            terminal.live(&format!("{name}: building {done} of {total} ({now})"));
        }
        runner::Progress::Waiting => {
            terminal.live(&format!("{name}: waiting for another cargo in this folder"));
        }
        runner::Progress::Running => terminal.live(&format!("{name}: running …")),
        runner::Progress::Lab(said) => terminal.live(&format!("{name}: {said}")),
    }
}

/// Says why there is nothing to draw.
fn ended(
    course: &Course,
    exercise: &Exercise,
    traced: &Traced,
    filter: &str,
    terminal: &Terminal,
) -> Result<(), Failure> {
    match &traced.outcome {
        Outcome::Tested(tested) if tested.tests.is_empty() => Err(Failure::NoSuchStep {
            exercise: exercise.number,
            step: filter.to_owned(),
            known: exercise.steps.iter().map(|step| step.id.clone()).collect(),
        }),
        Outcome::Infra { message } => Err(Failure::Infra { message: message.clone() }),
        Outcome::Cancelled => Err(Failure::Interrupted),
        outcome if traced.traces.is_empty() => {
            Teller { terminal, course, address: None }.tell(exercise, outcome);
            Err(Failure::NotGreen { summary: "there is no run to draw".into() })
        }
        _ => Ok(()),
    }
}

fn same_test<'a>(reference: &'a [Trace], trace: &Trace) -> Option<&'a Trace> {
    reference.iter().find(|reference| reference.test == trace.test)
}

fn document(exercise: &Exercise, pairs: &[(&Trace, Option<&Trace>)]) -> String {
    let tests = pairs.iter().map(|&(trace, reference)| Drawn {
        test: &trace.test,
        step: &trace.step,
        totals: Totals::of(&Story::of(trace)),
        reference_totals: reference.map(|reference| Totals::of(&Story::of(reference))),
        trace,
        reference,
    });
    let document = Document { version: VERSION, exercise: exercise.number, tests: tests.collect() };
    serde_json::to_string_pretty(&document).expect("the document has only text keys")
}

fn draw(exercise: &Exercise, pairs: &[(&Trace, Option<&Trace>)], all: bool, terminal: &Terminal) {
    let paint = |style: Style, text: &str| terminal.paint(style, text);
    let pen = text::Pen { width: terminal.width(), all, paint: &paint };
    for (index, &(trace, reference)) in pairs.iter().enumerate() {
        if index > 0 {
            terminal.line("");
        }
        let step = exercise.steps.iter().position(|step| step.id == trace.step);
        if let Some((number, step)) = step.map(|index| (index + 1, &exercise.steps[index])) {
            terminal.line(&paint(Style::Quiet, &format!("{}.{number} {}", exercise.number, step.title)));
        }
        for line in text::draw(trace, reference, pen) {
            terminal.line(line.trim_end());
        }
    }
}

fn draw_files(course: &Course, folder: &Path, pairs: &[(&Trace, Option<&Trace>)]) -> Result<(), Failure> {
    std::fs::create_dir_all(folder).map_err(Failure::io("make", folder))?;
    for (trace, reference) in pairs {
        let name = Trace::file_name(&trace.test).replace(".json", ".svg");
        let file = folder.join(&name);
        std::fs::write(&file, svg::file(trace)).map_err(Failure::io("write", &file))?;
        if let Some(reference) = reference {
            let file = folder.join(format!("reference-{name}"));
            std::fs::write(&file, svg::file(reference)).map_err(Failure::io("write", &file))?;
        }
    }
    Terminal::stderr().entry("drawn in:", &course.shown(folder));
    Ok(())
}
