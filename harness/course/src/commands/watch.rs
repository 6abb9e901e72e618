//! `cargo course watch [N]`: an exercise's tests at each save, in the terminal alone.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use super::learn;
use crate::course::Course;
use crate::failure::Failure;
use crate::interrupt;
use crate::progress::Progress;
use crate::session::board::Board;
use crate::session::console::Console;
use crate::session::queue::Queue;
use crate::session::watcher::{self, Saved};
use crate::session::worker::Worker;
use crate::terminal::{Style, Terminal};

/// What `watch` takes.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Args {
    /// The exercise [default: the first that is not green; a save of another one runs that one]
    exercise: Option<u32>,
}

/// Runs the exercise now, and again at each save, until Ctrl-C.
pub fn run(course: &Course, args: &Args) -> Result<(), Failure> {
    let stop = interrupt::cancel();
    let console = Console::new(Terminal::stdout());
    let progress = Progress::keep(course)?;
    let first = match args.exercise {
        Some(number) => Some(course.exercise(number)?.number),
        None => course
            .exercises
            .iter()
            .find(|exercise| progress.first_red(exercise).is_some())
            .map(|open| open.number),
    };
    let queue = Queue::default();
    let worker = Worker {
        course: Arc::new(Mutex::new(Arc::new(Course::read(&course.root)))),
        board: Board::new(course, &progress),
        console: console.clone(),
        queue: queue.clone(),
        address: None,
    };
    console.say(|terminal| {
        terminal
            .text("Red is where one starts. Save a file of the exercise, and its tests run. Ctrl-C ends it.");
        terminal.text(
            &terminal.paint(Style::Quiet, "The first run builds the lab: that takes a few minutes, once."),
        );
    });
    let only = args.exercise;
    let mut watching = watcher::watch(&course.root)?;
    watching.on_saved({
        let worker = worker.clone();
        move |saved| on_saved(&worker, only, &saved)
    });
    if let Some(number) = first {
        queue.run(number);
    }
    let working = thread::spawn(move || worker.work());
    learn::wait(&stop);
    drop(watching);
    queue.stop();
    let _ = working.join();
    console.say(|terminal| terminal.text("Stopped."));
    Ok(())
}

fn on_saved(worker: &Worker, only: Option<u32>, saved: &Saved) {
    if saved.manifests {
        let course = Arc::new(Course::read(&worker.course().root));
        *worker.course.lock().unwrap_or_else(PoisonError::into_inner) = course;
    }
    let mut saved = saved.clone();
    if let Some(number) = only {
        let course = worker.course();
        let slug = course.exercise(number).map(|exercise| exercise.slug().to_owned()).unwrap_or_default();
        saved.exercises.retain(|(saved, _)| *saved == slug);
    }
    learn::rerun(worker, &saved);
}
