//! The labs of all open pages. Each view of a page has one of its own, from its first operation on; there are few at a
//! time, and one that nobody uses is ended.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use lab_manifest::console::{Answer, Ask, Content, Table};

use super::lab::{Broken, Lab};
use super::program::Program;
use super::rate::Rate;

/// What bounds the labs.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Labs that live at once: more than that are not being looked at.
    pub labs: usize,
    /// A lab that nobody asks for so long is ended.
    pub idle: Duration,
    /// Operations that may be asked for at once, of all labs.
    pub at_once: u32,
    /// And one more after so long.
    pub one_more_every: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            labs: 3,
            idle: Duration::from_mins(10),
            at_once: 20,
            one_more_every: Duration::from_millis(200),
        }
    }
}

/// A console on a page that is open.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct View {
    /// The console's id.
    pub console: String,
    /// A key that the page has made for itself.
    pub key: String,
}

/// What came of an operation.
#[derive(Debug)]
pub struct Reply {
    /// The lab's answer; none where it was only to be there.
    pub answer: Option<Answer>,
    /// What is in its tables now.
    pub content: Vec<Content>,
    /// The lab is a new one: there was none before, or it was ended.
    pub fresh: bool,
}

/// Why an operation was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// It was asked for too often.
    #[error("That was too fast: wait a second.")]
    TooFast,
    /// The last operation of this view is not done.
    #[error("The lab is still busy with the last operation.")]
    Busy,
    /// Every lab is being used.
    #[error("As many labs are in use as there may be. Close another page with a console.")]
    Full,
    /// There is no program to start.
    #[error("The lab can't be had: {0}.")]
    NotBuilt(String),
    /// The lab broke off.
    #[error("The lab is gone: {0}. The next operation begins with a fresh one.")]
    Broken(#[from] Broken),
}

/// The labs of all open pages.
#[derive(Clone, Debug)]
pub struct Labs {
    limits: Limits,
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    seats: HashMap<View, Seat>,
    rate: Rate,
    program: Option<Program>,
}

#[derive(Debug)]
struct Seat {
    /// None before its first operation. Locked while an operation is under way.
    lab: Arc<tokio::sync::Mutex<Option<Lab>>>,
    used: Instant,
}

impl Labs {
    /// No labs yet.
    pub fn new(limits: Limits) -> Self {
        let rate = Rate::new(limits.at_once, limits.one_more_every, Instant::now());
        let state = State { seats: HashMap::new(), rate, program: None };
        Self { limits, state: Arc::new(Mutex::new(state)) }
    }

    /// Carries out an operation in the lab of `view`. Where there is none one is opened, with these tables; `program` is
    /// waited for where none was started yet.
    pub async fn ask(
        &self,
        view: &View,
        tables: &[Table],
        ask: Option<Ask>,
        program: impl Future<Output = Result<Program, String>>,
    ) -> Result<Reply, Trouble> {
        let seat = self.seat(view)?;
        let mut held = seat.try_lock().map_err(|_| Trouble::Busy)?;
        let done = self.carry_out(&mut held, tables, ask, program).await;
        if done.is_err() {
            // Whatever it was: the next one is started from a program that was looked for anew.
            *held = None;
            self.lock().program = None;
        }
        drop(held);
        if let Some(seat) = self.lock().seats.get_mut(view) {
            seat.used = Instant::now();
        }
        done
    }

    /// Ends the lab of `view`: its page is gone.
    pub fn end(&self, view: &View) {
        self.lock().seats.remove(view);
    }

    async fn carry_out(
        &self,
        held: &mut Option<Lab>,
        tables: &[Table],
        ask: Option<Ask>,
        program: impl Future<Output = Result<Program, String>>,
    ) -> Result<Reply, Trouble> {
        let fresh = held.is_none();
        let lab = if let Some(lab) = held { lab } else { held.insert(self.open(tables, program).await?) };
        let answer = match ask {
            Some(ask) => Some(lab.ask(&ask).await?),
            None if fresh => None,
            None => {
                lab.begin(tables).await?;
                None
            }
        };
        Ok(Reply { answer, content: lab.content().to_vec(), fresh })
    }

    async fn open(
        &self,
        tables: &[Table],
        program: impl Future<Output = Result<Program, String>>,
    ) -> Result<Lab, Trouble> {
        let known = self.lock().program.clone();
        let program = match known {
            Some(program) => program,
            None => program.await.map_err(Trouble::NotBuilt)?,
        };
        let lab = Lab::open(&program, tables).await?;
        self.lock().program = Some(program);
        Ok(lab)
    }

    /// The place of a view's lab. Where all places are taken, the one that was not used for the longest time is freed.
    fn seat(&self, view: &View) -> Result<Arc<tokio::sync::Mutex<Option<Lab>>>, Trouble> {
        let mut state = self.lock();
        if !state.rate.take(Instant::now()) {
            return Err(Trouble::TooFast);
        }
        if let Some(seat) = state.seats.get(view) {
            return Ok(Arc::clone(&seat.lab));
        }
        if state.seats.len() >= self.limits.labs {
            let idle = state.seats.iter().filter(|(_, seat)| seat.lab.try_lock().is_ok());
            let oldest = idle.min_by_key(|(_, seat)| seat.used).map(|(view, _)| view.clone());
            state.seats.remove(&oldest.ok_or(Trouble::Full)?);
        }
        let seat = Seat { lab: Arc::default(), used: Instant::now() };
        let lab = Arc::clone(&seat.lab);
        state.seats.insert(view.clone(), seat);
        drop(state);
        tokio::spawn(end_when_idle(Arc::downgrade(&self.state), self.limits.idle, view.clone()));
        Ok(lab)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Ends the lab of `view` when nobody has used it for so long. What watches keeps nothing alive.
async fn end_when_idle(state: Weak<Mutex<State>>, idle: Duration, view: View) {
    while let Some(left) = state.upgrade().and_then(|state| lock(&state).left(&view, idle)) {
        tokio::time::sleep(left).await;
    }
}

impl State {
    /// How long the view's lab may still be idle. One that was for too long is ended; of one that is gone nothing is left.
    fn left(&mut self, view: &View, idle: Duration) -> Option<Duration> {
        let seat = self.seats.get(view)?;
        if seat.lab.try_lock().is_err() {
            return Some(idle);
        }
        let left = idle.saturating_sub(seat.used.elapsed());
        if left.is_zero() {
            self.seats.remove(view);
            return None;
        }
        Some(left)
    }
}
