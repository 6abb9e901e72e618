//! The recorded session of a console: its suggestions, carried out one after the other by a real run.

use lab_manifest::console::{Ask, Document, Recorded, Recording};

use super::lab::{Broken, Lab};
use super::layout;
use super::line::{self, Asked, Typed};
use super::program::Program;

/// Why a session can't be recorded.
#[derive(Debug, thiserror::Error)]
pub enum Unrecorded {
    /// A suggestion is no operation.
    #[error("`{line}`: {message}")]
    NoOperation {
        /// What is suggested.
        line: String,
        /// What is wrong with it.
        message: String,
    },
    /// The lab did not answer.
    #[error("the lab broke off: {0}")]
    Broken(#[from] Broken),
    /// There is no runtime to talk to it in.
    #[error(transparent)]
    Runtime(#[from] std::io::Error),
}

/// The operation that a suggestion is.
pub fn operation(line: &str) -> Result<Asked, Unrecorded> {
    let message = match line::read(line) {
        Ok(Typed::Operation(asked)) => return Ok(asked),
        Ok(Typed::Help(_)) => "it asks for help".to_owned(),
        Err(complaint) => format!("{} {}", complaint.message, complaint.remedy),
    };
    Err(Unrecorded::NoOperation { line: line.trim().to_owned(), message })
}

/// Carries the session out in a fresh lab.
pub fn record(program: &Program, document: &Document) -> Result<Recording, Unrecorded> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut lab = Lab::open(program, &document.tables).await?;
        let begin = lab.begin(&document.tables).await?;
        let mut session = Vec::new();
        for suggested in &document.session {
            let Asked { operation, body } = operation(&suggested.line)?;
            let answer = lab.ask(&Ask::Send { operation: operation.name.to_owned(), body }).await?;
            session.push(Recorded { line: suggested.line.clone(), answer });
        }
        Ok(Recording { begin, session })
    })
}

/// A recording, as it is kept.
pub fn text(recording: &Recording) -> String {
    layout::text(&serde_json::to_value(recording).expect("it is JSON")) + "\n"
}
