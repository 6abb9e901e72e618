//! The clock that a function has on AWS: the machine's own.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use solution_1::clock::Clock;

#[tokio::test]
async fn the_systems_clock_is_in_milliseconds_since_1970() {
    let before = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let (milliseconds, seconds) = (Clock::System.now_ms().await, Clock::System.now_seconds().await);
    let after = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    assert!((before.as_millis()..=after.as_millis()).contains(&milliseconds.into()));
    assert!((before.as_secs()..=after.as_secs()).contains(&seconds));
}

#[tokio::test]
async fn time_passes_on_the_systems_clock() {
    let (started, duration) = (Instant::now(), Duration::from_millis(20));
    Clock::System.pass(duration).await;
    assert!(started.elapsed() >= duration);
}
