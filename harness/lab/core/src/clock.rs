//! The lab's clock: epoch milliseconds that stand still until a test moves them.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::BoxFuture;
use crate::trace::Tracer;

/// Where the clock starts: 2030-01-01T00:00:00Z. In the future, so that no backend's own expiry of items, which
/// goes by real time, takes away an item that the test's time still needs.
const START_MS: u64 = 1_893_456_000_000;

/// A virtual clock, shared by its clones. It stands still until [`Clock::advance`].
#[derive(Clone, Debug)]
pub struct Clock {
    time: Arc<watch::Sender<Time>>,
    tracer: Option<Arc<Tracer>>,
}

#[derive(Debug)]
struct Time {
    now_ms: u64,
    /// What each sleeper waits for. Few at a time: a list is enough.
    sleepers: Vec<(u64, u64)>,
    next_sleeper: u64,
}

impl Clock {
    pub(crate) fn new(tracer: Option<Arc<Tracer>>) -> Self {
        let (time, _) = watch::channel(Time { now_ms: START_MS, sleepers: Vec::new(), next_sleeper: 0 });
        Self { time: Arc::new(time), tracer }
    }

    /// The time, in milliseconds since the epoch.
    pub fn now_ms(&self) -> u64 {
        self.time.borrow().now_ms
    }

    /// Moves the time forward and wakes whoever slept until then.
    pub fn advance(&self, by: Duration) {
        let by_ms =
            u64::try_from(by.as_millis()).expect("a test moves its clock by less than the age of the world");
        if let Some(tracer) = &self.tracer {
            tracer.advanced(by);
        }
        self.time.send_modify(|time| time.now_ms += by_ms);
    }

    /// Sleeps until the clock shows at least `until_ms`.
    pub fn sleep_until(&self, until_ms: u64) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            let _awake = Sleeper::new(self, until_ms);
            let mut time = self.time.subscribe();
            let _ = time.wait_for(|time| time.now_ms >= until_ms).await;
        })
    }

    /// Waits, at most for `limit` of real time, until somebody sleeps until `at_least_until_ms` or longer, and says
    /// until when the one does who wakes first of these. `None`: nobody did.
    pub fn wait_for_sleeper(&self, at_least_until_ms: u64, limit: Duration) -> BoxFuture<'_, Option<u64>> {
        Box::pin(self.sleeper(at_least_until_ms, limit))
    }

    async fn sleeper(&self, at_least_until_ms: u64, limit: Duration) -> Option<u64> {
        let first = |time: &Time| {
            time.sleepers.iter().map(|(_, until)| *until).filter(|until| *until >= at_least_until_ms).min()
        };
        let mut time = self.time.subscribe();
        let slept = tokio::time::timeout(limit, time.wait_for(|time| first(time).is_some())).await;
        slept.ok()?.ok().and_then(|time| first(&time))
    }
}

struct Sleeper<'a> {
    clock: &'a Clock,
    id: u64,
}

impl<'a> Sleeper<'a> {
    fn new(clock: &'a Clock, until_ms: u64) -> Self {
        let mut id = 0;
        clock.time.send_modify(|time| {
            id = time.next_sleeper;
            time.next_sleeper += 1;
            time.sleepers.push((id, until_ms));
        });
        Self { clock, id }
    }
}

impl Drop for Sleeper<'_> {
    fn drop(&mut self) {
        self.clock.time.send_modify(|time| time.sleepers.retain(|(id, _)| *id != self.id));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOON: Duration = Duration::from_millis(20);

    #[test]
    fn time_stands_still_until_it_is_moved() {
        let clock = Clock::new(None);
        assert_eq!(clock.now_ms(), START_MS);
        clock.advance(Duration::from_secs(3));
        assert_eq!(clock.clone().now_ms(), START_MS + 3000);
    }

    #[tokio::test]
    async fn a_sleeper_is_seen_and_wakes_when_its_time_has_come() {
        let clock = Clock::new(None);
        let sleeper = tokio::spawn({
            let clock = clock.clone();
            async move { clock.sleep_until(START_MS + 500).await }
        });
        assert_eq!(
            clock.wait_for_sleeper(START_MS + 400, Duration::from_secs(5)).await,
            Some(START_MS + 500)
        );
        clock.advance(Duration::from_millis(499));
        assert!(!sleeper.is_finished());
        clock.advance(Duration::from_millis(1));
        sleeper.await.unwrap();
        assert_eq!(clock.wait_for_sleeper(0, SOON).await, None);
    }

    #[tokio::test]
    async fn who_gives_up_is_no_sleeper_any_more() {
        let clock = Clock::new(None);
        let _ = tokio::time::timeout(SOON, clock.sleep_until(START_MS + 500)).await;
        assert_eq!(clock.wait_for_sleeper(0, SOON).await, None);
    }
}
