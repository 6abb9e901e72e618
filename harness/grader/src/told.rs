//! A report on the standard output: a table, or the JSON document.

use std::io::{self, BufWriter, Write as _};
use std::path::Path;

use grade::report::{self, Report};

use crate::failure::{CourseFailure, Failure};
use course::terminal::Terminal;

/// Shows the report of the journal at `journal`.
pub fn show(report: &Report, journal: &Path, json: bool) -> Result<(), Failure> {
    let shown = if json {
        let mut out = BufWriter::new(io::stdout().lock());
        report::write_json(report, &mut out).and_then(|()| out.flush())
    } else {
        report::terminal::table(report).map(|table| Terminal::stdout().line(table.trim_end()))
    };
    match shown {
        // A reader who went away (`| head`) is no error of ours.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        shown => Ok(shown.map_err(CourseFailure::io("tell", journal))?),
    }
}

/// Writes every format of `report` into `folder`.
pub fn write(report: &Report, folder: &Path) -> Result<(), Failure> {
    report::folder::write(report, folder)
        .map(drop)
        .map_err(|(path, source)| CourseFailure::Io { doing: "write", path, source }.into())
}
