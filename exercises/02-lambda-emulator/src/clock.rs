//! Where time comes from: an argument, like sockets and shutdown.
//!
//! Every time is the duration since the Unix epoch.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use futures::future::BoxFuture;
use serde::Deserialize;

use crate::host::control::Control;

/// The time, and a way to wait for a later one.
pub trait Clock: Send + Sync {
    /// The time since the Unix epoch.
    fn now(&self) -> BoxFuture<'_, Duration>;
    /// Waits until [`Clock::now`] is `time` or later.
    fn sleep_until(&self, time: Duration) -> BoxFuture<'_, ()>;
}

/// The machine's own time.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> BoxFuture<'_, Duration> {
        Box::pin(std::future::ready(since_epoch()))
    }

    fn sleep_until(&self, time: Duration) -> BoxFuture<'_, ()> {
        Box::pin(tokio::time::sleep(time.saturating_sub(since_epoch())))
    }
}

fn since_epoch() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("the machine's clock is past 1970")
}

/// The lab's virtual time, asked for over its control protocol. It stands still until a test advances it.
#[derive(Clone, Debug)]
pub struct RemoteClock {
    control: Control,
}

impl RemoteClock {
    /// A clock that asks the control server at `url`, such as `http://127.0.0.1:4000`.
    pub fn new(url: impl Into<String>) -> Self {
        Self { control: Control::new(url) }
    }

    async fn ask(&self, path: &str) -> Duration {
        #[derive(Deserialize)]
        struct Now {
            now_ms: u64,
        }
        match self.control.get::<Now>(path).await {
            Ok(Now { now_ms }) => Duration::from_millis(now_ms),
            // The lab is gone and the test with it; there is no later time to wait for.
            Err(_) => std::future::pending().await,
        }
    }
}

impl Clock for RemoteClock {
    fn now(&self) -> BoxFuture<'_, Duration> {
        Box::pin(self.ask("/clock"))
    }

    fn sleep_until(&self, time: Duration) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            self.ask(&format!("/clock/wait?until_ms={}", time.as_millis())).await;
        })
    }
}
