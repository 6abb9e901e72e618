//! Exercise @NUMBER@: the tests of its steps. `cargo test -p exercise-@NUMBER@ step_2` runs those of step 2.

use exercise_@NUMBER@ as subject;

mod step_1_greeting;
mod step_2_tally;
