//! `course.toml`: whatever it holds is a policy that can be applied, or an error that names a line.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::course_toml::check(bytes));
