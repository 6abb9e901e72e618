//! The journal, its reports, and journals that are merged.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::journal::check(bytes));
