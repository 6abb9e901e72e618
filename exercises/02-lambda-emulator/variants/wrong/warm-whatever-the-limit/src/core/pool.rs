//! Step 3. Which environment takes an invocation.
//!
//! One environment works on one invocation at a time. So the number of invocations under way is the number of
//! busy environments, and a limit on one is a limit on the other: that number is called concurrency.

use std::time::Duration;

/// Names an environment of one function. Never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EnvironmentId(pub u64);

/// A function's environments: how many are busy, which are idle.
#[derive(Debug)]
pub struct Pool {
    /// Environments that work, or are being started for work.
    pub busy: u32,
    /// Environments that have nothing to do, in the order in which they fell idle.
    pub idle: Vec<Idle>,
    /// The function's reserved concurrency.
    pub reserved: Option<u32>,
}

/// An environment that has nothing to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Idle {
    /// Which.
    pub id: EnvironmentId,
    /// When it fell idle.
    pub since: Duration,
}

/// What happens to an invocation that has arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placement {
    /// A warm environment takes it.
    Warm(EnvironmentId),
    /// An environment is started for it.
    Cold,
    /// It is refused.
    Throttled(Throttle),
}

/// Which limit was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Throttle {
    /// The function's own.
    ReservedFunctionConcurrentInvocationLimitExceeded,
    /// That of all functions without one of their own.
    ConcurrentInvocationLimitExceeded,
}

impl Pool {
    /// A pool without environments.
    pub fn new(reserved: Option<u32>) -> Self {
        Self { busy: 0, idle: Vec::new(), reserved }
    }

    /// Finds a place for an invocation, and counts it as busy.
    ///
    /// `account_has_room` says whether the functions without reserved concurrency, all together, may have one more
    /// invocation under way; a function that has its own does not depend on it.
    ///
    /// The limit comes first: who is over it is refused, also where an environment is idle. Else a warm environment is
    /// preferred, the most recently used one: the others grow old and are ended.
    pub fn place(&mut self, account_has_room: bool) -> Placement {
        let full = match self.reserved {
            Some(reserved) if self.busy >= reserved => {
                Some(Throttle::ReservedFunctionConcurrentInvocationLimitExceeded)
            }
            None if !account_has_room && self.idle.is_empty() => Some(Throttle::ConcurrentInvocationLimitExceeded),
            _ => None,
        };
        if let Some(throttle) = full {
            return Placement::Throttled(throttle);
        }
        self.busy += 1;
        match self.idle.pop() {
            Some(idle) => Placement::Warm(idle.id),
            None => Placement::Cold,
        }
    }

    /// Takes the environments out of the pool that have been idle for `limit` or longer.
    pub fn expire(&mut self, now: Duration, limit: Duration) -> Vec<EnvironmentId> {
        let fresh = |idle: &Idle| now.saturating_sub(idle.since) < limit;
        let (kept, expired) = self.idle.drain(..).partition(fresh);
        self.idle = kept;
        expired.into_iter().map(|idle: Idle| idle.id).collect()
    }

    /// Whether there is no environment at all.
    pub fn is_empty(&self) -> bool {
        self.busy == 0 && self.idle.is_empty()
    }

    /// A busy environment has answered.
    pub fn release(&mut self, id: EnvironmentId, now: Duration) {
        self.busy -= 1;
        self.idle.push(Idle { id, since: now });
    }

    /// A busy environment is no more, or could not be started.
    pub fn lose(&mut self) {
        self.busy -= 1;
    }

    /// An idle environment is no more. Whether it was there.
    pub fn forget(&mut self, id: EnvironmentId) -> bool {
        let before = self.idle.len();
        self.idle.retain(|idle| idle.id != id);
        self.idle.len() < before
    }
}
