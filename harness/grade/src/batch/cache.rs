//! Which works have a verdict, and which are being judged just now.

use std::collections::HashMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::verdict::{Cancel, Digest, Outcome, Verdict};

/// How often who waits for another worker looks whether everything was stopped.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Verdicts by digest, as far as progress shows them: the whole ones are in the journal.
#[derive(Debug, Default)]
pub struct Cache {
    states: Mutex<HashMap<Digest, State>>,
    changed: Condvar,
}

/// What is kept of a verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// What came of the work.
    pub outcome: Outcome,
    /// Earned and possible.
    pub points: (u32, u32),
}

#[derive(Debug)]
enum State {
    UnderWay,
    Known(Known),
}

/// Who judges a work.
pub enum Turn<'a> {
    /// Nobody needs to.
    Known(Known),
    /// Whoever asked.
    Own(Own<'a>),
    /// Everything was stopped.
    Stopped,
}

/// The right to judge a work, until it is ended or dropped.
pub struct Own<'a> {
    cache: &'a Cache,
    digest: Option<Digest>,
}

impl Known {
    /// What is kept of `verdict`.
    pub fn of(verdict: &Verdict) -> Self {
        Self { outcome: verdict.outcome, points: (verdict.points(), verdict.points_possible()) }
    }
}

impl Cache {
    /// Keeps a verdict from the journal. A failure of the grader is none.
    pub fn know(&self, digest: Digest, verdict: &Verdict) {
        if !verdict.is_infra_error() {
            self.lock().insert(digest, State::Known(Known::of(verdict)));
        }
    }

    /// The verdict on `digest`, or the right to make it. Waits where another worker has that right.
    pub fn turn(&self, digest: &Digest, cancel: &Cancel) -> Turn<'_> {
        let mut states = self.lock();
        loop {
            match states.get(digest) {
                Some(State::Known(known)) => return Turn::Known(*known),
                Some(State::UnderWay) if cancel.is_cancelled() => return Turn::Stopped,
                Some(State::UnderWay) => {
                    let waited = self.changed.wait_timeout(states, LOOK_EVERY);
                    states = waited.unwrap_or_else(PoisonError::into_inner).0;
                }
                None => {
                    states.insert(digest.clone(), State::UnderWay);
                    return Turn::Own(Own { cache: self, digest: Some(digest.clone()) });
                }
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Digest, State>> {
        self.states.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Own<'_> {
    /// Gives the right back, with the verdict if there is one.
    pub fn end(mut self, known: Option<Known>) {
        self.give_back(known);
    }

    fn give_back(&mut self, known: Option<Known>) {
        let Some(digest) = self.digest.take() else { return };
        match known {
            Some(known) => self.cache.lock().insert(digest, State::Known(known)),
            None => self.cache.lock().remove(&digest),
        };
        self.cache.changed.notify_all();
    }
}

impl Drop for Own<'_> {
    fn drop(&mut self) {
        self.give_back(None);
    }
}
