//! The class as a CSV document: each student once, and what is read survives being written and read again.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::roster::check(bytes));
