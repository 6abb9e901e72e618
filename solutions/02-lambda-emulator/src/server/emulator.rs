//! All functions, and what the rest invokes them through.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::Arc;

use tokio::sync::{Semaphore, oneshot};

use super::fleet::Fleet;
use super::log;
use crate::clock::Clock;
use crate::config::{Config, Function, Trigger};
use crate::core::invocation::{Answer, Invocation};
use crate::core::limits;
use crate::core::pool::Throttle;
use crate::host::Host;
use crate::server::dispatcher::Dispatcher;

/// All functions.
pub struct Emulator {
    /// The functions, by name.
    pub fleets: BTreeMap<String, Arc<Fleet>>,
    /// What may be sent to `POST /triggers/{name}`, by name.
    pub triggers: BTreeMap<String, Trigger>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Asynchronous invocations, if there is a table for them.
    pub dispatcher: Option<Dispatcher>,
    /// Whether each invocation's log is written to standard output.
    log: bool,
}

/// An invocation that was run, and its log if that was asked for.
#[derive(Debug)]
pub struct Completed {
    /// What became of it.
    pub answer: Answer,
    /// The whole log.
    pub log: Option<String>,
}

impl Emulator {
    /// An emulator of the functions in `config`.
    pub fn new(
        config: Config,
        host: &Arc<dyn Host>,
        clock: &Arc<dyn Clock>,
        dispatcher: Option<Dispatcher>,
    ) -> Self {
        let account = Arc::new(Semaphore::new(config.account_concurrency as usize));
        let fleet = |function: Function| {
            let name = function.name.clone();
            (name, Arc::new(Fleet::new(function, host.clone(), clock.clone(), account.clone())))
        };
        Self {
            fleets: config.functions.into_iter().map(fleet).collect(),
            triggers: config.triggers.into_iter().map(|trigger| (trigger.name.clone(), trigger)).collect(),
            clock: clock.clone(),
            dispatcher,
            log: config.log,
        }
    }

    /// Runs an invocation. It goes on if the caller goes away, as a function that has begun is not told to stop.
    pub async fn run(
        &self,
        fleet: &Arc<Fleet>,
        invocation: Invocation,
        tail: bool,
    ) -> Result<Completed, Throttle> {
        let (sender, receiver) = oneshot::channel();
        let fleet = fleet.clone();
        let print = self.log;
        tokio::spawn(async move {
            let request_id = invocation.request_id.clone();
            let mut run = match fleet.run(invocation).await {
                Ok(run) => run,
                Err(throttle) => {
                    let _ = sender.send(Err(throttle));
                    return;
                }
            };
            let log = if tail || print {
                Some(log::of_run(&fleet, &run, &request_id, tail).await)
            } else {
                log::forget(&run);
                None
            };
            if let (true, Some(log)) = (print, &log) {
                // Nobody may be reading any more: then the log is lost, and not the invocation.
                let _ = std::io::stdout().write_all(log.as_bytes());
            }
            // Printing is the emulator's business: a caller gets the log that it asked for.
            let log = log.filter(|_| tail);
            let following = run.follow();
            // Nobody listens where the caller has gone away.
            let _ = sender.send(Ok(Completed { answer: run.answer, log }));
            if let Some(following) = following {
                fleet.follow(following).await;
            }
        });
        receiver.await.expect("an invocation ends in an answer")
    }

    /// Ends, now and then, the environments that have been idle for too long.
    pub async fn reap(&self) {
        loop {
            let now = self.clock.now().await;
            self.clock.sleep_until(now + limits::IDLE_TIMEOUT).await;
            let now = self.clock.now().await;
            for fleet in self.fleets.values() {
                fleet.reap(now);
            }
        }
    }

    /// Ends every environment.
    pub fn shut_down(&self) {
        for fleet in self.fleets.values() {
            fleet.shut_down();
        }
    }
}
