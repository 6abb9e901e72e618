//! The half of a lab that has everything: backend, recorder, control server, processes. Under the grader it is outside
//! of every sandbox.

use std::collections::BTreeMap;
use std::sync::Arc;

use aws_sdk_dynamodb::operation::scan::ScanError;

use crate::backend::{self, Database};
use crate::calls::Calls;
use crate::capture::Caught;
use crate::control::{Control, Listening};
use crate::process::{Launch, Stream};
use crate::recorder::Recorder;
use crate::remark::Remarks;
use crate::role::Entry;
use crate::server::Processes;
use crate::subject::{Guarded, Subject};
use crate::table::Tables;
use crate::trace::Tracer;
use crate::wire::{ANSWER_LIMIT, no_answer};
use crate::{Clock, Infra, Item, Request, inside};

/// Of a process that has failed this many of its last lines are remarked.
const LAST_LINES: usize = 3;

#[derive(Debug)]
pub(crate) struct Outside {
    /// Where the library that the test calls is a submission's.
    pub(crate) calls: Option<Calls>,
    pub(crate) processes: Arc<Processes>,
    // In this order at the end: who asks goes before who answers.
    pub(crate) control: Control,
    pub(crate) recorder: Recorder,
    database: Database,
}

impl Outside {
    pub(crate) async fn open(
        entry: Entry,
        label: &str,
        seed: u64,
        tables: &Tables,
        clock: &Clock,
        tracer: Option<Arc<Tracer>>,
        remarks: Remarks,
    ) -> Result<Self, Arc<Infra>> {
        let database = Database::open().await?;
        let recorder = Recorder::start(&database.url, tracer.clone(), remarks).await?;
        let listening = Arc::new(Listening::default());
        let processes = Arc::new(Processes::new(tracer));
        let control = Control::start(clock.clone(), listening, processes.clone()).await?;
        let variables = [
            (inside::CONTROL, control.url.as_str()),
            (inside::DYNAMODB, &recorder.url),
            ("AWS_REGION", backend::REGION),
            ("AWS_ACCESS_KEY_ID", backend::KEY),
            ("AWS_SECRET_ACCESS_KEY", backend::KEY),
        ];
        let variables =
            variables.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let subject = Subject::of_process()?;
        let guarded = subject.map(|subject| Guarded {
            subject,
            entry: entry.clone(),
            test: label.to_owned(),
            recorder: bare(&recorder.url),
            control: bare(&control.subjects_url),
            whole_control: bare(&control.url),
        });
        processes.set_launch(Launch { entry, variables, guarded, todo: Arc::default() });
        let calls = subject.filter(|subject| subject.is_called).map(|_| {
            let variables =
                [(crate::lab::SEED, seed.to_string()), (crate::lab::TABLES, tables.prefix().into())];
            let variables = variables.map(|(name, value)| (name.to_owned(), value));
            Calls::new(processes.clone(), variables.into())
        });
        Ok(Self { calls, processes, control, recorder, database })
    }

    fn went_away(&self, reason: String) -> ! {
        Infra::WentAway { url: self.database.url.clone(), reason }.abort()
    }

    /// Every item of the table `name`, sorted. The recorder does not see the request. A table that does not exist has
    /// none.
    pub(crate) async fn items(&self, name: String) -> Vec<Item> {
        let client = backend::client(&self.database.url);
        let mut pages = client.scan().table_name(name).consistent_read(true).into_paginator().send();
        let mut items = Vec::new();
        loop {
            let page = match tokio::time::timeout(ANSWER_LIMIT, pages.next()).await {
                Ok(Some(page)) => page,
                Ok(None) => break,
                Err(_) => self.went_away(no_answer()),
            };
            match page {
                Ok(page) => items.extend(page.items.unwrap_or_default().into_iter().map(Item::from)),
                Err(error)
                    if error.as_service_error().is_some_and(ScanError::is_resource_not_found_exception) =>
                {
                    break;
                }
                Err(error) => self.went_away(aws_sdk_dynamodb::error::DisplayErrorContext(error).to_string()),
            }
        }
        items.sort_by_key(ToString::to_string);
        items
    }

    /// The requests so far, by the test's own names of its tables.
    pub(crate) fn requests(&self, tables: &Tables) -> Vec<Request> {
        let mut requests = self.recorder.requests();
        for request in &mut requests {
            request.table = tables.normal(&request.table);
            request.tables = request.tables.iter().map(|table| tables.normal(table)).collect();
        }
        requests
    }

    pub(crate) fn request_counts(&self) -> BTreeMap<String, usize> {
        self.recorder.counts()
    }

    /// Kills the processes, removes the tables, and says which panics the processes have told.
    pub(crate) async fn end(self, tables: &Tables, remarks: &Remarks) -> Vec<Caught> {
        self.processes.stop().await;
        let mut caught = Vec::new();
        for record in self.processes.records() {
            let lines = record.lines(Some(Stream::Stderr));
            let panics = Caught::in_output(lines.iter().map(String::as_str));
            if let (true, Some(exit)) = (panics.is_empty(), record.failure()) {
                let last = lines[lines.len().saturating_sub(LAST_LINES)..].join(" / ");
                let last = if last.is_empty() { "nothing on stderr".to_owned() } else { last };
                remarks.push(&format!(
                    "the process `{}` ended with {exit}, its last words: {last}",
                    record.role
                ));
            }
            caught.extend(panics);
        }
        if self.database.shared {
            tables.remove(&backend::client(&self.database.url)).await;
        }
        caught
    }
}

/// `127.0.0.1:1234` of `http://127.0.0.1:1234`.
fn bare(url: &str) -> String {
    url.trim_start_matches("http://").to_owned()
}
