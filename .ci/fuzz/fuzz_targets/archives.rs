//! Submissions as archives: what is taken is inside, bounded and text, or it is refused in plain words.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::archives::check(bytes));
