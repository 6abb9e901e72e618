//! Step 1: greet by name.
//!
//! Inputs come from the lab's seed, so that a greeting that was written down in advance is wrong for the next one.

use lab::{Lab, Observation};

use super::subject;

#[test]
fn everybody_is_greeted_by_name() {
    lab::step(async |lab: &Lab| {
        let seed = lab.seed();
        let mut observation = Observation::new();
        for name in [seed.name(), seed.name(), seed.word()] {
            observation = observation.fact("greeting", format!("{:?}", subject::greeting::greeting(&name)));
        }
        lab.observe(observation)
    });
}
