//! Joins the journals of a class that was graded in parts, and tells the whole.

use std::path::PathBuf;

use grade::journal::{Journal, Reader};
use grade::merge::{self, MergeError};
use grade::report::Report;

use crate::failure::{CourseFailure, Failure};
use crate::told;
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
    let parts = parts.iter().map(|path| Reader::open(path)).collect::<Result<Vec<_>, _>>()?;
    let (mut journal, _) = Journal::open(&path, &mut |_| {})?;
    if journal.head().count > 0 {
        return Err(MergeError::NotEmpty { path }.into());
    }
    let notes = merge::merge(&parts, &mut journal)?;
    drop(journal);
    let report = Report::of(Reader::open(&path)?, None)?;
    let out = out.unwrap_or_else(|| path.with_file_name("report"));
    told::write(&report, &out)?;
    told::show(&report, &path, false)?;
    let terminal = Terminal::stderr();
    terminal.text(&format!("reports: {}", course.shown(&out)));
    if !notes.is_empty() {
        return Err(CourseFailure::NotGreen { summary: notes.join("; ") }.into());
    }
    Ok(())
}
