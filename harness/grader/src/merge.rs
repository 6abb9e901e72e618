//! Joins the journals of a class that was graded in parts, and tells the whole.

use std::path::PathBuf;

use grade::journal::{self, Journal};
use grade::merge::{self, MergeError, Part};
use grade::report::{self, Report};

use crate::failure::{CourseFailure, Failure};
use course::course::Course;
use course::terminal::Terminal;

/// What `grade merge` takes.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The journals of the parts
    #[arg(required = true, value_name = "JOURNAL")]
    parts: Vec<PathBuf>,
    /// The journal to write; `merged.jsonl`
    #[arg(long, value_name = "FILE", default_value = "merged.jsonl")]
    journal: PathBuf,
    /// Where the reports are written; a folder `report` beside the journal
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// Joins, writes and shows.
pub fn run(course: &Course, args: Args) -> Result<(), Failure> {
    let Args { parts, journal: path, out } = args;
    let parts = parts
        .into_iter()
        .map(|path| Ok(Part { contents: journal::read_file(&path)?, path }))
        .collect::<Result<Vec<_>, Failure>>()?;
    let (mut journal, found) = Journal::open(&path)?;
    if !found.records.is_empty() {
        return Err(MergeError::NotEmpty { path }.into());
    }
    let notes = merge::merge(parts, &mut journal)?;
    drop(journal);
    let report = Report::of(journal::read_file(&path)?, None);
    let out = out.unwrap_or_else(|| path.with_file_name("report"));
    report::folder::write(&report, &out).map_err(|(path, source)| CourseFailure::Io {
        doing: "write",
        path,
        source,
    })?;
    Terminal::stdout().line(report::terminal::table(&report).trim_end());
    let terminal = Terminal::stderr();
    terminal.text(&format!("reports: {}", course.shown(&out)));
    if !notes.is_empty() {
        return Err(CourseFailure::NotGreen { summary: notes.join("; ") }.into());
    }
    Ok(())
}
