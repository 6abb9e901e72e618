//! Exercise 1: the tests of its steps. `cargo test -p exercise-1 step_3` runs those of step 3.
//!
//! A test deploys functions to an emulator (the solution of chapter 2), invokes them as any caller would, and reports
//! what came back and what is in the tables. The functions are processes: this binary, started again.

use exercise_1 as subject;

mod cloud;
mod shown;
mod stocked;
mod time;
mod wire;

mod step_1_typed_event;
mod step_2_init_once;
mod step_3_no_state;
mod step_4_delivered_twice;
mod step_5_deadline;
mod step_6_batch;
mod step_7_http;

lab::processes! {
    "postmark" => subject::postmark::run(),
    "postage" => subject::postage::run(),
    "views" => subject::views::run(),
    "sending" => subject::sending::run(),
    "printing" => subject::printing::run(),
    "likes" => subject::likes::run(),
    "site" => subject::site::run(),
}
