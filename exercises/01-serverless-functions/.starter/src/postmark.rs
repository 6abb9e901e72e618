//! Step 1: a typed event in, a typed reply out.
//!
//! `postmark` takes a card that somebody wrote, checks it, and replies with what is stamped beside the address.

use lambda_runtime::{Diagnostic, Error, LambdaEvent, service_fn};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The most characters that fit on a card.
pub const MOST_CHARACTERS: usize = 280;

/// The event: a card that somebody wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewCard {
    /// Who sends it.
    pub from: String,
    /// Who gets it.
    pub to: String,
    /// What is written on it.
    pub words: String,
}

/// The reply: what is stamped beside the address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Postmark {
    /// Such as `Ada to Grace`.
    pub address: String,
    /// How many characters (`char`s) the words have, white space included, at the ends too.
    pub characters: usize,
    /// How many more would fit.
    pub left: usize,
}

/// Why a card gets no postmark.
#[derive(Debug, thiserror::Error)]
pub enum CardError {
    /// The event is not a card: an attribute is missing or has the wrong type. Error type `Card.Malformed`.
    #[error("the event is not a card: {0}")]
    Malformed(#[from] serde_json::Error),
    /// Nothing is written on it but white space, if that. Error type `Card.Empty`.
    #[error("the card has no words")]
    Empty,
    /// More than [`MOST_CHARACTERS`] are written on it. Error type `Card.TooLong`.
    #[error("the card has {0} characters, {MOST_CHARACTERS} fit")]
    TooLong(usize),
}

impl CardError {
    /// The error type that a caller sees, as the variants' documentation names it.
    ///
    /// A caller decides by it what to do next, so it must not change with the wording of a message, nor with the name
    /// of a Rust type.
    pub fn error_type(&self) -> &'static str {
        todo!("step 1: give each kind of error the type that its documentation names")
    }
}

/// What the runtime reports for an invocation that ends in this error.
///
/// `lambda_runtime` asks for it: an error without one does not compile, and one in a box is named after the box.
impl From<CardError> for Diagnostic {
    fn from(error: CardError) -> Self {
        todo!("step 1: report the error under its type, with its message")
    }
}

/// The postmark of the card in `event`.
///
/// - An attribute that is missing or has the wrong type makes the event [`CardError::Malformed`]. Attributes that
///   nobody asked for are left alone: the sender may be newer than this function. (Serde also reads a list of the three
///   texts, in their order; nobody is promised that.)
/// - Words that are empty or white space are [`CardError::Empty`].
/// - Characters are counted as people do who don't know about bytes: `é` is one. [`MOST_CHARACTERS`] fit, one more is
///   [`CardError::TooLong`].
///
/// No event makes it panic: what comes from outside is never a reason to crash.
pub fn postmark(event: Value) -> Result<Postmark, CardError> {
    todo!("step 1: read the card, check its words, and reply with its postmark")
}

/// Answers one invocation.
///
/// The event arrives as a [`Value`] and not as a [`NewCard`]: what the runtime itself fails to read, it reports under
/// an error type of its own.
pub async fn handle(event: LambdaEvent<Value>) -> Result<Postmark, CardError> {
    todo!("step 1: answer with the postmark of the event's payload")
}

/// The process's main: asks the Runtime API for one event after the other.
pub async fn run() -> Result<(), Error> {
    lambda_runtime::run(service_fn(handle)).await
}
