//! An emulator under test, and its caller.

use std::time::Duration;

use lab::{Functions, InvocationType, InvokeOptions, Lab, Reply, Server};
use serde_json::{Value, json};

use super::marks::{self, Marks};
use super::scene;

/// How long a caller waits whose reply depends on others.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running emulator.
pub struct Emulated {
    /// Its process.
    pub server: Server,
    /// What its functions leave behind.
    pub marks: Marks,
    functions: Functions,
}

impl Emulated {
    /// Starts an emulator of `scene`, and makes the table that its functions leave marks in.
    pub async fn start(lab: &Lab, scene: Value) -> Self {
        let marks = Marks::create(lab).await;
        let server = serve(lab, &marks, &scene).await;
        let functions = lab.functions(server.address());
        Self { server, marks, functions }
    }

    /// Starts an emulator of one function, with Lambda's defaults.
    pub async fn of(lab: &Lab, function: &str) -> Self {
        Self::start(lab, json!({ "functions": [{ "name": function }] })).await
    }

    /// Starts a second emulator of the same scene, which shares what the first leaves in tables.
    pub async fn beside(&self, lab: &Lab, scene: &Value) -> Server {
        serve(lab, &self.marks, scene).await
    }

    /// Where callers reach it.
    pub fn address(&self) -> String {
        self.server.address()
    }

    /// Invokes a function and waits for its reply.
    pub async fn invoke(&self, function: &str, event: &Value) -> Reply {
        self.functions.invoke(function, event).await
    }

    /// As [`Emulated::invoke`], with these very bytes.
    pub async fn invoke_raw(&self, function: &str, event: &str) -> Reply {
        self.functions.invoke_with(function, event.to_owned(), InvokeOptions::default()).await
    }

    /// As [`Emulated::invoke`], for a caller that runs beside the test.
    pub fn invoke_owned(&self, function: &str, event: Value) -> impl Future<Output = Reply> + Send + use<> {
        let (functions, function) = (self.functions.clone(), function.to_owned());
        // Such a caller waits for others too: for their cold starts, and for the test.
        let options = InvokeOptions { limit: PATIENCE, ..InvokeOptions::default() };
        async move { functions.invoke_with(&function, event.to_string(), options).await }
    }

    /// Invokes a function, and has the end of its log with the reply.
    pub async fn invoke_for_log(&self, function: &str, event: &Value) -> Reply {
        let options = InvokeOptions { log_tail: true, limit: PATIENCE, ..InvokeOptions::default() };
        self.functions.invoke_with(function, event.to_string(), options).await
    }

    /// Hands an event over to the queue.
    pub async fn send(&self, function: &str, event: &Value) -> Reply {
        let options = InvokeOptions { invocation_type: InvocationType::Event, ..InvokeOptions::default() };
        self.functions.invoke_with(function, event.to_string(), options).await
    }

    /// Invokes a function with a client context, which is a JSON document.
    pub async fn invoke_in_context(&self, function: &str, event: &Value, context_base64: &str) -> Reply {
        let client_context = Some(context_base64.to_owned());
        let options = InvokeOptions { client_context, ..InvokeOptions::default() };
        self.functions.invoke_with(function, event.to_string(), options).await
    }

    /// Sends a document to a trigger.
    pub async fn trigger(&self, lab: &Lab, trigger: &str, document: &Value) -> Reply {
        let headers = [("content-type", "application/json")];
        lab.http(self.server.address())
            .post(&format!("/triggers/{trigger}"), &headers, document.to_string())
            .await
    }
}

async fn serve(lab: &Lab, marks: &Marks, scene: &Value) -> Server {
    let scene = scene.to_string();
    lab.server("emulator", &[(scene::VARIABLE, &scene), (marks::VARIABLE, marks.table())]).await
}
