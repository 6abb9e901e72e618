//! The tools failed. A reader must never take that for a wrong answer.

use std::io::Write as _;

use lab_manifest::report::{self, Event};

use crate::telling::wrap;

/// The exit code of a process that ended for such a reason: `EX_TEMPFAIL` of `sysexits.h`.
pub(crate) const EXIT_CODE: i32 = 75;

/// Trouble with the tools: nothing is said about the reader's code.
#[derive(Debug, thiserror::Error)]
pub enum Infra {
    /// `DYNAMODB` has a value that names no backend.
    #[error("DYNAMODB={value} names no backend")]
    UnknownBackend {
        /// What it was set to.
        value: String,
    },
    /// No Docker engine answered.
    #[error("no Docker engine answers: {reason}")]
    NoEngine {
        /// What was tried and what came of it.
        reason: String,
    },
    /// The engine does not have the image, and it could not be pulled.
    #[error("the image {image} is not there and can't be pulled: {reason}")]
    NoImage {
        /// The image.
        image: String,
        /// What the engine said.
        reason: String,
    },
    /// A program of the lab's could not be built.
    #[error("{package} can't be built: {reason}")]
    NotBuilt {
        /// Its package.
        package: &'static str,
        /// What cargo said.
        reason: String,
    },
    /// The container did not start, or did not answer.
    #[error("DynamoDB Local's container {container} does not start: {reason}")]
    Container {
        /// The container's name.
        container: String,
        /// What the engine said.
        reason: String,
    },
    /// The database embedded in this process did not start.
    #[error("the embedded DynamoDB does not start: {reason}")]
    Embedded {
        /// What it said.
        reason: String,
    },
    /// The endpoint that `DYNAMODB` names does not answer.
    #[error("nothing answers at {url}: {reason}")]
    Unreachable {
        /// The endpoint.
        url: String,
        /// What came of the attempt.
        reason: String,
    },
    /// The real service was asked for, and this build can't speak to it.
    #[error("DYNAMODB=aws needs a build with the feature aws of the package lab")]
    NotBuiltIn,
    /// Nobody is known to AWS here.
    #[error("AWS can't be used: {reason}")]
    NoAccess {
        /// What is missing.
        reason: String,
    },
    /// The backend went away, or broke a connection, while a test used it.
    #[error("DynamoDB at {url} went away in the middle of a test: {reason}")]
    WentAway {
        /// The endpoint.
        url: String,
        /// What came of the request.
        reason: String,
    },
    /// The lab's own server could not be opened.
    #[error("no port of 127.0.0.1 can be opened: {0}")]
    Port(std::io::Error),
    /// A process could not be started.
    #[error("{program} can't be started: {source}")]
    Spawn {
        /// The program.
        program: String,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// A file of the course could not be used.
    #[error(transparent)]
    Document(#[from] lab_manifest::DocumentError),
    /// A file could not be read or written.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: String,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// A setting of the lab's has a value that it can't have.
    #[error("{variable}={value}: {expected}")]
    Setting {
        /// The environment variable.
        variable: &'static str,
        /// What it was set to.
        value: String,
        /// What it may be.
        expected: &'static str,
    },
    /// A test is not where the lab looks for tests.
    #[error("{0}")]
    Misplaced(String),
    /// A process of the lab reported trouble of its own.
    #[error("the process {role} reported: {message}")]
    Inside {
        /// The process's role.
        role: String,
        /// Its message.
        message: String,
    },
}

impl Infra {
    /// What to do about it, in a sentence or two.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::UnknownBackend { .. } => {
                "Set DYNAMODB to auto, container, embedded, aws or an address such as http://127.0.0.1:8000, or unset it."
            }
            Self::NoEngine { .. } => {
                "Start Docker, or set DYNAMODB=embedded: that database needs none. `cargo course doctor` says more."
            }
            Self::NoImage { .. } => {
                "Pull the image once with `docker pull`, or set DYNAMODB=embedded: that database needs none."
            }
            Self::NotBuilt { .. } => {
                "Look at what `cargo build --package lab-container` says, or set DYNAMODB=embedded: that database needs none."
            }
            Self::Container { .. } => "Run `cargo course clean` and try again, or set DYNAMODB=embedded.",
            Self::Embedded { .. } | Self::Port(_) | Self::Spawn { .. } => {
                "Run `cargo course doctor`: it looks for what this machine lacks."
            }
            Self::Unreachable { .. } => "Start what should answer there, or unset DYNAMODB.",
            Self::NotBuiltIn => "Add `--features lab/aws` to the command, or unset DYNAMODB.",
            Self::NoAccess { .. } => "Sign in with the AWS CLI and set AWS_REGION, or unset DYNAMODB.",
            Self::WentAway { .. } => "Run the tests again: a new database is started if it has to be.",
            Self::Document(_) | Self::Misplaced(_) => {
                "Bring the course's own file back with `git checkout -- FILE`, or run `cargo course doctor`."
            }
            Self::File { .. } => "Make room or give the permission, then run the tests again.",
            Self::Setting { variable: _, .. } => "Unset the variable or give it a value that it can have.",
            Self::Inside { .. } => {
                "Run the tests again; `cargo course doctor` looks for what this machine lacks."
            }
        }
    }

    /// What a reader is shown.
    pub(crate) fn message(&self) -> String {
        format!(
            "The tools failed. This says nothing about your code.\n{}\n{}\n",
            wrap(&self.to_string(), "  "),
            wrap(self.remedy(), "")
        )
    }

    /// Tells the trouble past libtest's capture and ends the process.
    pub(crate) fn abort(&self) -> ! {
        let message = self.message();
        tell(&format!("\n{message}"));
        if let Some(file) = std::env::var_os(report::REPORT) {
            let _ = report::append(file.as_ref(), &Event::Infra { message });
        }
        std::process::exit(EXIT_CODE)
    }
}

/// Writes to the process's own stderr: `eprint!` would end in libtest's capture.
pub(crate) fn tell(text: &str) {
    let mut stderr = std::io::stderr().lock();
    let _ = stderr.write_all(text.as_bytes());
    let _ = stderr.flush();
}

/// Ends the process where the lab itself failed.
pub(crate) fn or_abort<T>(result: Result<T, Infra>) -> T {
    result.unwrap_or_else(|infra| infra.abort())
}
