//! `cargo course next`: what to do next.

use serde::Serialize;

use crate::course::Course;
use crate::failure::Failure;
use crate::progress::{Progress, Status};
use crate::terminal::{Style, Terminal};

/// What `next` takes.
#[derive(Debug, Default, clap::Args)]
pub struct Args {
    /// As JSON, for a script; `null` when everything is green
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Next {
    exercise: u32,
    step: usize,
    id: String,
    title: String,
    status: Status,
    files: Vec<String>,
    test: String,
    read: String,
}

/// Prints the first step that is not green: its files, its test, where to read.
pub fn run(course: &Course, args: &Args) -> Result<(), Failure> {
    let Args { json } = *args;
    let progress = Progress::keep(course)?;
    let next = next(course, &progress);
    let terminal = Terminal::stdout();
    if json {
        terminal.line(&serde_json::to_string_pretty(&next).expect("the document has only text keys"));
        return Ok(());
    }
    let Some(next) = next else {
        terminal.text("Every step is green.");
        return Ok(());
    };
    terminal.line(&terminal.paint(Style::Strong, &format!("{}.{} {}", next.exercise, next.step, next.title)));
    terminal.entry("edit:", &next.files.join(", "));
    terminal.entry("test:", &next.test);
    terminal.entry("read:", &next.read);
    terminal.entry("hint:", &format!("cargo course hint {} {}", next.exercise, next.step));
    if next.status == Status::Unknown && next.step == 1 {
        terminal.text("It is red until you write it: red is where one starts.");
    }
    Ok(())
}

fn next(course: &Course, progress: &Progress) -> Option<Next> {
    course.exercises.iter().find_map(|exercise| {
        let (number, step) = progress.first_red(exercise)?;
        let folder = course.shown(&exercise.folder);
        Some(Next {
            exercise: exercise.number,
            step: number,
            id: step.id.clone(),
            title: step.title.clone(),
            status: progress.step(exercise, step).status,
            files: step.files.iter().map(|file| format!("{folder}/{file}")).collect(),
            test: format!("cargo test -p {} step_{number}", exercise.package()),
            read: format!("book/src/{}", step.read.replace(".html", ".md")),
        })
    })
}
