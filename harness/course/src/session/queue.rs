//! What is to be run. The newest save wins: a run that it outdates is cancelled, and labs wait for readers.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use crate::console::program::Program;
use crate::process::Cancel;

/// Tries and consoles that may wait; a page has one button a try.
const ASKED_WAITING: usize = 4;

/// A try's answer: its output, or why there is none.
pub type TryAnswer = Result<String, String>;

/// The program of a console's lab, or why there is none.
pub type ProgramAnswer = Result<Program, String>;

/// Something to run.
#[derive(Debug)]
pub enum Job {
    /// An exercise, because it was saved or asked for.
    Exercise(u32),
    /// A registered try, and who waits for its output.
    Try(String, oneshot::Sender<TryAnswer>),
    /// The program of a console's lab, and who waits for it.
    Console(oneshot::Sender<ProgramAnswer>),
    /// What an exercise needs, built behind the book.
    Labs(u32),
}

/// What is to be run.
#[derive(Clone, Debug, Default)]
pub struct Queue(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// The newest save last.
    exercises: Vec<u32>,
    /// Tries and consoles: somebody waits at a page.
    asked: VecDeque<Job>,
    labs: VecDeque<u32>,
    current: Option<(Current, Cancel)>,
    stopped: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Current {
    Exercise(u32),
    Asked,
    Labs(u32),
}

impl Queue {
    /// Runs an exercise next, from the start where it is running already.
    pub fn run(&self, number: u32) {
        let mut state = self.lock();
        state.exercises.retain(|waiting| *waiting != number);
        if let Some((current, cancel)) = &state.current
            && *current != Current::Asked
        {
            cancel.cancel();
            match *current {
                // It comes again after the newer one.
                Current::Exercise(outdated) if outdated != number && !state.exercises.contains(&outdated) => {
                    state.exercises.insert(0, outdated);
                }
                Current::Labs(labs) => put_back(&mut state.labs, labs),
                Current::Exercise(_) | Current::Asked => {}
            }
        }
        state.exercises.push(number);
        self.0.changed.notify_all();
    }

    /// Runs a try as soon as no exercise runs; `None` where too many wait.
    pub fn run_try(&self, id: &str) -> Option<oneshot::Receiver<TryAnswer>> {
        let (answer, receiver) = oneshot::channel();
        self.ask(Job::Try(id.to_owned(), answer)).then_some(receiver)
    }

    /// Builds the program of a console's lab as soon as no exercise runs; `None` where too many wait.
    pub fn build_console(&self) -> Option<oneshot::Receiver<ProgramAnswer>> {
        let (answer, receiver) = oneshot::channel();
        self.ask(Job::Console(answer)).then_some(receiver)
    }

    fn ask(&self, job: Job) -> bool {
        let mut state = self.lock();
        if state.asked.len() >= ASKED_WAITING || state.stopped {
            return false;
        }
        state.asked.push_back(job);
        if let Some((Current::Labs(labs), cancel)) = &state.current {
            cancel.cancel();
            let labs = *labs;
            put_back(&mut state.labs, labs);
        }
        self.0.changed.notify_all();
        true
    }

    /// Builds what these exercises need when nothing else is to be done, in this order.
    pub fn build_labs(&self, numbers: impl IntoIterator<Item = u32>) {
        self.lock().labs.extend(numbers);
        self.0.changed.notify_all();
    }

    /// Whether labs are still to be built.
    pub fn has_labs(&self) -> bool {
        !self.lock().labs.is_empty()
    }

    /// Ends what runs; nothing runs after it.
    pub fn stop(&self) {
        let mut state = self.lock();
        state.stopped = true;
        if let Some((_, cancel)) = &state.current {
            cancel.cancel();
        }
        self.0.changed.notify_all();
    }

    /// The next thing to run, and the handle that ends it; waits for one. `None` once stopped.
    pub fn next(&self) -> Option<(Job, Cancel)> {
        let mut state = self.lock();
        loop {
            state.current = None;
            if state.stopped {
                return None;
            }
            if let Some((job, current)) = state.take() {
                let cancel = Cancel::default();
                state.current = Some((current, cancel.clone()));
                return Some((job, cancel));
            }
            state = self.0.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn take(&mut self) -> Option<(Job, Current)> {
        if let Some(number) = self.exercises.pop() {
            return Some((Job::Exercise(number), Current::Exercise(number)));
        }
        if let Some(job) = self.asked.pop_front() {
            return Some((job, Current::Asked));
        }
        self.labs.pop_front().map(|number| (Job::Labs(number), Current::Labs(number)))
    }
}

fn put_back(labs: &mut VecDeque<u32>, number: u32) {
    if labs.front() != Some(&number) {
        labs.push_front(number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn describe(job: &Job) -> String {
        match job {
            Job::Exercise(number) => format!("exercise {number}"),
            Job::Try(id, _) => format!("try {id}"),
            Job::Console(_) => "console".to_owned(),
            Job::Labs(number) => format!("labs {number}"),
        }
    }

    fn next(queue: &Queue) -> (String, Cancel) {
        let (job, cancel) = queue.next().expect("something is to be run");
        (describe(&job), cancel)
    }

    #[test]
    fn a_save_cancels_the_run_of_the_same_exercise_and_runs_it_once() {
        let queue = Queue::default();
        queue.run(1);
        let (job, cancel) = next(&queue);
        assert_eq!(job, "exercise 1");
        queue.run(1);
        queue.run(1);
        assert!(cancel.is_cancelled());
        assert_eq!(next(&queue).0, "exercise 1");
        queue.build_labs([9]);
        assert_eq!(next(&queue).0, "labs 9");
    }

    #[test]
    fn the_newest_save_runs_first_and_the_outdated_run_after_it() {
        let queue = Queue::default();
        queue.run(1);
        let (_, first) = next(&queue);
        queue.run(2);
        assert!(first.is_cancelled());
        assert_eq!(next(&queue).0, "exercise 2");
        assert_eq!(next(&queue).0, "exercise 1");
    }

    #[test]
    fn labs_make_way_and_come_back() {
        let queue = Queue::default();
        queue.build_labs([1, 2]);
        let (job, cancel) = next(&queue);
        assert_eq!(job, "labs 1");
        queue.run(2);
        assert!(cancel.is_cancelled());
        assert_eq!(next(&queue).0, "exercise 2");
        assert_eq!(next(&queue).0, "labs 1");
        assert_eq!(next(&queue).0, "labs 2");
    }

    #[test]
    fn what_a_page_asks_for_interrupts_labs_and_no_exercise() {
        let queue = Queue::default();
        queue.run(1);
        let (_, exercise) = next(&queue);
        let _waits = (queue.run_try("greet"), queue.build_console());
        assert!(!exercise.is_cancelled());
        assert_eq!(next(&queue).0, "try greet");
        assert_eq!(next(&queue).0, "console");
        queue.build_labs([1]);
        let (_, labs) = next(&queue);
        let _waits = queue.build_console();
        assert!(labs.is_cancelled());
        assert_eq!(next(&queue).0, "console");
        assert_eq!(next(&queue).0, "labs 1");
    }

    #[test]
    fn only_so_many_wait() {
        let queue = Queue::default();
        let waiting: Vec<_> = (0..ASKED_WAITING).map(|_| queue.run_try("greet")).collect();
        assert!(waiting.iter().all(Option::is_some));
        assert!(queue.run_try("greet").is_none() && queue.build_console().is_none());
    }

    #[test]
    fn stopping_ends_what_runs_and_all_that_waits() {
        let queue = Queue::default();
        queue.run(1);
        let (_, cancel) = next(&queue);
        queue.run(2);
        queue.stop();
        assert!(cancel.is_cancelled());
        assert!(queue.next().is_none());
        assert!(queue.run_try("greet").is_none());
    }
}
