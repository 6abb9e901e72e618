//! The lab of a page's console.
//!
//! - [`Console`]: a lab with tables of its own, and what an operation does there
//! - `bound`: how large such a lab may become
//! - `wire`: requests as they go over the wire

mod bound;
mod console;
mod wire;

pub use bound::{BYTES_MAX, ITEMS_MAX, LINE_BYTES_MAX};
pub use console::Console;
