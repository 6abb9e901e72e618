//! `{{#console ID}}`: a console. The page holds what its lab begins with, and its session as it was recorded: the whole,
//! for a reader without the local server. With it, the session is what the reader is suggested.

use lab_manifest::console::{Document, Recording};
use lab_manifest::exercise::{Console, Exercise};

use super::html::{block, code_block, escape};
use super::page::Page;
use super::problem::{Trouble, choices};
use super::sources::Sources;
use crate::console::session;
use crate::console::shown::{answer, items};

/// The console on the page.
pub(super) fn render(page: &mut Page<'_>, id: &str, level: usize) -> Result<String, Trouble> {
    let sources = page.sources;
    let (exercise, console) = find(sources, id)?;
    let (document, recording) = read(sources, exercise, console)?;
    let session: Vec<String> = document
        .session
        .iter()
        .zip(&recording.session)
        .map(|(suggested, recorded)| {
            let asked = session::operation(&suggested.line)
                .map_err(|error| Trouble::new(error.to_string(), "write it as the AWS CLI takes it"))?;
            let shown = answer::shown(&document.tables, &asked, &recorded.answer);
            Ok(format!(
                "<li><p class=\"console-about\">{about}</p>\n{line}\n<details class=\"console-recorded\"><summary>What it answers</summary>\n\
                 {html}</details></li>",
                about = escape(&suggested.about),
                line = code_block("bash", suggested.line.trim()),
                html = shown.html
            ))
        })
        .collect::<Result<_, Trouble>>()?;
    Ok(block(&format!(
        "<section class=\"console\" data-console=\"{id}\">\n<header><h{level}>{title}</h{level}></header>\n\
         <p class=\"console-what\">{about}</p>\n\
         <details class=\"console-content\"><summary>What is in the lab</summary>\n<div class=\"console-now\">{content}</div></details>\n\
         <div class=\"console-session\"><p class=\"console-label\">A recorded session</p>\n<ol>{session}</ol></div>\n</section>",
        id = escape(id),
        title = escape(&console.title),
        about = escape(&console.about),
        content = items::content(&document.tables, &recording.begin.content, &[]),
        session = session.join("\n"),
    )))
}

fn find<'a>(sources: &'a Sources, id: &str) -> Result<(&'a Exercise, &'a Console), Trouble> {
    let all = || {
        let exercises = sources.exercises.iter();
        exercises.flat_map(|exercise| exercise.consoles.iter().map(move |console| (exercise, console)))
    };
    all().find(|(_, console)| console.id == id).ok_or_else(|| {
        let known = choices(id, all().map(|(_, console)| console.id.as_str()));
        Trouble::new(
            format!("no exercise has a console {id}"),
            sources.mend_first().unwrap_or(format!("declare it as [[console]] in exercise.toml; {known}")),
        )
    })
}

/// The console's document and its recording, which belong together.
fn read(sources: &Sources, exercise: &Exercise, console: &Console) -> Result<(Document, Recording), Trouble> {
    let record = format!("make it by a real run: `cargo course record {} --accept`", exercise.number);
    let document = Document::read(&exercise.console(&console.id)).map_err(|error| {
        let (file, message) = sources.told(error);
        Trouble::new(format!("{file}: {message}"), "it is the document of the console; mend it")
    })?;
    let path = exercise.console_recording(&console.id);
    let recording: Recording = std::fs::read_to_string(&path)
        .map_err(|error| error.to_string())
        .and_then(|text| serde_json::from_str(&text).map_err(|error| error.to_string()))
        .map_err(|error| {
            let message = format!(
                "the recording of console {} can't be read: {}: {error}",
                console.id,
                sources.shown(&path)
            );
            Trouble::new(message, record.clone())
        })?;
    let same = document.session.len() == recording.session.len()
        && document
            .session
            .iter()
            .zip(&recording.session)
            .all(|(suggested, recorded)| suggested.line == recorded.line);
    if same {
        return Ok((document, recording));
    }
    let message =
        format!("the recording of console {} is of another session than its document suggests", console.id);
    Err(Trouble::new(message, record))
}
