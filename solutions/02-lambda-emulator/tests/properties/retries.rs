//! What follows an asynchronous attempt, for any progress and any settings.

use std::time::Duration;

use proptest::prelude::*;
use solution_2::Function;
use solution_2::core::retry::{Attempt, Following, Progress, Reason, following};

/// The event was accepted a thousand seconds after the epoch, and the attempt ends `age` later.
fn after(
    attempt: Attempt,
    counts: (u32, u32),
    retries: u32,
    maximum_age: u32,
    age: u32,
) -> (Following, Duration) {
    let accepted = Duration::from_secs(1000);
    let now = accepted + Duration::from_secs(age.into());
    let mut function = Function::new("print");
    function.maximum_retries = retries;
    function.maximum_event_age = Duration::from_secs(maximum_age.into());
    let progress = Progress { accepted, failures: counts.0, throttles: counts.1 };
    (following(&function, progress, attempt, now), now)
}

proptest! {
    #[test]
    fn success_is_the_end(counts: (u32, u32), retries: u32, maximum_age: u32, age: u32) {
        prop_assert_eq!(after(Attempt::Succeeded, counts, retries, maximum_age, age).0, Following::Done);
    }

    #[test]
    fn a_failure_is_tried_again_as_often_as_allowed_and_while_young_enough(
        failures in 1..5_u32, throttles: u32, retries in 0..=2_u32, maximum_age in 60..21_600_u32, age in 0..21_600_u32,
    ) {
        let (follows, now) = after(Attempt::Failed, (failures, throttles), retries, maximum_age, age);
        let expected = if failures > retries {
            Following::GiveUp(Reason::RetriesExhausted)
        } else if age + 60 * failures > maximum_age {
            Following::GiveUp(Reason::EventAgeExceeded)
        } else {
            Following::Again(now + Duration::from_mins(1) * failures)
        };
        prop_assert_eq!(follows, expected);
    }

    #[test]
    fn a_throttle_waits_twice_as_long_each_time_up_to_five_minutes(failures: u32, throttles: u32, age in 0..21_600_u32) {
        let (follows, now) = after(Attempt::Throttled, (failures, throttles), 0, 43_200, age);
        let seconds = 1_u64.checked_shl(throttles.saturating_sub(1)).map_or(300, |seconds| seconds.clamp(1, 300));
        prop_assert_eq!(follows, Following::Again(now + Duration::from_secs(seconds)));
    }

    #[test]
    fn no_attempt_comes_after_the_maximum_age(counts: (u32, u32), retries: u32, maximum_age: u32, age: u32, failed: bool) {
        let attempt = if failed { Attempt::Failed } else { Attempt::Throttled };
        if let (Following::Again(at), now) = after(attempt, counts, retries, maximum_age, age) {
            prop_assert!(at >= now && at <= Duration::from_secs(1000 + u64::from(maximum_age)));
        }
    }
}
