//! The book while it is read: built, served, and built again when something that it shows is saved.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::board::Board;
use super::console::Console;
use crate::book::build::build_site;
use crate::book::problem::Problem;
use crate::book::site::Site;
use crate::failure::{Failure, tell_problems};
use crate::server::routes::App;
use crate::terminal::{Style, Terminal};

/// Problems that are printed; `cargo course build` lists all.
const PROBLEMS_SHOWN: usize = 5;

/// Builds the book again.
#[derive(Clone, Debug)]
pub struct Reading {
    /// The book's folder.
    pub book: PathBuf,
    /// What is served.
    pub app: App,
    /// What the page shows beside the book.
    pub board: Board,
    /// Where problems are told.
    pub console: Console,
    /// What was told last: it is not told twice.
    pub told: Arc<Mutex<Vec<Problem>>>,
}

impl Reading {
    /// Builds the book and serves it from now on. One that can't be built leaves the last one in its place.
    pub fn rebuild(&self, saved: &str) {
        match build_site(&self.book) {
            Ok((site, built)) => {
                self.app.replace(site);
                self.board.book(built.problems.len());
                self.tell(&built.problems, Some((saved, built.took)));
            }
            Err(Failure::Book { problems }) => {
                self.board.book(problems.len());
                self.tell(&problems, None);
            }
            Err(failure) => self.console.say(|terminal| failure.tell(terminal)),
        }
    }

    fn tell(&self, problems: &[Problem], built: Option<(&str, Duration)>) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let news = *told != problems;
        problems.clone_into(&mut told);
        drop(told);
        self.console.say(|terminal| {
            if let Some((saved, took)) = built {
                let text = format!("saved: {saved}; the book is built in {:.2} s", took.as_secs_f64());
                terminal.text(&terminal.paint(Style::Quiet, &text));
            }
            if news {
                tell_some(terminal, problems);
            }
        });
    }
}

/// The first build: what can be served, even where that is only the reason why there is no book.
pub fn first_build(book: &std::path::Path) -> Result<(Site, Vec<Problem>, Option<Duration>), Failure> {
    match build_site(book) {
        Ok((site, built)) => Ok((site, built.problems, Some(built.took))),
        Err(Failure::Book { problems }) => Ok((Site::of_page(problem_page(&problems)), problems, None)),
        Err(failure) => Err(failure),
    }
}

/// Prints the first problems, and how many more there are.
pub fn tell_some(terminal: &Terminal, problems: &[Problem]) {
    if problems.is_empty() {
        return;
    }
    tell_problems(terminal, &problems[..problems.len().min(PROBLEMS_SHOWN)]);
    let count = problems.len();
    let all = if count > PROBLEMS_SHOWN { " `cargo course build` lists all." } else { "" };
    let noun = if count == 1 { "problem" } else { "problems" };
    terminal
        .entry(&terminal.paint(Style::Note, "book:"), &format!("{count} {noun}; the pages show where.{all}"));
}

fn problem_page(problems: &[Problem]) -> String {
    let escape = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;");
    let items: Vec<String> = problems
        .iter()
        .map(|problem| {
            format!(
                "<li><strong>{}</strong>: {}<br><small>{}</small></li>",
                escape(&problem.place.to_string()),
                escape(&problem.message),
                escape(&problem.remedy)
            )
        })
        .collect();
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>The book can't be built</title>\
         <style>body{{font:1rem/1.5 system-ui;max-width:46rem;margin:3rem auto;padding:0 1rem;color-scheme:light dark}}</style>\
         <main><h1>The book can't be built</h1><p>This page loads itself anew when that is mended.</p><ul>{items}</ul></main>\
         <script>new EventSource(\"/api/events\").addEventListener(\"theme\",()=>location.reload())</script></html>",
        items = items.concat()
    )
}
