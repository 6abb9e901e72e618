//! Step 1: greet by name.
//!
//! Inputs come from the lab's seed, so that a greeting that was written down in advance is wrong for the next one. Calls of
//! the library stand in `lab.call`: under the grader they are made in a sandbox, and everything else is done outside.

use lab::{Lab, Observation};

use super::subject;

#[test]
fn everybody_is_greeted_by_name() {
    lab::step(async |lab: &Lab| {
        let seed = lab.seed();
        let mut observation = Observation::new();
        for name in [seed.name(), seed.name(), seed.word()] {
            let greeting = lab.call(async || subject::greeting::greeting(&name)).await;
            observation = observation.fact("greeting", format!("{greeting:?}"));
        }
        lab.observe(observation)
    });
}
