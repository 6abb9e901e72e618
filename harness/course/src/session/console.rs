//! The terminal, shared by threads: whole messages, and one line below them that says what is being done.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::terminal::Terminal;

/// The terminal of a session.
#[derive(Clone, Debug)]
pub struct Console(Arc<Mutex<Screen>>);

#[derive(Debug)]
struct Screen {
    terminal: Terminal,
    doing: Option<String>,
}

impl Console {
    /// The console on `terminal`.
    pub fn new(terminal: Terminal) -> Self {
        Self(Arc::new(Mutex::new(Screen { terminal, doing: None })))
    }

    /// Writes a message that no other thread's interrupts.
    pub fn say(&self, write: impl FnOnce(&Terminal)) {
        let screen = self.lock();
        screen.terminal.settle();
        write(&screen.terminal);
        if let Some(doing) = &screen.doing {
            screen.terminal.live(doing);
        }
    }

    /// Says below everything what is being done; nothing where nobody looks.
    pub fn doing(&self, text: impl Into<String>) {
        let mut screen = self.lock();
        let text = text.into();
        screen.terminal.live(&text);
        screen.doing = Some(text);
    }

    /// Nothing is being done.
    pub fn done(&self) {
        let mut screen = self.lock();
        if screen.doing.take().is_some() {
            screen.terminal.settle();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Screen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
