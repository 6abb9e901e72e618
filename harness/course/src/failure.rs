//! What can go wrong, with its remedy and its exit code: both are chosen here and nowhere else.
//!
//! | exit code | what it means |
//! |---|---|
//! | 1 | what was asked for does not hold: a step is red, the book has problems |
//! | 2 | the command line was not understood |
//! | 3 | this is no course, or a document of it is broken |
//! | 4 | a file could not be read or written |
//! | 5 | cargo could not be run, or the tools failed to build |
//! | 6 | the port is taken |
//! | 7 | git could not do what was asked of it |
//! | 8 | nothing was done, so that nothing is lost or given away: the message says why |
//! | 10 to 19 | what `cargo course doctor` found; `cargo course doctor --help` lists them |
//! | 75 | the lab or the grader failed (`EX_TEMPFAIL` of sysexits.h); nothing is said about the reader's code |
//! | 130 | stopped by Ctrl-C |

use std::io;
use std::path::{Path, PathBuf};

use lab_manifest::DocumentError;

use crate::book::problem::Problem;
use crate::terminal::{Style, Terminal};

/// The exit code after Ctrl-C: 128 and the signal's number, as shells have it.
pub const INTERRUPTED: u8 = 130;

/// What a command ends in when it can't do what it was asked for.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The working directory is in no course.
    #[error("{folder} is not in a folder of the course", folder = folder.display())]
    NotACourse {
        /// The working directory.
        folder: PathBuf,
    },
    /// A document of the course can't be used.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// There is no exercise with this number.
    #[error("there is no exercise {number}")]
    NoSuchExercise {
        /// What was asked for.
        number: u32,
        /// Those that are there.
        known: Vec<u32>,
        /// What is wrong with those that can't be read.
        broken: Vec<String>,
    },
    /// The exercise has no such step.
    #[error("exercise {exercise} has no step {step}")]
    NoSuchStep {
        /// The exercise.
        exercise: u32,
        /// What was asked for.
        step: String,
        /// The ids that are there, in order.
        known: Vec<String>,
    },
    /// A file could not be read or written.
    #[error("could not {doing} {path}: {source}", path = path.display())]
    Io {
        /// What was being done, as a verb: `read`, `write`.
        doing: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// `.course/progress.json` can't be used.
    #[error("{path}: {message}", path = path.display())]
    Progress {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        message: String,
    },
    /// Cargo could not be started.
    #[error("could not run {program}: {source}")]
    Cargo {
        /// The program that was tried.
        program: String,
        /// What the operating system said.
        source: io::Error,
    },
    /// The lab failed; nothing is said about the reader's code.
    #[error("{message}")]
    Infra {
        /// The lab's own message, with its remedy.
        message: String,
    },
    /// The book has problems.
    #[error("the book has {count}", count = count(.problems.len()))]
    Book {
        /// Each with its place and remedy.
        problems: Vec<Problem>,
    },
    /// The course's folders can't be watched.
    #[error("{folder} can't be watched: {message}", folder = folder.display())]
    Watch {
        /// The course's root.
        folder: PathBuf,
        /// What the system said.
        message: String,
    },
    /// The port that was asked for, or every one that was tried, is taken.
    #[error("{message}")]
    PortTaken {
        /// Which.
        message: String,
    },
    /// mdBook and this binary did not understand each other.
    #[error("{message}")]
    Preprocess {
        /// What was not understood.
        message: String,
    },
    /// Git could not do what was asked of it.
    #[error("{message}")]
    Git {
        /// What was tried, and git's own words.
        message: String,
        /// What to do about it.
        remedy: String,
    },
    /// Nothing was done, so that nothing is lost or given away.
    #[error("{message}")]
    Refused {
        /// Why.
        message: String,
        /// What to do instead.
        remedy: String,
    },
    /// The doctor found something. Everything has been told already.
    #[error("{summary}")]
    Diagnosed {
        /// One line.
        summary: String,
        /// The code of the first cause.
        exit_code: u8,
    },
    /// Somebody stopped the command.
    #[error("stopped")]
    Interrupted,
    /// What was asked for does not hold. Everything has been told already.
    #[error("{summary}")]
    NotGreen {
        /// One line.
        summary: String,
    },
}

impl Failure {
    /// Makes a failure of what went wrong while `doing` (a verb) something with `path`.
    pub fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self::Io { doing, path, source }
    }

    /// What the process ends with; the table heads this file.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::NotGreen { .. } | Self::Book { .. } | Self::Preprocess { .. } => 1,
            Self::NoSuchExercise { .. } | Self::NoSuchStep { .. } => 2,
            Self::NotACourse { .. } | Self::Document(_) | Self::Progress { .. } => 3,
            Self::Io { .. } | Self::Watch { .. } => 4,
            Self::Cargo { .. } => 5,
            Self::PortTaken { .. } => 6,
            Self::Git { .. } => 7,
            Self::Refused { .. } => 8,
            Self::Diagnosed { exit_code, .. } => *exit_code,
            Self::Infra { .. } => 75,
            Self::Interrupted => INTERRUPTED,
        }
    }

    /// What to do about it, where that is known.
    pub fn remedy(&self) -> Option<String> {
        match self {
            Self::NotACourse { .. } => Some("run it from the folder that `git clone` made".into()),
            Self::Document(_) => Some(
                "`git diff` shows what was changed; `git checkout -- FILE` brings back the course's own"
                    .into(),
            ),
            Self::Progress { path, .. } => {
                Some(format!("move {} away: the next run of each exercise writes a new one", path.display()))
            }
            Self::NoSuchExercise { known, broken, .. } if broken.is_empty() => {
                Some(format!("there is {}", numbers(known)))
            }
            Self::NoSuchExercise { broken, .. } => {
                Some(format!("not every exercise can be read: {}", broken.join("; ")))
            }
            Self::NoSuchStep { known, .. } => {
                Some(format!("a step is named by its number or by its id: {}", known.join(", ")))
            }
            Self::Io { source, .. } => remedy_of_io(source.kind()),
            Self::Cargo { .. } => {
                Some("install Rust from https://rustup.rs, and run this as `cargo course`".into())
            }
            Self::Watch { .. } => Some(
                "see that the folder can be read; without watching, run `cargo test -p exercise-1` yourself".into(),
            ),
            Self::PortTaken { .. } => Some(
                "end what listens there, or name another port: `cargo course --port 4000`; without `--port` the next \
                 free one is taken"
                    .into(),
            ),
            Self::Preprocess { .. } => {
                Some("mdBook starts this: run `mdbook build book`, with mdBook 0.5".into())
            }
            Self::Git { remedy, .. } | Self::Refused { remedy, .. } => Some(remedy.clone()),
            Self::Infra { .. }
            | Self::NotGreen { .. }
            | Self::Book { .. }
            | Self::Diagnosed { .. }
            | Self::Interrupted => None,
        }
    }

    /// Prints the message and the remedy.
    pub fn tell(&self, terminal: &Terminal) {
        if let Self::Book { problems } = self {
            tell_problems(terminal, problems);
        }
        tell(terminal, &self.to_string(), self.remedy().as_deref());
    }
}

/// Prints what is wrong, and what to do about it where that is known.
pub fn tell(terminal: &Terminal, message: &str, remedy: Option<&str>) {
    terminal.entry(&terminal.paint(Style::Bad, "error:"), message);
    if let Some(remedy) = remedy {
        terminal.entry(&terminal.paint(Style::Strong, "what to do:"), remedy);
    }
}

/// Prints each problem of the book, with its place first, as editors read it.
pub fn tell_problems(terminal: &Terminal, problems: &[Problem]) {
    for problem in problems {
        let place = terminal.paint(Style::Strong, &format!("{}:", problem.place));
        terminal.entry(&place, &problem.message);
        terminal.indented(2, &terminal.paint(Style::Quiet, &problem.remedy));
    }
}

fn count(problems: usize) -> String {
    if problems == 1 { "1 problem".into() } else { format!("{problems} problems") }
}

/// What to do about a file that could not be read or written.
fn remedy_of_io(kind: io::ErrorKind) -> Option<String> {
    match kind {
        io::ErrorKind::StorageFull => {
            Some("the disk is full: free some room; `cargo clean` frees what was built here".into())
        }
        io::ErrorKind::PermissionDenied => {
            Some("see who owns the file (`ls -l`), and that you may write to it".into())
        }
        io::ErrorKind::ReadOnlyFilesystem => Some(
            "this checkout is on a read-only file system: clone it to a folder that you may write to".into(),
        ),
        _ => None,
    }
}

fn numbers(known: &[u32]) -> String {
    let known: Vec<String> = known.iter().map(ToString::to_string).collect();
    format!("exercise {}", known.join(", "))
}
