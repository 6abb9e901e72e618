//! Chapter @NUMBER@: @TITLE@.
//!
//! - [`greeting`]: greets by name
//! - [`tally`]: counts each word

pub mod greeting;
pub mod tally;
