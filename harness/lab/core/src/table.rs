//! The tables of a lab: names that no other lab has, removed at its end.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use aws_sdk_dynamodb::Client;

use crate::backend::AWS_PREFIX;

/// What distinguishes this process's tables from those of any other, on this machine or another one.
static RUN: LazyLock<String> = LazyLock::new(|| {
    let nanos = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos());
    format!("{:x}-{:x}", nanos, std::process::id())
});

static NEXT: AtomicU64 = AtomicU64::new(0);

/// The names of one lab.
#[derive(Debug)]
pub(crate) struct Tables {
    /// How their real names begin.
    prefix: String,
    /// The test's own name for each table, by the real one.
    names: Mutex<BTreeMap<String, String>>,
}

impl Tables {
    pub(crate) fn new() -> Self {
        Self::beginning_with(format!("{AWS_PREFIX}{}-{}-", *RUN, NEXT.fetch_add(1, Ordering::Relaxed)))
    }

    /// The names of a lab whose tables are called so.
    pub(crate) fn beginning_with(prefix: String) -> Self {
        Self { prefix, names: Mutex::default() }
    }

    pub(crate) fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The real name of the test's table `name`. The same one each time.
    pub(crate) fn name(&self, name: &str) -> String {
        let real = format!("{}{name}", self.prefix);
        self.names.lock().unwrap_or_else(PoisonError::into_inner).insert(real.clone(), name.to_owned());
        real
    }

    /// `text` with the test's own names instead of the real ones.
    pub(crate) fn normal(&self, text: &str) -> String {
        let names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        // Longer names first: one may be the beginning of another.
        let mut names: Vec<_> = names.iter().collect();
        names.sort_by_key(|(real, _)| std::cmp::Reverse(real.len()));
        names.into_iter().fold(text.to_owned(), |text, (real, name)| text.replace(real.as_str(), name))
    }

    /// Removes the tables, as far as they were made.
    pub(crate) async fn remove(&self, client: &Client) {
        let names: Vec<String> = {
            let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::take(&mut *names).into_keys().collect()
        };
        for name in names {
            // A table that was never made, or that the test removed itself, is no trouble.
            let _ = client.delete_table().table_name(name).send().await;
        }
    }
}
