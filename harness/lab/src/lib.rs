//! What a test of an exercise links.

#[cfg(any(target_os = "linux", target_os = "macos"))]
extern crate lab_shared as _;

pub use lab_core::*;
