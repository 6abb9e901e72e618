//! Grades a class: a few workers, one journal, and nothing twice.
//!
//! A worker holds one submission at a time, so memory is bounded by the workers. The verdicts go to the journal, on
//! this thread, as they come; who resumes reads them from there. Equal work has equal digests and is judged once.

mod cache;
mod resumption;
mod starter;

use std::collections::{BTreeMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::mpsc::{self, SyncSender};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use crate::intake::{Caps, Entry, Standing, Submission, Taken, Wanted};
use crate::journal::{Journal, JournalError, Record};
use crate::verdict::{Cancel, Judge, Outcome, Settings, Tier, Verdict, Work};
use cache::{Cache, Turn};
pub use resumption::Resumption;
pub use starter::Starter;

/// What is graded, and how.
#[derive(Debug)]
pub struct Plan {
    /// The exercises.
    pub exercises: Vec<Planned>,
    /// Every exercise of the course: files in no folder of their own may be another one's.
    pub course: Vec<Wanted>,
    /// How much a submission may be.
    pub caps: Caps,
    /// Submissions at a time.
    pub jobs: usize,
    /// Further attempts where the grader itself failed.
    pub retries: u32,
}

/// An exercise that is graded.
#[derive(Debug)]
pub struct Planned {
    /// What intake takes of it.
    pub wanted: Wanted,
    /// What the course ships: whoever hands that in has done nothing, and nothing needs to run.
    pub starter: Starter,
    /// Its steps, by which a verdict without a run is made.
    pub steps: Vec<crate::journal::GradedStep>,
    /// By what it is judged.
    pub settings: Settings,
    /// Names the settings.
    pub settings_id: String,
    /// Names the course, as far as a verdict depends on it.
    pub version: String,
    /// Somebody asked for it by number.
    pub asked: bool,
}

/// What happened, for whoever watches.
#[derive(Debug, PartialEq, Eq)]
pub enum Progress {
    /// Somebody's work is being looked at.
    Started {
        /// The student's id.
        student: String,
    },
    /// The grader failed; it will be tried again.
    Retried {
        /// The student's id.
        student: String,
        /// The exercise.
        exercise: u32,
        /// Why.
        why: String,
    },
    /// An exercise of somebody is done.
    Done {
        /// The student's id.
        student: String,
        /// The exercise.
        exercise: u32,
        /// What came of it; `None` where there was nothing to judge.
        outcome: Option<Outcome>,
        /// Points earned and possible.
        points: (u32, u32),
        /// Nothing had to be run for it.
        cached: bool,
    },
    /// Everything of somebody is done.
    Finished {
        /// The student's id.
        student: String,
        /// Students done so far, of how many.
        done: usize,
        /// Of how many.
        total: usize,
    },
}

/// What a batch has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Works that were judged anew.
    pub judged: usize,
    /// Works whose verdict was known.
    pub cached: usize,
    /// Exercises of students of which there was nothing to judge.
    pub without_work: usize,
    /// Exercises of students that have no verdict because the grader failed.
    pub infra_errors: usize,
    /// It was stopped before its end.
    pub stopped: bool,
}

enum Event {
    Progress(Progress),
    Record(Box<Record>),
    Left { infra: bool },
    Judged,
}

struct Task<'a> {
    entry: &'a Entry,
    attempt: u32,
}

/// Grades `entries` by `plan`. `before` is what the journal held when it was opened.
pub fn run(
    entries: &[Entry],
    plan: &Plan,
    judge: &dyn Judge,
    journal: &mut Journal,
    before: &Resumption,
    cancel: &Cancel,
    progress: &mut dyn FnMut(Progress),
) -> Result<Summary, JournalError> {
    let queue: Mutex<VecDeque<Task<'_>>> =
        Mutex::new(entries.iter().map(|entry| Task { entry, attempt: 1 }).collect());
    let jobs = plan.jobs.max(1);
    let (sender, events) = mpsc::sync_channel(jobs);
    let mut summary = Summary::default();
    let mut finished = 0;
    let mut failure = None;
    std::thread::scope(|scope| {
        for _ in 0..jobs {
            let worker =
                Worker { plan, judge, cache: &before.cache, queue: &queue, cancel, events: sender.clone() };
            scope.spawn(move || worker.work());
        }
        drop(sender);
        for event in events {
            match event {
                Event::Progress(Progress::Finished { student, .. }) => {
                    finished += 1;
                    progress(Progress::Finished { student, done: finished, total: entries.len() });
                }
                Event::Progress(told) => {
                    if let Progress::Done { outcome, cached, .. } = &told {
                        summary.without_work += usize::from(outcome.is_none());
                        summary.cached += usize::from(*cached && outcome.is_some());
                    }
                    progress(told);
                }
                Event::Judged => summary.judged += 1,
                Event::Left { infra } => summary.infra_errors += usize::from(infra),
                Event::Record(record) if failure.is_none() => {
                    if before.is_known(&record) {
                        continue;
                    }
                    if let Err(error) = journal.append(&record) {
                        // Nothing that is judged from here on could be kept.
                        cancel.cancel();
                        failure = Some(error);
                    }
                }
                Event::Record(_) => {}
            }
        }
    });
    summary.stopped = cancel.is_cancelled();
    failure.map_or(Ok(summary), Err)
}

struct Worker<'a> {
    plan: &'a Plan,
    judge: &'a dyn Judge,
    cache: &'a Cache,
    queue: &'a Mutex<VecDeque<Task<'a>>>,
    cancel: &'a Cancel,
    events: SyncSender<Event>,
}

/// What became of an exercise of a submission.
enum End {
    /// It is written down.
    Done,
    /// The grader failed.
    Failed,
    /// Somebody stopped it.
    Stopped,
}

impl Worker<'_> {
    fn work(&self) {
        while !self.cancel.is_cancelled() {
            let task = self.queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
            let Some(Task { entry, attempt }) = task else { return };
            self.tell(Progress::Started { student: entry.id.clone() });
            match self.entry(entry, attempt) {
                End::Done => {
                    self.tell(Progress::Finished { student: entry.id.clone(), done: 0, total: 0 });
                }
                // At the end of the queue: what the grader lacks may have come back until then.
                End::Failed => {
                    let task = Task { entry, attempt: attempt + 1 };
                    self.queue.lock().unwrap_or_else(PoisonError::into_inner).push_back(task);
                }
                End::Stopped => return,
            }
        }
    }

    fn entry(&self, entry: &Entry, attempt: u32) -> End {
        let opened = match (&entry.unclear, &entry.path) {
            (Some(why), _) => Err((Standing::Unreadable, why.clone())),
            (None, None) => Err((Standing::Missing, "nothing was handed in".to_owned())),
            // A parser that fails is this submission's trouble and nobody else's.
            (None, Some(path)) => caught(|| Submission::open(path, &self.plan.caps))
                .map_err(|why| (Standing::Unreadable, why))
                .and_then(|opened| opened.map_err(|refusal| (refusal.standing(), refusal.to_string()))),
        };
        let mut end = End::Done;
        for (index, planned) in self.plan.exercises.iter().enumerate() {
            let taken = match &opened {
                Ok(submission) => self.take(submission, index),
                Err((standing, why)) => Err((*standing, why.clone())),
            };
            match taken {
                Ok(taken) => match self.judged(entry, planned, taken, attempt) {
                    End::Done => {}
                    other => end = other,
                },
                Err((standing, why)) => self.without_work(entry, planned, standing, why),
            }
            if self.cancel.is_cancelled() {
                return End::Stopped;
            }
        }
        end
    }

    fn take(&self, submission: &Submission, index: usize) -> Result<Taken, (Standing, String)> {
        let planned = &self.plan.exercises[index];
        let own = planned.wanted.number;
        let others: Vec<Wanted> =
            self.plan.course.iter().filter(|other| other.number != own).cloned().collect();
        caught(|| submission.take(&planned.wanted, &others, planned.asked))
            .map_err(|why| (Standing::Unreadable, why))?
            .map_err(|refusal| (refusal.standing(), refusal.to_string()))
    }

    fn without_work(&self, entry: &Entry, planned: &Planned, standing: Standing, why: String) {
        self.record(Record::Submission(crate::journal::Submission {
            student: entry.id.clone(),
            exercise: planned.wanted.number,
            digest: None,
            standing: Some(standing),
            notes: vec![why],
        }));
        self.done(entry, planned, None, (0, planned.steps.iter().map(|step| step.points).sum()), true);
    }

    fn judged(&self, entry: &Entry, planned: &Planned, taken: Taken, attempt: u32) -> End {
        let Taken { files, notes } = taken;
        let work = work_of(planned, files);
        let submission = Record::Submission(crate::journal::Submission {
            student: entry.id.clone(),
            exercise: work.exercise,
            digest: Some(work.digest.clone()),
            standing: None,
            notes,
        });
        let own = match self.cache.turn(&work.digest, self.cancel) {
            Turn::Known(known) => {
                self.record(submission);
                self.done(entry, planned, Some(known.outcome), known.points, true);
                return End::Done;
            }
            Turn::Stopped => return End::Stopped,
            Turn::Own(own) => own,
        };
        let untouched = planned.starter.is(&work.files);
        let started = Instant::now();
        let verdict = if untouched { starter::verdict(&planned.steps) } else { self.judge(&work, planned) };
        let infra = verdict.is_infra_error();
        if infra && self.cancel.is_cancelled() {
            return End::Stopped;
        }
        let (outcome, points) = (verdict.outcome, (verdict.points(), verdict.points_possible()));
        let why = verdict.notes.first().cloned().unwrap_or_default();
        let known = (!infra).then(|| cache::Known::of(&verdict));
        self.record(Record::Verdict {
            digest: work.digest,
            exercise: work.exercise,
            attempt,
            milliseconds: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
            verdict,
        });
        // Who waits for this digest comes after its verdict is on its way to the journal.
        own.end(known);
        if !untouched {
            self.send(Event::Judged);
        }
        if infra && attempt <= self.plan.retries {
            let (student, exercise) = (entry.id.clone(), planned.wanted.number);
            self.tell(Progress::Retried { student, exercise, why });
            return End::Failed;
        }
        self.record(submission);
        self.send(Event::Left { infra });
        self.done(entry, planned, Some(outcome), points, untouched);
        End::Done
    }

    fn judge(&self, work: &Work, planned: &Planned) -> Verdict {
        caught(|| self.judge.judge(work, &planned.settings, self.cancel)).unwrap_or_else(|why| Verdict {
            outcome: Outcome::InfraError,
            tier: Tier::None,
            steps: Vec::new(),
            notes: vec![why],
            unstable: false,
        })
    }

    fn done(
        &self,
        entry: &Entry,
        planned: &Planned,
        outcome: Option<Outcome>,
        points: (u32, u32),
        cached: bool,
    ) {
        let (student, exercise) = (entry.id.clone(), planned.wanted.number);
        self.tell(Progress::Done { student, exercise, outcome, points, cached });
    }

    fn record(&self, record: Record) {
        self.send(Event::Record(Box::new(record)));
    }

    fn tell(&self, progress: Progress) {
        self.send(Event::Progress(progress));
    }

    /// The receiver lives as long as the workers; where it does not, there is nobody to tell.
    fn send(&self, event: Event) {
        let _ = self.events.send(event);
    }
}

fn work_of(planned: &Planned, files: BTreeMap<PathBuf, Vec<u8>>) -> Work {
    Work::new(planned.wanted.number, files, &planned.version, &planned.settings_id)
}

/// What `doing` gives, or a panic as a sentence.
fn caught<T>(doing: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(doing)).map_err(|panic| {
        let message = panic
            .downcast_ref::<String>()
            .cloned()
            .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
            .unwrap_or_default();
        format!("the grader itself failed: {message}")
    })
}

#[cfg(test)]
mod tests;
