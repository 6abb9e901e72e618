//! `cargo course doctor`: what this machine lacks, and the remedy.

use serde::Serialize;

use crate::course::Course;
use crate::doctor::{self, Check, Level, machine};
use crate::failure::Failure;
use crate::terminal::{Style, Terminal};

/// Looks at what this machine has, and says what to do about what it lacks.
///
/// Ends with 0 where nothing will fail, otherwise with the code of the first cause:
/// 10 no C compiler, 11 toolchain too old, 12 no Docker engine, 13 Docker does not answer, 14 Docker's socket may not be
/// used, 15 the image is not there, 16 the book's port is taken, 17 too little room, 18 the course or its build folder
/// can't be written. 12 to 15 only where DYNAMODB=container asks for Docker.
#[derive(Debug, Default, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// The port that the book is to be served on; the first free one where it is left out
    #[arg(long)]
    port: Option<u16>,
    /// As JSON, for a script
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Examined<'a> {
    version: u32,
    cargo: String,
    system: String,
    exit_code: u8,
    checks: &'a [Check],
}

/// Tells every check; fails with the first bad one's exit code.
pub fn run(course: &Course, args: &Args) -> Result<(), Failure> {
    let &Args { port, json } = args;
    let checks = doctor::examine(course, port);
    let bad: Vec<&Check> = checks.iter().filter(|check| check.level == Level::Bad).collect();
    let exit_code = bad.first().and_then(|check| check.cause).map_or(0, doctor::cause::Cause::exit_code);
    let terminal = Terminal::stdout();
    if json {
        let system = format!("{} {}", std::env::consts::OS, std::env::consts::ARCH);
        let examined =
            Examined { version: 1, cargo: machine::cargo_version(), system, exit_code, checks: &checks };
        terminal.line(&serde_json::to_string_pretty(&examined).expect("the document has only text keys"));
    } else {
        for check in &checks {
            tell(&terminal, check);
        }
    }
    match bad.as_slice() {
        [] => Ok(()),
        [one] => Err(Failure::Diagnosed { summary: format!("{}: {}", one.name, one.message), exit_code }),
        more => {
            let names: Vec<&str> = more.iter().map(|check| check.name).collect();
            Err(Failure::Diagnosed { summary: format!("to be mended: {}", names.join(", ")), exit_code })
        }
    }
}

fn tell(terminal: &Terminal, check: &Check) {
    let mark = match check.level {
        Level::Good => terminal.paint(Style::Good, "good"),
        Level::Note => terminal.paint(Style::Note, "note"),
        Level::Bad => terminal.paint(Style::Bad, "BAD "),
    };
    terminal.entry(&format!("{mark}  {}:", check.name), &check.message);
    if let Some(cause) = check.cause {
        terminal.indented(6, &check.remedy);
        terminal.indented(6, &format!("book/src/troubleshooting.md#{}", cause.anchor()));
    }
}
