//! `cargo course`: the book with the reader's progress in it, and a rerun at each save.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::course::Course;
use crate::failure::Failure;
use crate::interrupt;
use crate::process::Cancel;
use crate::progress::Progress;
use crate::server::listen::{DEFAULT_PORT, listen};
use crate::server::routes::{App, Registered};
use crate::server::serving::{Serving, serve};
use crate::session::board::Board;
use crate::session::console::Console;
use crate::session::queue::Queue;
use crate::session::reading::{self, Reading};
use crate::session::watcher::{self, Saved, Watcher};
use crate::session::worker::Worker;
use crate::terminal::{Style, Terminal};
use crate::trace;

/// How often it is looked whether somebody pressed Ctrl-C.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// How often a run that was drawn meanwhile is looked for.
const LOOK_FOR_TRACES_EVERY: Duration = Duration::from_secs(1);

/// What serving the book takes.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Args {
    /// The port on 127.0.0.1; taken is an error [default: 3000, or the next free one]
    #[arg(long)]
    port: Option<u16>,
    /// Opens no browser
    #[arg(long)]
    no_open: bool,
}

/// Builds the book, serves it, builds the labs behind it, and reruns the exercise that was saved, until Ctrl-C.
pub fn run(course: &Course, args: &Args) -> Result<(), Failure> {
    session(course, args, Kind::Learn)
}

/// What a session is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Book, labs, runs.
    Learn,
    /// The book alone.
    Read,
}

pub(super) fn session(course: &Course, args: &Args, kind: Kind) -> Result<(), Failure> {
    let stop = interrupt::cancel();
    let console = Console::new(Terminal::stdout());
    // The port first: it is the one thing that can be wrong with what was asked for.
    let listener = listen(args.port)?;
    // Before the first build: what is saved from here on is seen.
    let watching = watch(course, &console);
    console.doing("building the book …");
    let (site, problems, _) = reading::first_build(&course.book())?;
    console.done();
    let known = progress(course, &console);
    let board = Board::new(course, &known);
    board.book(problems.len());
    let queue = Queue::default();
    let runs = (kind == Kind::Learn).then(|| queue.clone());
    let app = App::new(site, board.clone(), runs, registered(course));
    let serving = serve(app.clone(), listener)?;
    let next = next_file(course, &known);
    console.say(|terminal| {
        greet(terminal, &serving, args, kind, course, next.as_ref());
        reading::tell_some(terminal, &problems);
    });
    if !args.no_open {
        crate::browser::open(&serving.address);
    }
    let worker = Worker {
        course: Arc::new(Mutex::new(Arc::new(Course::read(&course.root)))),
        board: board.clone(),
        console: console.clone(),
        queue: queue.clone(),
        address: Some(serving.address.clone()),
    };
    let reading = Reading {
        book: course.book(),
        app,
        board,
        console: console.clone(),
        told: Arc::new(Mutex::new(problems)),
    };
    // What is watched lives as long as the session.
    let _watching = watching.map(|mut watching| {
        watching.on_saved(acting(kind, &worker, reading));
        watching
    });
    if kind == Kind::Learn {
        queue.build_labs(in_order(course, &known));
    }
    let looking = look_for_traces(&worker, &stop);
    let working = thread::spawn(move || worker.work());
    wait(&stop);
    let _ = looking.join();
    queue.stop();
    let _ = working.join();
    console.say(|terminal| terminal.text("Stopped."));
    drop(serving);
    Ok(())
}

/// Tells what is there and what comes next.
fn greet(
    terminal: &Terminal,
    serving: &Serving,
    args: &Args,
    kind: Kind,
    course: &Course,
    next: Option<&(String, String)>,
) {
    let address = format!("{}/", serving.address);
    terminal.entry("The book is at", &terminal.paint(Style::Strong, &address));
    if args.port.is_none() && !address.ends_with(&format!(":{DEFAULT_PORT}/")) {
        terminal.indented(2, &format!("(port {DEFAULT_PORT} is taken, so it is the next free one)"));
    }
    for error in &course.broken {
        terminal.entry(&terminal.paint(Style::Bad, "left out:"), &error.to_string());
    }
    if kind == Kind::Learn {
        terminal.text(
            "Red is where one starts: every step of an exercise fails until you have written it. Save a file in \
             exercises/, and its tests run here and in the page.",
        );
        if let Some((step, file)) = next {
            terminal.entry(&format!("Next is step {step}:"), &terminal.paint(Style::Strong, file));
        }
        terminal.text(&terminal.paint(
            Style::Quiet,
            "The labs are built behind the book; the first time takes a few minutes. You can read meanwhile.",
        ));
    }
    terminal.text(&terminal.paint(Style::Quiet, "Ctrl-C ends everything."));
}

/// Watches the course. One that can't be watched is read all the same.
fn watch(course: &Course, console: &Console) -> Option<Watcher> {
    let watching = watcher::watch(&course.root);
    console.say(|terminal| match &watching {
        Ok(watcher) if watcher.polls => {
            terminal.text("The system can't watch these folders, so they are looked through every second.");
        }
        Ok(_) => {}
        Err(failure) => failure.tell(terminal),
    });
    watching.ok()
}

/// What a save leads to.
fn acting(kind: Kind, worker: &Worker, reading: Reading) -> impl FnMut(Saved) + Send + 'static {
    let worker = worker.clone();
    move |saved| {
        if saved.manifests {
            reload(&worker, &reading.app);
        }
        if kind == Kind::Learn {
            rerun(&worker, &saved);
        }
        if saved.book {
            reading.rebuild(&saved.shown);
        }
    }
}

/// Reads the course again: an `exercise.toml` was saved.
pub(super) fn reload(worker: &Worker, app: &App) {
    let course = Arc::new(Course::read(&worker.course().root));
    for error in &course.broken {
        worker
            .console
            .say(|terminal| terminal.entry(&terminal.paint(Style::Bad, "left out:"), &error.to_string()));
    }
    worker.board.reload(&course, &progress(&course, &worker.console));
    *app.registered.lock().unwrap_or_else(PoisonError::into_inner) = registered(&course);
    *worker.course.lock().unwrap_or_else(PoisonError::into_inner) = course;
}

/// Reruns what was saved.
pub(super) fn rerun(worker: &Worker, saved: &Saved) {
    let course = worker.course();
    for (slug, file) in &saved.exercises {
        if let Some(exercise) = course.exercises.iter().find(|exercise| exercise.slug() == slug) {
            worker.console.say(|terminal| {
                terminal.line("");
                terminal.text(&terminal.paint(Style::Quiet, &format!("saved: exercises/{slug}/{file}")));
            });
            worker.queue.run(exercise.number);
        }
    }
}

/// Progress that can't be read is told, and not written over: it is as if there were none.
fn progress(course: &Course, console: &Console) -> Progress {
    Progress::read(course).unwrap_or_else(|failure| {
        console.say(|terminal| failure.tell(terminal));
        Progress::default()
    })
}

fn registered(course: &Course) -> Registered {
    Registered {
        tries: course
            .exercises
            .iter()
            .flat_map(|exercise| &exercise.tries)
            .map(|run| run.id.clone())
            .collect(),
        exercises: course.exercises.iter().map(|exercise| exercise.number).collect(),
        consoles: course.consoles(),
        root: Some(course.root.clone()),
    }
}

/// The exercises, the one that the reader is at first.
fn in_order(course: &Course, progress: &Progress) -> Vec<u32> {
    let (mut open, done): (Vec<_>, Vec<_>) =
        course.exercises.iter().partition(|exercise| progress.first_red(exercise).is_some());
    open.extend(done);
    open.into_iter().map(|exercise| exercise.number).collect()
}

/// The first step that is not green, as `N.K`, and the first of its files.
fn next_file(course: &Course, progress: &Progress) -> Option<(String, String)> {
    course.exercises.iter().find_map(|exercise| {
        let (number, step) = progress.first_red(exercise)?;
        let file = step.files.first()?;
        Some((format!("{}.{number}", exercise.number), format!("{}/{file}", course.shown(&exercise.folder))))
    })
}

/// Tells the page of runs that `cargo course trace` drew meanwhile: it is another process, and leaves them in a folder
/// that may not be there yet.
fn look_for_traces(worker: &Worker, stop: &Cancel) -> thread::JoinHandle<()> {
    let (worker, stop) = (worker.clone(), stop.clone());
    thread::spawn(move || {
        let mut looked = Instant::now();
        while !stop.is_cancelled() {
            if looked.elapsed() >= LOOK_FOR_TRACES_EVERY {
                looked = Instant::now();
                let course = worker.course();
                for exercise in &course.exercises {
                    worker.board.traced(exercise.number, trace::run::at(&course, exercise));
                }
            }
            thread::sleep(LOOK_EVERY);
        }
    })
}

/// Waits for Ctrl-C.
pub(super) fn wait(stop: &Cancel) {
    while !stop.is_cancelled() {
        thread::sleep(LOOK_EVERY);
    }
}
