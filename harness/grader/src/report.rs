//! Tells a journal again: in all formats, perhaps with a corrected deadline. Nothing is run.

use std::path::PathBuf;

use grade::course_toml::Grading;
use grade::journal::Reader;
use grade::report::Report;

use crate::failure::Failure;
use crate::told;

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
    let report = Report::of(Reader::open(&args.journal)?, policy.as_ref())?;
    if let Some(out) = &args.out {
        told::write(&report, out)?;
    }
    told::show(&report, &args.journal, args.json)
}
