//! Bytes as people compare them.

use std::fmt::Write as _;

/// Two lower-case digits a byte.
pub fn digits(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a string takes every write");
        text
    })
}
