//! `cargo course build`: the book as a static site. A problem in it fails the build.

use std::path::PathBuf;

use crate::book::build;
use crate::course::Course;
use crate::failure::Failure;
use crate::terminal::Terminal;

/// What `build` takes.
#[derive(Debug, Default, clap::Args)]
pub struct Args {
    /// The folder that is replaced by the site [default: book/book]
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
}

/// Builds the book, whole and without a problem, or leaves what was there.
pub fn run(course: &Course, args: Args) -> Result<(), Failure> {
    let Args { out } = args;
    let book = course.book();
    let out = out.unwrap_or_else(|| book.join("book"));
    let took = build::build_strict(&book, &out)?;
    Terminal::stdout().text(&format!("The book is in {} ({:.1} s).", course.shown(&out), took.as_secs_f64()));
    Ok(())
}
