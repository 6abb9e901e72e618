//! Chance from the test's seed, time from the lab's clock, and a record of both.

use std::time::Duration;

use lab::{Clock, Lab, Seed};

use super::subject::patience::Patience;

/// What was drawn and waited for.
pub struct Recorded {
    seed: Seed,
    clock: Clock,
    /// The longest that each wait could have been.
    pub bounds: Vec<u64>,
    /// What was drawn.
    pub drawn: Vec<u64>,
    /// What was waited.
    pub waits: Vec<u64>,
}

impl Recorded {
    pub fn new(lab: &Lab) -> Self {
        let seed = lab.seed().fork("patience");
        Self { seed, clock: lab.clock(), bounds: Vec::new(), drawn: Vec::new(), waits: Vec::new() }
    }
}

impl Patience for Recorded {
    fn random(&mut self, most: u64) -> u64 {
        let drawn = self.seed.number(0..=most);
        self.bounds.push(most);
        self.drawn.push(drawn);
        drawn
    }

    async fn wait(&mut self, ms: u64) {
        self.waits.push(ms);
        self.clock.advance(Duration::from_millis(ms));
    }
}
