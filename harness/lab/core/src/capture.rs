//! Catching a test's panics: kept with their place, and silent, because the lab tells them in its own words.

use std::cell::RefCell;
use std::panic::PanicHookInfo;
use std::sync::{Arc, Mutex, Once, PoisonError};

use tokio::sync::Notify;

/// A panic, and where it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Caught {
    /// What it said.
    pub(crate) message: String,
    /// File and line.
    pub(crate) place: String,
}

/// What `todo!("step 3: …")` puts before its sentence.
const TODO: &str = "not yet implemented";

/// A panic whose payload is no text: the lab's own.
pub(crate) const NO_MESSAGE: &str = "a panic without a message";

impl Caught {
    /// A panic of which nothing is known.
    pub(crate) fn unknown() -> Self {
        Self { message: NO_MESSAGE.into(), place: String::new() }
    }

    /// The sentence of a `todo!`, where the panic is one.
    pub(crate) fn todo(&self) -> Option<&str> {
        todo(&self.message)
    }

    /// The panics that a process has told on its stderr, in the form of [`tell_panics`] or of the standard hook.
    pub(crate) fn in_output<'a>(lines: impl Iterator<Item = &'a str>) -> Vec<Self> {
        let mut caught = Vec::new();
        let mut lines = lines.peekable();
        while let Some(line) = lines.next() {
            let Some(place) = place(line) else { continue };
            if let Some(message) = lines.peek() {
                caught.push(Self { message: (*message).to_owned(), place: place.to_owned() });
            }
        }
        caught
    }
}

/// The sentence of a `todo!` whose message this is, or whose first line.
pub(crate) fn todo(message: &str) -> Option<&str> {
    let rest = message.strip_prefix(TODO)?;
    Some(rest.strip_prefix(": ").unwrap_or(rest))
}

/// File and line of a panic that a process tells with this line; the next one is its message.
pub(crate) fn place(told: &str) -> Option<&str> {
    let (_, place) = told.split_once("panicked at ")?;
    // `src/views.rs:12:5:`; the column is of no use to a reader.
    let place = place.trim_end_matches(':');
    Some(place.rsplit_once(':').map_or(place, |(file_and_line, _)| file_and_line))
}

/// The panics of one test, whichever of its threads they were on.
#[derive(Clone, Debug, Default)]
pub(crate) struct Panics {
    kept: Arc<Mutex<Vec<Caught>>>,
    todo: Arc<Notify>,
}

thread_local! {
    static CURRENT: RefCell<Option<Panics>> = const { RefCell::new(None) };
}

static HOOK: Once = Once::new();

impl Panics {
    /// From now on this thread's panics are kept here instead of being printed.
    pub(crate) fn catch_on_this_thread(&self) {
        HOOK.call_once(|| {
            let print = std::panic::take_hook();
            std::panic::set_hook(Box::new(move |info| {
                let panics = CURRENT.try_with(|current| current.borrow().clone()).ok().flatten();
                match panics {
                    Some(panics) => panics.push(caught(info)),
                    None => print(info),
                }
            }));
        });
        CURRENT.with(|current| *current.borrow_mut() = Some(self.clone()));
    }

    /// Panics of this thread are printed again.
    pub(crate) fn release_this_thread() {
        CURRENT.with(|current| *current.borrow_mut() = None);
    }

    /// What was caught, in the order of time.
    pub(crate) fn all(&self) -> Vec<Caught> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until one of them is a `todo!`.
    pub(crate) async fn todo(&self) {
        self.todo.notified().await;
    }

    fn push(&self, caught: Caught) {
        if caught.todo().is_some() {
            self.todo.notify_one();
        }
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).push(caught);
    }
}

/// In a process that a lab has started: panics are told in two or more lines without thread, backtrace and advice.
pub(crate) fn tell_panics() {
    std::panic::set_hook(Box::new(|info| {
        let Caught { message, place } = caught(info);
        crate::infra::tell(&format!("panicked at {place}:1:\n{message}\n"));
    }));
}

fn caught(info: &PanicHookInfo<'_>) -> Caught {
    let message = info.payload_as_str().unwrap_or(NO_MESSAGE).to_owned();
    let place =
        info.location().map_or_else(String::new, |place| format!("{}:{}", place.file(), place.line()));
    Caught { message, place }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_todo_is_told_by_its_sentence() {
        let caught = |message: &str| Caught { message: message.into(), place: "src/lib.rs:3".into() };
        assert_eq!(caught("not yet implemented: step 3: count").todo(), Some("step 3: count"));
        assert_eq!(caught("not yet implemented").todo(), Some(""));
        assert_eq!(caught("index out of bounds").todo(), None);
    }

    #[test]
    fn panics_are_found_in_the_output_of_a_process() {
        let output = "starting\nthread 'main' (71) panicked at src/views.rs:12:5:\nnot yet implemented: step 3: count\n\
                      note: run with `RUST_BACKTRACE=1`\npanicked at src/a.rs:7:1:\nboom\n";
        let caught = Caught::in_output(output.lines());
        assert_eq!(caught[0].place, "src/views.rs:12");
        assert_eq!(caught[0].todo(), Some("step 3: count"));
        assert_eq!(caught[1], Caught { message: "boom".into(), place: "src/a.rs:7".into() });
    }
}
