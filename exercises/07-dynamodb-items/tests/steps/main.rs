//! Exercise 7: the tests of its steps. `cargo test -p exercise-7 step_3` runs those of step 3.
//!
//! A test calls the library with a client of a database of its own, and reports what came back, what is in the table, and
//! which requests were sent. Its calls stand in `lab.call`: what they return is the library's word, and everything else
//! is what the lab has seen.

use exercise_7 as subject;

mod at_once;
mod patience;
mod shown;
mod stocked;

mod step_1_items;
mod step_2_posting;
mod step_3_changes;
mod step_4_reading;
mod step_5_pages;
mod step_6_cost;
mod step_7_batches;
