//! Submissions' sources, compared with each other.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::sources::check(bytes));
