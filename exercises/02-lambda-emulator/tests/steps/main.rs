//! Exercise 2: the tests of its steps. `cargo test -p exercise-2 step_3` runs those of step 3.
//!
//! A test starts the emulator as a process of its own, this binary in the role `emulator`, and is its caller. The
//! functions are processes too: roles that use `lambda_runtime` as every Rust function does, and roles that speak the
//! Runtime API by hand and break its rules.

use exercise_2 as subject;

mod emulated;
mod functions;
mod marks;
mod runtime;
mod scene;
mod shown;
mod streamed;

mod step_1_invoke;
mod step_2_errors;
mod step_3_environments;
mod step_4_deadlines;
mod step_5_queue;
mod step_6_triggers;
mod step_7_log_and_stream;

lab::processes! {
    "emulator" => scene::emulator(),
    "echo" => functions::echo(),
    "where" => functions::where_it_ran(),
    "fail" => functions::fail(),
    "panic" => functions::panic(),
    "gate" => functions::gate(),
    "hang" => functions::hang(),
    "slow-init" => functions::slow_init(),
    "report-of" => functions::report_of(),
    "pass-on" => functions::pass_on(),
    "attempt" => functions::attempt(),
    "print" => functions::print(),
    "batch" => functions::batch(),
    "answer" => functions::answer(),
    "chatty" => functions::chatty(),
    "headers" => runtime::headers(),
    "old" => runtime::old(),
    "old-too" => runtime::old(),
    "strict" => runtime::strict(),
    "patient" => runtime::patient(),
    "big" => runtime::big(),
    "big-too" => runtime::big(),
    "report" => runtime::report(),
    "report-too" => runtime::report(),
    "strict-report" => runtime::strict_report(),
    "init-error" => runtime::init_error(),
    "init-error-later" => runtime::init_error_later(),
    "panic-in-init" => runtime::panic_in_init(),
    "exit" => runtime::exit(),
    "exit-of" => functions::exit_of(),
    "leave" => runtime::leave(),
    "stream" => runtime::stream(),
}
