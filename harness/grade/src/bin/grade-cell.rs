//! A cell by itself: `grade-cell --spec FILE [--port N] [--env NAME=VALUE]… -- PROGRAM ARGS…`. The grader starts the
//! same as `course cell`; the tests start this one.

use std::process::ExitCode;

fn main() -> ExitCode {
    grade::cell::main(&[], std::env::args_os().skip(1))
}
