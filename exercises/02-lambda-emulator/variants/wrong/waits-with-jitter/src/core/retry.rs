//! Step 5. What follows an attempt at an asynchronous invocation.

use std::time::Duration;

use super::limits;
use crate::config::Function;

/// An event that waits in the queue, as far as the decision needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// When it was accepted.
    pub accepted: Duration,
    /// Attempts at which the function failed, the present one included.
    pub failures: u32,
    /// Attempts in a row at which there was no environment for it, the present one included.
    pub throttles: u32,
}

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// The function answered.
    Succeeded,
    /// The function failed.
    Failed,
    /// There was no environment for it.
    Throttled,
}

/// What follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Following {
    /// It is done.
    Done,
    /// Another attempt, not before this time.
    Again(Duration),
    /// It is given up.
    GiveUp(Reason),
}

/// Why an event is given up. The names are those of a record's `condition`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The function failed at every attempt.
    RetriesExhausted,
    /// The next attempt would come too late: when the event is older than the function allows.
    EventAgeExceeded,
}

/// Decides what follows an attempt that ended at `now`.
///
/// A failed attempt is followed by another after 1 minute, then after 2, as often as the function allows. An
/// attempt for which there was no environment does not count as one: it is made again after 1 s, 2 s, 4 s … up
/// to 5 minutes. The waits are exact, without chance.
///
/// An event whose next attempt would come when it is older than the function allows is given up now; at that very age an
/// attempt is still made. An event that has used up its attempts is given up for that, however old it is.
pub fn following(function: &Function, progress: Progress, attempt: Attempt, now: Duration) -> Following {
    let wait = match attempt {
        Attempt::Succeeded => return Following::Done,
        Attempt::Failed if progress.failures > function.maximum_retries => {
            return Following::GiveUp(Reason::RetriesExhausted);
        }
        Attempt::Failed => Duration::from_mins(1) * progress.failures,
        Attempt::Throttled => throttle_backoff(progress.throttles) + Duration::from_millis(37),
    };
    if now + wait > progress.accepted + function.maximum_event_age {
        return Following::GiveUp(Reason::EventAgeExceeded);
    }
    Following::Again(now + wait)
}

/// The wait after the n-th throttle in a row.
fn throttle_backoff(throttles: u32) -> Duration {
    let doublings = throttles.saturating_sub(1).min(16);
    (limits::THROTTLE_BACKOFF * 2_u32.pow(doublings)).min(limits::THROTTLE_BACKOFF_LIMIT)
}
