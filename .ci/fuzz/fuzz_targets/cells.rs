//! What cells leave and are given: records of their ends, specs, last words.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::cells::check(bytes));
