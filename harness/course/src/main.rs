//! The command line of the course: parses, dispatches, and tells a failure once.

use std::process::ExitCode;

fn main() -> ExitCode {
    course::main()
}
