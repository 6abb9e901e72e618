//! What holds for every input: parsers, codecs, and the tables by which the emulator decides.
//!
//! - [`names`], [`notifications`]: what a caller and a bucket write
//! - [`batches`], [`retries`]: what is delivered again, and when
//! - [`environments`]: the pool and the lifecycle, against a model
//! - [`limits`], [`clock`]: bounds and time
//! - [`errors`], [`items`], [`streams`], [`logs`]: what is written and read again

#![expect(clippy::unwrap_used, reason = "a test that can't go on is red")]

mod batches;
mod clock;
mod environments;
mod errors;
mod items;
mod limits;
mod logs;
mod names;
mod notifications;
mod retries;
mod streams;
