//! Tells a journal again: in all formats, perhaps with a corrected deadline. Nothing is run.

use std::path::PathBuf;

use grade::course_toml::Grading;
use grade::report::{self, Report};

use crate::failure::{CourseFailure, Failure};
use course::terminal::Terminal;

/// What `grade report` takes.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The journal
    journal: PathBuf,
    /// Weights, deadlines and late policy from here, instead of those that the journal has
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where the reports are written
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// The report as JSON on the standard output
    #[arg(long)]
    json: bool,
}

/// Writes and shows the report.
pub fn run(args: &Args) -> Result<(), Failure> {
    let policy = args.config.as_deref().map(Grading::read).transpose()?.map(|grading| grading.policy);
    let report = Report::of(grade::journal::read_file(&args.journal)?, policy.as_ref());
    if let Some(out) = &args.out {
        report::folder::write(&report, out).map_err(|(path, source)| CourseFailure::Io {
            doing: "write",
            path,
            source,
        })?;
    }
    let out = Terminal::stdout();
    if args.json {
        out.line(report::json(&report).trim_end());
    } else {
        out.line(report::terminal::table(&report).trim_end());
    }
    Ok(())
}
