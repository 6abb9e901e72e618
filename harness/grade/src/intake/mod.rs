//! Takes what is to be graded out of whatever it came in, believing nothing of it.
//!
//! - [`entry`]: who handed in what: a checkout, a folder of submissions, an archive, a roster
//! - [`roster`]: the class as a CSV document
//! - [`submission`]: one submission, listed, and what of it is taken
//! - [`placement`]: where in a submission an exercise is
//! - [`refusal`]: why a submission can't be graded as it is
//! - [`caps`]: how much a submission may be

pub mod caps;
pub mod entry;
pub mod placement;
pub mod refusal;
pub mod roster;
pub mod submission;

mod bounded;
mod folder;
mod member;
mod pattern;
mod tarball;
mod visit;
mod zipped;

pub use caps::Caps;
pub use entry::{Class, Entry};
pub use placement::Wanted;
pub use refusal::{Refusal, Standing};
pub use submission::{Submission, Taken};

#[cfg(test)]
mod tests;
