//! The lab of a test that runs in a cell to make its calls: it answers what the driver's lab has answered.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::calls::{PATH, Returned, Told, Turn};
use crate::{Http, inside};

/// The driver may take as long as a test may before it comes to its next call.
const LIMIT: Duration = Duration::from_mins(5);

/// What the driver's lab has answered, up to the call that may be made now.
#[derive(Debug)]
pub(crate) struct Mirror {
    driver: Http,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    call: u64,
    told: VecDeque<Told>,
}

impl Mirror {
    /// Waits until the driver has come to its first call.
    pub(crate) async fn open() -> Self {
        let driver = Http::new(inside::control_url()).limit(LIMIT);
        let mirror = Self { driver, state: Mutex::default() };
        mirror.turn(None).await;
        mirror
    }

    /// What the driver's lab has told the test at this place.
    pub(crate) fn told<T: DeserializeOwned>(&self, what: &str) -> T {
        let told = self.state.lock().unwrap_or_else(PoisonError::into_inner).told.pop_front();
        let (before, value) =
            told.map_or(("its end".to_owned(), Value::Null), |told| (told.what, told.value));
        assert!(before == what, "the test asks its lab for {what} here, and asked it for {before} outside");
        serde_json::from_value(value).expect("the driver's lab writes what this one reads")
    }

    /// Says what the call has returned, and waits until the next may be made.
    pub(crate) async fn returned(&self, value: &impl Serialize) {
        let call = {
            let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            let left = state.told.front().map(|told| told.what.clone());
            assert!(
                left.is_none(),
                "the test asked its lab outside for what it does not ask for here: {left:?}"
            );
            state.call
        };
        let value = serde_json::to_value(value).expect("what a test's call returns is a document");
        self.turn(Some(Returned { call, value })).await;
    }

    async fn turn(&self, returned: Option<Returned>) {
        let body = serde_json::to_vec(&returned).expect("a value is a document");
        let reply = self.driver.post(PATH, &[("content-type", "application/json")], body).await;
        // The driver has seen what it wanted to see, and is gone.
        let Ok(Turn { call, told }) = serde_json::from_slice(&reply.payload) else { std::process::exit(0) };
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) = State { call, told: told.into() };
    }
}
