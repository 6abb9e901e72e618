//! The asynchronous queue at work: what is due is claimed and run, and what follows is written down.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::Notify;
use tokio::task::JoinSet;

use super::emulator::Emulator;
use super::fleet::Fleet;
use super::invoke_reply;
use crate::config::{Function, Target};
use crate::core::invocation::{FunctionError, Invocation};
use crate::core::record::{self, Ended};
use crate::core::retry::{self, Attempt, Following as Decision, Reason};
use crate::core::{limits, name};
use crate::store::queue::{Following, MESSAGE_BYTES};
use crate::store::{Event, Queue, StoreError};

/// Attempts under way at once; ours.
const ATTEMPTS: usize = 64;
/// How much longer than the function may take a claim lasts: for Init done twice, and for writing down the end.
const LEASE_MARGIN: Duration = Duration::from_mins(1);
/// How often an empty queue is looked at, for what another emulator left; ours.
const LOOK_AGAIN: Duration = Duration::from_secs(20);
/// How long to wait where others were faster with everything that was due; ours.
const AFTER_LOST_CLAIMS: Duration = Duration::from_secs(1);
/// How long to wait when the queue could not be read; ours.
const STORE_BACKOFF: Duration = Duration::from_secs(1);

/// Accepts events and runs them.
#[derive(Debug)]
pub struct Dispatcher {
    queue: Queue,
    changed: Notify,
}

impl Dispatcher {
    /// A dispatcher of a queue.
    pub fn new(queue: Queue) -> Self {
        Self { queue, changed: Notify::new() }
    }

    /// Puts an event into the queue. When this returns, it is kept: it will be run, at least once, or given up for its age.
    pub async fn accept(
        &self,
        emulator: &Emulator,
        function: &Function,
        invocation: &Invocation,
    ) -> Result<(), StoreError> {
        let now = emulator.clock.now().await;
        self.queue.put(&Event::new(&function.name, invocation, now)).await?;
        self.changed.notify_one();
        Ok(())
    }
}

impl Emulator {
    /// Runs what is due, for ever. Without a queue there is nothing to do.
    pub async fn dispatch(self: &Arc<Self>) {
        let Some(dispatcher) = &self.dispatcher else { return std::future::pending().await };
        let mut attempts = JoinSet::new();
        loop {
            let wake = match self.start_due(dispatcher, &mut attempts).await {
                Ok(wake) => wake,
                Err(error) => {
                    eprintln!("lambda-emulator: {error}");
                    self.clock.now().await + STORE_BACKOFF
                }
            };
            tokio::select! {
                () = dispatcher.changed.notified() => {}
                () = self.clock.sleep_until(wake) => {}
                Some(_) = attempts.join_next() => {}
            }
        }
    }

    /// Starts an attempt at each event that is due and can be claimed. Comes back with when to look again.
    async fn start_due(
        self: &Arc<Self>,
        dispatcher: &Dispatcher,
        attempts: &mut JoinSet<()>,
    ) -> Result<Duration, StoreError> {
        let now = self.clock.now().await;
        let mut claimed = 0;
        let has = |function: &str| self.fleets.contains_key(function);
        for mut event in dispatcher.queue.due(now, has).await? {
            if attempts.len() >= ATTEMPTS {
                break;
            }
            let Some(fleet) = self.fleets.get(&event.function).cloned() else { continue };
            let lease_ends = now + fleet.function.init_timeout + fleet.function.timeout + LEASE_MARGIN;
            if dispatcher.queue.claim(&mut event, lease_ends).await? {
                claimed += 1;
                let emulator = self.clone();
                attempts.spawn(async move { emulator.attempt(&fleet, event).await });
            }
        }
        let room = attempts.len() < ATTEMPTS;
        Ok(match dispatcher.queue.next_due(has).await? {
            // What another emulator accepts meanwhile, and leaves, may be due before.
            Some(next) if next > now => next.min(now + LOOK_AGAIN),
            // There was more than one look found.
            Some(_) if claimed > 0 && room => now,
            Some(_) if room => now + AFTER_LOST_CLAIMS,
            _ => now + LOOK_AGAIN,
        })
    }

    /// Makes one attempt and writes down what follows. If that fails, the claim ends and there is another.
    async fn attempt(&self, fleet: &Arc<Fleet>, event: Event) {
        let Some(dispatcher) = &self.dispatcher else { return };
        let queue = &dispatcher.queue;
        if let Err(error) = self.try_attempt(queue, fleet, event).await {
            eprintln!("lambda-emulator: {error}");
        }
        dispatcher.changed.notify_one();
    }

    async fn try_attempt(
        &self,
        queue: &Queue,
        fleet: &Arc<Fleet>,
        mut event: Event,
    ) -> Result<(), StoreError> {
        queue.load(&mut event).await?;
        // An attempt that took the emulator with it has failed: such an event would be tried for ever.
        event.failures += event.lost();
        let now = self.clock.now().await;
        if let Some(reason) = hopeless(&fleet.function, &event, now) {
            let following = Self::following(&fleet.function, &event, Some(reason), None, now);
            return queue.take_out(&event, following).await;
        }
        let (attempt, answer) = match self.run(fleet, event.invocation(), false).await {
            Ok(completed) => match invoke_reply::whole(completed.answer).await {
                Ok(payload) => (Attempt::Succeeded, Some(Ok(payload))),
                Err(error) => (Attempt::Failed, Some(Err(error))),
            },
            Err(_) => (Attempt::Throttled, None),
        };
        event.failures += u32::from(attempt == Attempt::Failed);
        event.throttles = if attempt == Attempt::Throttled { event.throttles + 1 } else { 0 };
        let now = self.clock.now().await;
        let given_up = match retry::following(&fleet.function, event.progress(), attempt, now) {
            Decision::Again(at) => return queue.put_back(&event, at).await,
            Decision::Done => None,
            Decision::GiveUp(reason) => Some(reason),
        };
        let following = Self::following(&fleet.function, &event, given_up, answer.as_ref(), now);
        queue.take_out(&event, following).await
    }

    /// What the end of an event leads to: a dead letter, a record.
    fn following(
        function: &Function,
        event: &Event,
        given_up: Option<Reason>,
        answer: Option<&Result<Bytes, FunctionError>>,
        now: Duration,
    ) -> Vec<Following> {
        let record = || {
            let ended = Ended {
                request_id: &event.request_id,
                function: &function.name,
                payload: &event.payload,
                attempts: event.attempts,
                given_up,
                answer,
            };
            record::record(&ended, now).to_string()
        };
        let letter = || String::from_utf8_lossy(&event.payload).into_owned();
        let mut following = Vec::new();
        let targets = match given_up {
            None => [None, function.on_success.as_ref()],
            Some(_) => [function.dead_letter.as_ref(), function.on_failure.as_ref()],
        };
        let [dead_letter, destination] = targets;
        // Both may go to one queue: there each has an id of its own.
        let letter_id = format!("{}:letter", event.request_id);
        following.extend(dead_letter.and_then(|target| Self::send(target, &letter_id, letter(), now)));
        following.extend(destination.and_then(|target| Self::send(target, &event.request_id, record(), now)));
        following
    }

    /// A target that can't take what is too large for it gets nothing: the event is done with all the same.
    fn send(target: &Target, id: &str, body: String, now: Duration) -> Option<Following> {
        let size = body.len();
        let (name, most) = match target {
            Target::Queue(queue) => (queue, MESSAGE_BYTES),
            Target::Function(function) => (function, limits::ASYNC_PAYLOAD_BYTES),
        };
        if size > most {
            eprintln!("lambda-emulator: {size} bytes about {id} are too many for {name}, which takes {most}");
            return None;
        }
        Some(match target {
            Target::Queue(queue) => Following::Message { queue: queue.clone(), id: id.to_owned(), body },
            Target::Function(function) => {
                let invocation = Invocation::new(name::arn(function), body);
                Following::Event(Event::new(function, &invocation, now))
            }
        })
    }
}

/// Why the attempt for which an event was claimed is not made, if it is not.
fn hopeless(function: &Function, event: &Event, now: Duration) -> Option<Reason> {
    if event.failures > function.maximum_retries {
        return Some(Reason::RetriesExhausted);
    }
    (now > event.accepted + function.maximum_event_age).then_some(Reason::EventAgeExceeded)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACCEPTED: Duration = Duration::from_secs(1_000_000);

    fn event(failures: u32) -> Event {
        let mut event = Event::new("print", &Invocation::new("arn", "{}"), ACCEPTED);
        event.failures = failures;
        event
    }

    #[test]
    fn an_event_that_takes_its_emulator_with_it_is_given_up_after_its_attempts() {
        let function = Function::new("print");
        assert_eq!(hopeless(&function, &event(2), ACCEPTED), None);
        assert_eq!(hopeless(&function, &event(3), ACCEPTED), Some(Reason::RetriesExhausted));
    }

    #[test]
    fn a_letter_and_a_record_are_two_messages_of_one_queue() {
        let failures = Some(Target::Queue("failures".into()));
        let function =
            Function { dead_letter: failures.clone(), on_failure: failures, ..Function::new("print") };
        let (given_up, now) = (Some(Reason::RetriesExhausted), ACCEPTED);
        let following = Emulator::following(&function, &event(3), given_up, None, now);
        let id = |following: &Following| match following {
            Following::Message { queue, id, .. } => (queue.clone(), id.clone()),
            Following::Event(_) => panic!("a queue's message was to follow"),
        };
        let [letter, record] = following.as_slice() else { panic!("{following:?}") };
        assert_ne!(id(letter), id(record));
    }

    #[test]
    fn an_event_that_has_become_too_old_in_the_queue_is_not_tried() {
        let function = Function::new("print");
        let oldest = ACCEPTED + function.maximum_event_age;
        assert_eq!(hopeless(&function, &event(0), oldest), None);
        let older = oldest + Duration::from_millis(1);
        assert_eq!(hopeless(&function, &event(0), older), Some(Reason::EventAgeExceeded));
    }
}
