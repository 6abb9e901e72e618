//! The program `cell`, in all its stages.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use super::stage::{self, Plan, Stage};
use super::{CellError, EXIT_CODE, Spec, chamber, enter, guard, probe};

/// What the command line asks for.
#[derive(Debug)]
pub(super) struct Order {
    pub(super) spec: Spec,
    pub(super) port: Option<u16>,
    pub(super) may_listen: bool,
    /// A port of a server in another cell.
    pub(super) reach: Option<u16>,
    /// That cell's guard.
    pub(super) join: Option<i32>,
    pub(super) test: Option<String>,
    pub(super) role: Option<String>,
    pub(super) program: PathBuf,
    pub(super) arguments: Vec<String>,
}

/// Runs what `arguments` ask for, and ends as the program in the cell ended. `front` is what this binary takes before
/// these arguments, such as `cell`, so that it can start itself.
pub fn main(front: &[&str], arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let front: Vec<String> = front.iter().map(|&word| word.to_owned()).collect();
    let ended = run(&front, arguments);
    match ended {
        Ok(code) => code,
        Err((stage, error)) => {
            // A later stage has its words read from this socket; stderr is the program's.
            match stage {
                Some(_) => drop(rustix::io::write(rustix::stdio::stdin(), error.to_string().as_bytes())),
                None => eprintln!("{error}"),
            }
            ExitCode::from(EXIT_CODE)
        }
    }
}

type Failed = (Option<Stage>, CellError);

fn run(front: &[String], arguments: impl Iterator<Item = OsString>) -> Result<ExitCode, Failed> {
    let words = arguments
        .map(|word| word.into_string().map_err(|word| usage(format!("{} is no text", word.display()))));
    let words: Vec<String> = words.collect::<Result<_, _>>().map_err(|error| (None, error))?;
    if words == [probe::HELLO] {
        print!("{}", probe::HELLO);
        return Ok(ExitCode::SUCCESS);
    }
    if let [flag, name, document] = words.as_slice()
        && flag == stage::FLAG
    {
        let stage = Stage::parse(name).ok_or_else(|| (None, usage(format!("no stage {name}"))))?;
        return later(stage, document, front).map_err(|error| (Some(stage), error));
    }
    guard::guard(&order(words).map_err(|error| (None, error))?, front).map_err(|error| (None, error))
}

fn later(stage: Stage, document: &str, front: &[String]) -> Result<ExitCode, CellError> {
    let plan: Plan = serde_json::from_str(document).map_err(|error| usage(format!("the plan: {error}")))?;
    match stage {
        Stage::Chamber => chamber::chamber(plan, front),
        Stage::Enter => match enter::enter(&plan)? {},
    }
}

fn order(words: Vec<String>) -> Result<Order, CellError> {
    let mut words = words.into_iter();
    let (mut spec, mut port, mut may_listen, mut test, mut role) = (None, None, false, None, None);
    let (mut reach, mut join) = (None, None);
    let mut environment = Vec::new();
    while let Some(word) = words.next() {
        if word == "--" {
            break;
        }
        if word == "--listen" {
            may_listen = true;
            continue;
        }
        let value = words.next().ok_or_else(|| usage(format!("{word} wants a value")))?;
        match word.as_str() {
            "--spec" => spec = Some(read(&value)?),
            "--port" => port = Some(value.parse().map_err(|_| usage(format!("{value} is no port")))?),
            "--reach" => reach = Some(value.parse().map_err(|_| usage(format!("{value} is no port")))?),
            "--join" => join = Some(value.parse().map_err(|_| usage(format!("{value} is no process")))?),
            "--test" => test = Some(value),
            "--role" => role = Some(value),
            "--env" => {
                let (name, value) =
                    value.split_once('=').ok_or_else(|| usage(format!("{value} is no variable")))?;
                environment.push((name.to_owned(), value.to_owned()));
            }
            _ => return Err(usage(format!("{word} means nothing"))),
        }
    }
    let program = words.next().ok_or_else(|| usage("no program is named".into()))?;
    let mut spec: Spec = spec.ok_or_else(|| usage("--spec FILE is missing".into()))?;
    // The grader's own variables win.
    let own = std::mem::take(&mut spec.environment);
    spec.environment = environment.into_iter().chain(own).collect();
    Ok(Order {
        spec,
        port,
        may_listen,
        reach,
        join,
        test,
        role,
        program: program.into(),
        arguments: words.collect(),
    })
}

fn read(path: &str) -> Result<Spec, CellError> {
    let failed = |source| CellError::File { path: path.to_owned(), source };
    let text = std::fs::read(path).map_err(failed)?;
    serde_json::from_slice(&text).map_err(|error| failed(error.into()))
}

fn usage(message: String) -> CellError {
    CellError::Usage(message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn a_command_line_without_a_spec_or_a_program_is_refused() {
        for refused in ["--spec", "-- /bin/true", "--port 99999 -- x", "--env A -- x", "--what 1 -- x"] {
            assert!(order(words(refused)).is_err(), "{refused}");
        }
    }
}
