//! `cargo course list`: the exercises and their steps, with what is done.

use serde::Serialize;

use crate::course::Course;
use crate::failure::Failure;
use crate::progress::{Progress, Status};
use crate::terminal::{Style, Terminal};

/// What `list` takes.
#[derive(Debug, Default, clap::Args)]
pub struct Args {
    /// As JSON, for a script
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Listed<'a> {
    number: u32,
    uuid: &'a str,
    title: &'a str,
    package: String,
    folder: String,
    minutes: u32,
    difficulty: u8,
    passed: usize,
    steps: Vec<ListedStep<'a>>,
}

#[derive(Serialize)]
struct ListedStep<'a> {
    number: usize,
    id: &'a str,
    title: &'a str,
    status: Status,
    first_passed_ms: Option<u64>,
    minutes: u32,
    files: &'a [String],
}

/// Prints the exercises and their steps.
pub fn run(course: &Course, args: &Args) -> Result<(), Failure> {
    let Args { json } = *args;
    let progress = Progress::keep(course)?;
    let listed: Vec<Listed> =
        course.exercises.iter().map(|exercise| listed(course, exercise, &progress)).collect();
    let terminal = Terminal::stdout();
    if json {
        terminal.line(&serde_json::to_string_pretty(&listed).expect("the document has only text keys"));
    } else {
        print(&terminal, &listed);
    }
    for error in &course.broken {
        Terminal::stderr().entry("left out:", &error.to_string());
    }
    Ok(())
}

fn listed<'a>(
    course: &Course,
    exercise: &'a lab_manifest::exercise::Exercise,
    progress: &Progress,
) -> Listed<'a> {
    let steps = exercise.steps.iter().enumerate().map(|(index, step)| {
        let record = progress.step(exercise, step);
        ListedStep {
            number: index + 1,
            id: &step.id,
            title: &step.title,
            status: record.status,
            first_passed_ms: record.first_passed_ms,
            minutes: step.minutes,
            files: &step.files,
        }
    });
    Listed {
        number: exercise.number,
        uuid: &exercise.uuid,
        title: &exercise.title,
        package: exercise.package(),
        folder: course.shown(&exercise.folder),
        minutes: exercise.minutes,
        difficulty: exercise.difficulty,
        passed: progress.passed(exercise),
        steps: steps.collect(),
    }
}

fn print(terminal: &Terminal, exercises: &[Listed<'_>]) {
    for (index, exercise) in exercises.iter().enumerate() {
        if index > 0 {
            terminal.line("");
        }
        let title = terminal.paint(Style::Strong, &format!("{}. {}", exercise.number, exercise.title));
        let done = format!("{} of {} green", exercise.passed, exercise.steps.len());
        terminal.entry(
            &title,
            &terminal.paint(Style::Quiet, &format!("({done}, about {} minutes)", exercise.minutes)),
        );
        terminal.indented(3, &terminal.paint(Style::Quiet, &exercise.folder));
        for step in &exercise.steps {
            terminal.entry(
                &format!("   {}", mark(terminal, step.status)),
                &format!("{}.{} {}", exercise.number, step.number, step.title),
            );
        }
    }
}

/// How a step stands, in a word that needs no color.
pub fn mark(terminal: &Terminal, status: Status) -> String {
    match status {
        Status::Passed => terminal.paint(Style::Good, "green"),
        Status::Failed => terminal.paint(Style::Bad, "red  "),
        Status::Todo => terminal.paint(Style::Note, "to do"),
        Status::Unknown => terminal.paint(Style::Quiet, "  -  "),
    }
}
