//! A client of Lambda's Invoke API.

use std::future::ready;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

use crate::BoxFuture;
use crate::http::{Http, LIMIT, Reply};
use crate::remark::Remarks;
use crate::trace::Tracer;

/// How an invocation is delivered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum InvocationType {
    /// The caller waits for the function's reply.
    #[default]
    RequestResponse,
    /// The event is queued.
    Event,
    /// Nothing is run.
    DryRun,
}

impl InvocationType {
    /// The value of the header `X-Amz-Invocation-Type`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RequestResponse => "RequestResponse",
            Self::Event => "Event",
            Self::DryRun => "DryRun",
        }
    }
}

/// What an invocation may ask for.
#[derive(Clone, Debug)]
pub struct InvokeOptions {
    /// How it is delivered.
    pub invocation_type: InvocationType,
    /// Whether the end of the function's log comes with the reply.
    pub log_tail: bool,
    /// The header `X-Amz-Client-Context`: Base64 of a JSON document.
    pub client_context: Option<String>,
    /// Further headers.
    pub headers: Vec<(String, String)>,
    /// How long the caller waits.
    pub limit: Duration,
}

impl Default for InvokeOptions {
    fn default() -> Self {
        Self {
            invocation_type: InvocationType::default(),
            log_tail: false,
            client_context: None,
            headers: Vec::new(),
            limit: LIMIT,
        }
    }
}

/// The functions behind an Invoke API.
#[derive(Clone, Debug)]
pub struct Functions {
    http: Http,
    remarks: Remarks,
    tracer: Option<Arc<Tracer>>,
}

impl Functions {
    /// The functions of the server at `address`, such as `127.0.0.1:9001`.
    pub fn new(address: impl std::fmt::Display) -> Self {
        Self { http: Http::new(address), remarks: Remarks::default(), tracer: None }
    }

    /// The messages of function errors are remarked here.
    pub(crate) fn remarked(mut self, remarks: Remarks) -> Self {
        self.remarks = remarks;
        self
    }

    /// What is asked and answered is traced here.
    pub(crate) fn traced(mut self, tracer: Option<Arc<Tracer>>) -> Self {
        self.tracer = tracer;
        self
    }

    /// Invokes a function with a JSON event and waits for its reply, 10 seconds at most.
    pub fn invoke<'a>(&'a self, name: &'a str, event: &impl Serialize) -> BoxFuture<'a, Reply> {
        match serde_json::to_vec(event) {
            Ok(event) => self.send(name, event, InvokeOptions::default()),
            Err(error) => Box::pin(ready(Reply::none(format!("the event is no JSON: {error}")))),
        }
    }

    /// Invokes a function with any bytes.
    pub fn invoke_with<'a>(
        &'a self,
        name: &'a str,
        event: impl Into<Vec<u8>>,
        options: InvokeOptions,
    ) -> BoxFuture<'a, Reply> {
        self.send(name, event.into(), options)
    }

    fn send<'a>(&'a self, name: &'a str, event: Vec<u8>, options: InvokeOptions) -> BoxFuture<'a, Reply> {
        Box::pin(self.exchange(name, event, options))
    }

    async fn exchange(&self, name: &str, event: Vec<u8>, options: InvokeOptions) -> Reply {
        let mut headers = vec![
            ("content-type", "application/json"),
            ("x-amz-invocation-type", options.invocation_type.as_str()),
        ];
        if options.log_tail {
            headers.push(("x-amz-log-type", "Tail"));
        }
        if let Some(context) = &options.client_context {
            headers.push(("x-amz-client-context", context));
        }
        headers.extend(options.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        let path = format!("/2015-03-31/functions/{name}/invocations");
        let tracer = self.tracer.as_ref();
        let call = tracer.and_then(|tracer| tracer.calls(name, options.invocation_type.as_str(), &event));
        let reply = self.http.clone().limit(options.limit).post(&path, &headers, event).await;
        if let Some(tracer) = tracer {
            let error =
                if reply.arrived() { reply.function_error().map(str::to_owned) } else { Some(reply.text()) };
            tracer.returned(call, reply.status, error);
        }
        self.remarks.function_error(name, &reply);
        reply
    }
}
