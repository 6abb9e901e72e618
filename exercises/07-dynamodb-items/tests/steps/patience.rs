//! Chance from the test's seed, time from the lab's clock, and a record of both.

use std::time::Duration;

use lab::{Clock, Lab, Seed};

use super::subject::patience::Patience;

/// Draws and waits, and keeps what it has drawn and waited for.
pub struct Recorded {
    seed: Seed,
    clock: Clock,
    waits: Waits,
}

/// The longest that each wait could have been, what was drawn, and what was waited, in milliseconds.
pub type Waits = [Vec<u64>; 3];

impl Recorded {
    pub fn new(lab: &Lab) -> Self {
        Self { seed: lab.seed().fork("patience"), clock: lab.clock(), waits: Waits::default() }
    }

    pub fn waits(&self) -> Waits {
        self.waits.clone()
    }
}

impl Patience for Recorded {
    fn random(&mut self, most: u64) -> u64 {
        let drawn = self.seed.number(0..=most);
        self.waits[0].push(most);
        self.waits[1].push(drawn);
        drawn
    }

    async fn wait(&mut self, ms: u64) {
        self.waits[2].push(ms);
        self.clock.advance(Duration::from_millis(ms));
    }
}
