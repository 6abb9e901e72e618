//! `cargo course clean`: removes what runs left behind. Nothing that the reader wrote is touched.

use serde::Serialize;

use crate::course::Course;
use crate::failure::Failure;
use crate::leftovers::{self, Leftover};
use crate::terminal::Terminal;

/// What `clean` takes.
#[derive(Debug, Default, clap::Args)]
pub struct Args {
    /// Only list what would be removed
    #[arg(long)]
    dry_run: bool,
    /// As JSON, for a script
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Done {
    kind: &'static str,
    name: String,
    removed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// Removes containers, processes and files of runs, and tells each.
pub fn run(course: &Course, args: &Args) -> Result<(), Failure> {
    let &Args { dry_run, json } = args;
    let done: Vec<Done> = leftovers::find(course).iter().map(|left| remove(left, dry_run)).collect();
    let terminal = Terminal::stdout();
    if json {
        terminal.line(&serde_json::to_string_pretty(&done).expect("the document has only text keys"));
    } else {
        tell(&terminal, &done, dry_run);
    }
    match done.iter().filter(|left| left.error.is_some()).count() {
        0 => Ok(()),
        failed => Err(Failure::NotGreen { summary: format!("{failed} could not be removed") }),
    }
}

fn remove(left: &Leftover, dry_run: bool) -> Done {
    let result = if dry_run { Ok(()) } else { left.remove() };
    Done {
        kind: left.kind(),
        name: left.name(),
        removed: !dry_run && result.is_ok(),
        error: result.err().map(|error| error.to_string()),
    }
}

fn tell(terminal: &Terminal, done: &[Done], dry_run: bool) {
    if done.is_empty() {
        terminal.text("Nothing was left behind.");
    }
    for left in done {
        let verb = match (&left.error, dry_run) {
            (Some(_), _) => "could not remove",
            (None, true) => "would remove",
            (None, false) => "removed",
        };
        let error = left.error.as_ref().map(|error| format!(": {error}")).unwrap_or_default();
        terminal.entry(verb, &format!("{} {}{error}", left.kind, left.name));
    }
}
