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
        Attempt::Throttled => throttle_backoff(progress.throttles),
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

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::from_secs(1_000_000);

    fn after(failures: u32, throttles: u32, attempt: Attempt) -> Following {
        let progress = Progress { accepted: NOW, failures, throttles };
        following(&Function::new("print"), progress, attempt, NOW)
    }

    #[test]
    fn two_retries_follow_one_minute_and_two_minutes_later() {
        assert_eq!(after(1, 0, Attempt::Failed), Following::Again(NOW + Duration::from_mins(1)));
        assert_eq!(after(2, 0, Attempt::Failed), Following::Again(NOW + Duration::from_mins(2)));
        assert_eq!(after(3, 0, Attempt::Failed), Following::GiveUp(Reason::RetriesExhausted));
    }

    #[test]
    fn a_throttled_attempt_waits_longer_each_time_and_is_not_counted() {
        let waits: Vec<u64> = (1..=11)
            .map(|throttles| match after(0, throttles, Attempt::Throttled) {
                Following::Again(at) => at.saturating_sub(NOW).as_secs(),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
    }

    #[test]
    fn an_event_that_would_be_too_old_is_given_up() {
        let mut function = Function::new("print");
        function.maximum_event_age = Duration::from_mins(1);
        let at = |accepted: Duration| {
            following(&function, Progress { accepted, failures: 1, throttles: 0 }, Attempt::Failed, NOW)
        };
        assert_eq!(at(NOW), Following::Again(NOW + Duration::from_mins(1)));
        assert_eq!(
            at(NOW.saturating_sub(Duration::from_millis(1))),
            Following::GiveUp(Reason::EventAgeExceeded)
        );
    }

    #[test]
    fn a_function_can_do_without_retries() {
        let mut function = Function::new("print");
        function.maximum_retries = 0;
        let progress = Progress { accepted: NOW, failures: 1, throttles: 9 };
        assert_eq!(
            following(&function, progress, Attempt::Failed, NOW),
            Following::GiveUp(Reason::RetriesExhausted)
        );
    }
}
