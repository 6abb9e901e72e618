//! The pool and the lifecycle: any order of what can happen, against a model that is slower and plainer.

use std::collections::BTreeSet;
use std::time::Duration;

use proptest::prelude::*;
use solution_2::core::lifecycle::{Lifecycle, Refusal};
use solution_2::core::pool::{EnvironmentId, Placement, Pool, Throttle};

#[derive(Clone, Debug)]
enum Happens {
    Place {
        account_has_room: bool,
    },
    /// The n-th busy environment, counted round, answers.
    Release(usize),
    Lose(usize),
    Forget(u64),
    Expire {
        limit: u8,
    },
}

fn happens() -> impl Strategy<Value = Happens> {
    prop_oneof![
        4 => any::<bool>().prop_map(|account_has_room| Happens::Place { account_has_room }),
        3 => any::<usize>().prop_map(Happens::Release),
        1 => any::<usize>().prop_map(Happens::Lose),
        1 => (0..8_u64).prop_map(Happens::Forget),
        1 => any::<u8>().prop_map(|limit| Happens::Expire { limit }),
    ]
}

proptest! {
    #[test]
    fn a_pool_lends_an_idle_environment_once_and_the_last_used_first(
        reserved in proptest::option::of(0..4_u32),
        events in proptest::collection::vec(happens(), 0..40),
    ) {
        let mut pool = Pool::new(reserved);
        let (mut busy, mut idle): (Vec<u64>, Vec<(u64, u64)>) = (Vec::new(), Vec::new());
        for (now, event) in (0_u64..).zip(events) {
            match event {
                Happens::Place { account_has_room } => {
                    let full = match reserved {
                        Some(reserved) => busy.len() >= reserved as usize,
                        None => !account_has_room,
                    };
                    let expected = match (full, idle.last()) {
                        (true, _) if reserved.is_some() => {
                            Placement::Throttled(Throttle::ReservedFunctionConcurrentInvocationLimitExceeded)
                        }
                        (true, _) => Placement::Throttled(Throttle::ConcurrentInvocationLimitExceeded),
                        (false, Some(&(id, _))) => Placement::Warm(EnvironmentId(id)),
                        (false, None) => Placement::Cold,
                    };
                    let placed = pool.place(account_has_room);
                    prop_assert_eq!(placed, expected);
                    match placed {
                        Placement::Warm(EnvironmentId(id)) => {
                            idle.pop();
                            busy.push(id);
                        }
                        Placement::Cold => busy.push(100 + now),
                        Placement::Throttled(_) => {}
                    }
                }
                Happens::Release(at) if !busy.is_empty() => {
                    let id = busy.remove(at % busy.len());
                    idle.push((id, now));
                    pool.release(EnvironmentId(id), Duration::from_secs(now));
                }
                Happens::Lose(at) if !busy.is_empty() => {
                    busy.remove(at % busy.len());
                    pool.lose();
                }
                Happens::Release(_) | Happens::Lose(_) => {}
                Happens::Forget(at) => {
                    let id = idle.get(usize::try_from(at).unwrap()).map_or(at, |(id, _)| *id);
                    let was_there = idle.iter().any(|(known, _)| *known == id);
                    idle.retain(|(known, _)| *known != id);
                    prop_assert_eq!(pool.forget(EnvironmentId(id)), was_there);
                }
                Happens::Expire { limit } => {
                    let limit = u64::from(limit % 16);
                    let expired: BTreeSet<EnvironmentId> =
                        pool.expire(Duration::from_secs(now), Duration::from_secs(limit)).into_iter().collect();
                    let expected =
                        idle.iter().filter(|(_, since)| now - since >= limit).map(|(id, _)| EnvironmentId(*id)).collect();
                    prop_assert_eq!(expired, expected);
                    idle.retain(|(_, since)| now - since < limit);
                }
            }
            prop_assert_eq!(pool.busy as usize, busy.len());
            prop_assert_eq!(pool.is_empty(), busy.is_empty() && idle.is_empty());
            let listed: Vec<u64> = pool.idle.iter().map(|idle| idle.id.0).collect();
            prop_assert_eq!(listed, idle.iter().map(|(id, _)| *id).collect::<Vec<_>>());
        }
    }

    #[test]
    fn an_answer_counts_once_and_only_for_the_attempt_at_hand(
        calls in proptest::collection::vec((0..3_u8, 0..2_u8, proptest::option::of(0..2_u8)), 0..30),
    ) {
        let mut lifecycle = Lifecycle::Init;
        // The attempt at hand; then the one that was answered.
        let (mut running, mut answered): (Option<(u8, u8)>, Option<u8>) = (None, None);
        let mut asked = false;
        for (call, request, attempt) in calls {
            match call {
                0 => {
                    let allowed = lifecycle.ask().is_ok();
                    prop_assert_eq!(allowed, running.is_none());
                    if allowed {
                        (asked, answered) = (true, None);
                    }
                }
                1 if asked => {
                    let attempt = attempt.unwrap_or(0);
                    lifecycle.hand_out(&request.to_string(), &attempt.to_string());
                    (running, asked) = (Some((request, attempt)), false);
                }
                1 => {}
                _ => {
                    let attempt_id = attempt.map(|attempt| attempt.to_string());
                    let told = lifecycle.answer(&request.to_string(), attempt_id.as_deref());
                    let expected = match running {
                        Some((at_hand, _)) if at_hand != request => Err(Refusal::RequestId),
                        Some((_, at_hand)) if attempt.is_some_and(|attempt| attempt != at_hand) => {
                            Err(Refusal::InvocationId)
                        }
                        Some(_) => Ok(()),
                        None if answered == Some(request) => {
                            Err(Refusal::State { from: "Answered", to: "Answered" })
                        }
                        None => Err(Refusal::RequestId),
                    };
                    prop_assert_eq!(&told, &expected);
                    if told.is_ok() {
                        (running, answered) = (None, Some(request));
                    }
                }
            }
        }
    }
}
