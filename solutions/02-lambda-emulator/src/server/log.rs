//! What an environment wrote while it worked on an invocation.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use tokio::sync::Notify;

use super::fleet::{Fleet, Run};
use crate::core::invocation::Answer;
use crate::core::limits;
use crate::core::report::Report;

/// Bytes of output that are kept for one invocation; ours.
const KEPT_BYTES: usize = 64 * 1024;

/// The lines that an environment wrote since they were last taken.
#[derive(Debug, Default)]
pub struct Log {
    lines: Mutex<Lines>,
    written: Notify,
}

#[derive(Debug, Default)]
struct Lines {
    lines: VecDeque<String>,
    bytes: usize,
}

impl Log {
    /// Adds a line. The oldest lines go when there are too many.
    pub fn write(&self, line: &str) {
        {
            let mut kept = self.lines();
            kept.bytes += line.len() + 1;
            kept.lines.push_back(line.to_owned());
            while kept.bytes > KEPT_BYTES {
                let Some(oldest) = kept.lines.pop_front() else { break };
                kept.bytes -= oldest.len() + 1;
            }
        }
        self.written.notify_one();
    }

    /// Takes the lines that are there.
    pub fn take(&self) -> Vec<String> {
        let mut kept = self.lines();
        kept.bytes = 0;
        kept.lines.drain(..).collect()
    }

    /// Waits until nothing was written for as long as `quiet`: output has a way of its own, and can come after the
    /// answer. A function that never stops writing is not waited for longer than `limit`.
    pub async fn settle(&self, quiet: Duration, limit: Duration) {
        let settled = async { while tokio::time::timeout(quiet, self.written.notified()).await.is_ok() {} };
        let _ = tokio::time::timeout(limit, settled).await;
    }

    fn lines(&self) -> MutexGuard<'_, Lines> {
        self.lines.lock().expect("no panic under this lock")
    }
}

/// The log of an invocation that has been run. The whole of it, if `whole`; else what has come so far.
pub async fn of_run(fleet: &Fleet, run: &Run, request_id: &str, whole: bool) -> String {
    let (mut lines, mut init) = (run.last_words.clone(), None);
    if let Some(environment) = &run.environment {
        if whole {
            environment.log.settle(limits::LOG_QUIET, limits::LOG_LIMIT).await;
        }
        lines.extend(environment.log.take());
        init = environment.init.lock().expect("no panic under this lock").take();
    }
    let mut error_type = None;
    if let Answer::Error(error) = &run.answer {
        // What the function itself reported, it has logged as it saw fit.
        let of_service = ["Sandbox.", "Runtime.", "Function."];
        error_type =
            Some(error.error_type.as_str()).filter(|kind| of_service.iter().any(|s| kind.starts_with(s)));
        if error_type.is_some() {
            lines.push(error.error_message.clone());
        }
    }
    let memory_mb = fleet.function.memory_mb;
    Report { request_id, duration: run.duration, init, memory_mb, error_type }.around(&lines)
}

/// Nobody reads this invocation's log: the next one's must not begin with it, nor tell its Init.
pub fn forget(run: &Run) {
    if let Some(environment) = &run.environment {
        environment.log.take();
        environment.init.lock().expect("no panic under this lock").take();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_keeps_its_end() {
        let log = Log::default();
        for number in 0..100_000 {
            log.write(&format!("line {number}"));
        }
        let lines = log.take();
        assert_eq!(lines.last().unwrap(), "line 99999");
        assert!(lines.iter().map(|line| line.len() + 1).sum::<usize>() <= KEPT_BYTES);
        assert_eq!(log.take(), Vec::<String>::new());
    }

    #[tokio::test]
    async fn who_never_stops_writing_is_not_waited_for() {
        let log = std::sync::Arc::new(Log::default());
        let writer = tokio::spawn({
            let log = log.clone();
            async move {
                loop {
                    log.write("and on");
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            }
        });
        let settled = log.settle(Duration::from_millis(200), Duration::from_millis(50));
        tokio::time::timeout(Duration::from_secs(10), settled).await.unwrap();
        writer.abort();
        assert!(!log.take().is_empty());
    }
}
