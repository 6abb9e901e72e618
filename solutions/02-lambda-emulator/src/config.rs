//! What the emulator is told before it starts: functions, and the triggers that invoke them.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::core::limits;

/// Everything that one emulator serves.
#[derive(Clone, Debug)]
pub struct Config {
    /// The functions, by name. Names are unique.
    pub functions: Vec<Function>,
    /// What may be sent to `POST /triggers/{name}`.
    pub triggers: Vec<Trigger>,
    /// Invocations under way at once, of all functions that have nothing reserved.
    pub account_concurrency: u32,
    /// Writes each invocation's log to standard output as it ends.
    pub log: bool,
}

impl Config {
    /// Functions with every other setting at its default.
    pub fn new(functions: impl IntoIterator<Item = Function>) -> Self {
        Self {
            functions: functions.into_iter().collect(),
            triggers: Vec::new(),
            account_concurrency: limits::ACCOUNT_CONCURRENCY,
            log: false,
        }
    }

    /// Adds a trigger.
    #[must_use]
    pub fn trigger(mut self, trigger: Trigger) -> Self {
        self.triggers.push(trigger);
        self
    }
}

/// A function and the limits that it runs under.
#[derive(Clone, Debug)]
pub struct Function {
    /// The name that callers use, and by which the host knows what to start.
    pub name: String,
    /// Environment variables, beside those that Lambda itself defines.
    pub variables: BTreeMap<String, String>,
    /// How long an invocation may take.
    pub timeout: Duration,
    /// How long the Init phase may take before it is broken off.
    pub init_timeout: Duration,
    /// Told to the function and to the log; the host enforces it, if anybody does.
    pub memory_mb: u32,
    /// Environments set aside for this function, and its limit. 0 turns the function off.
    pub reserved_concurrency: Option<u32>,
    /// Attempts after the first of an asynchronous invocation that fails: 0 to 2.
    pub maximum_retries: u32,
    /// How old an event may get in the queue before it is given up.
    pub maximum_event_age: Duration,
    /// Gets the event of an asynchronous invocation that was given up.
    pub dead_letter: Option<Target>,
    /// Gets a record of an asynchronous invocation that succeeded.
    pub on_success: Option<Target>,
    /// Gets a record of an asynchronous invocation that was given up.
    pub on_failure: Option<Target>,
}

impl Function {
    /// A function with Lambda's defaults: 3 s, 128 MB, no reserved concurrency, two retries.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            variables: BTreeMap::new(),
            timeout: limits::DEFAULT_TIMEOUT,
            init_timeout: limits::INIT_TIMEOUT,
            memory_mb: limits::DEFAULT_MEMORY_MB,
            reserved_concurrency: None,
            maximum_retries: limits::MAXIMUM_RETRIES,
            maximum_event_age: limits::MAXIMUM_EVENT_AGE,
            dead_letter: None,
            on_success: None,
            on_failure: None,
        }
    }

    /// Sets an environment variable.
    #[must_use]
    pub fn variable(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.variables.insert(name.into(), value.into());
        self
    }

    /// Sets how long an invocation may take.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets environments aside for this function, and limits it to them.
    #[must_use]
    pub fn reserved_concurrency(mut self, environments: u32) -> Self {
        self.reserved_concurrency = Some(environments);
        self
    }

    /// Sets where the event of a given-up asynchronous invocation goes.
    #[must_use]
    pub fn dead_letter(mut self, target: Target) -> Self {
        self.dead_letter = Some(target);
        self
    }

    /// Sets where the record of a successful asynchronous invocation goes.
    #[must_use]
    pub fn on_success(mut self, target: Target) -> Self {
        self.on_success = Some(target);
        self
    }

    /// Sets where the record of a given-up asynchronous invocation goes.
    #[must_use]
    pub fn on_failure(mut self, target: Target) -> Self {
        self.on_failure = Some(target);
        self
    }
}

/// Where a dead letter or a destination's record goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// Another function of this emulator, invoked asynchronously.
    Function(String),
    /// A queue, kept as items of the emulator's own table.
    Queue(String),
}

/// Something outside that invokes a function.
#[derive(Clone, Debug)]
pub struct Trigger {
    /// The last part of `POST /triggers/{name}`.
    pub name: String,
    /// The function to invoke.
    pub function: String,
    /// What sends the events.
    pub source: Source,
}

/// What sends a trigger's events, in the form of which service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A bucket's notifications: each record that matches is an asynchronous invocation.
    Bucket {
        /// Event names such as `ObjectCreated:*` or `ObjectRemoved:Delete`.
        events: Vec<String>,
        /// What the object's key must start with; empty for any.
        prefix: String,
        /// What the object's key must end with; empty for any.
        suffix: String,
    },
    /// Messages of an SQS queue, in batches.
    Queue {
        /// How failures within a batch are handled.
        batch: Batch,
    },
    /// Records of a DynamoDB stream, in batches, in order.
    Stream {
        /// How failures within a batch are handled.
        batch: Batch,
    },
}

/// How failures within a batch are handled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Batch {
    /// Whether the mapping has `FunctionResponseTypes=[ReportBatchItemFailures]`.
    pub report_item_failures: bool,
    /// How often a record is delivered before it is given up.
    pub maximum_deliveries: u32,
}
