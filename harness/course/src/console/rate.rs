//! How often something may be asked: a bucket that fills up at a steady rate.

use std::time::{Duration, Instant};

/// A bucket of so many at once, with one more each time.
#[derive(Debug)]
pub struct Rate {
    at_once: u32,
    one_more_every: Duration,
    left: u32,
    since: Instant,
}

impl Rate {
    /// A full bucket.
    pub fn new(at_once: u32, one_more_every: Duration, now: Instant) -> Self {
        Self { at_once, one_more_every, left: at_once, since: now }
    }

    /// Takes one, if there is one.
    pub fn take(&mut self, now: Instant) -> bool {
        let every = self.one_more_every.as_nanos().max(1);
        let more = now.saturating_duration_since(self.since).as_nanos() / every;
        let more = u32::try_from(more).unwrap_or(u32::MAX);
        self.left = self.left.saturating_add(more).min(self.at_once);
        self.since = if self.left == self.at_once { now } else { self.since + self.one_more_every * more };
        let there_is = self.left > 0;
        self.left -= u32::from(there_is);
        there_is
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_at_once_and_then_one_at_a_time() {
        let begin = Instant::now();
        let every = Duration::from_millis(200);
        let mut rate = Rate::new(3, every, begin);
        assert_eq!([0; 5].map(|_| rate.take(begin)), [true, true, true, false, false]);
        assert!(!rate.take(begin + every / 2));
        assert!(rate.take(begin + every), "what had begun to fill is not lost by asking");
        assert!(!rate.take(begin + every));
        let later = begin + every * 1_000;
        assert_eq!(
            [0; 5].map(|_| rate.take(later)),
            [true, true, true, false, false],
            "it holds no more than it holds"
        );
    }
}
