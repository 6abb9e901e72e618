//! For the processes that a lab starts: where they listen, and what they may reach.

use aws_sdk_dynamodb::Client;
use axum::http::StatusCode;
use tokio::net::TcpListener;

use crate::infra::{EXIT_CODE, tell};
use crate::{BoxFuture, Http, backend, role};

/// The base address of the lab's control server.
pub(crate) const CONTROL: &str = "LAB_CONTROL";

/// Which of several processes of a role this one is.
pub(crate) const INSTANCE: &str = "LAB_INSTANCE";

/// What tells this process from every other of its lab, where the system's own identifier does not: in a cell.
pub(crate) const IDENTITY: &str = "LAB_IDENTITY";

/// The endpoint of DynamoDB, as AWS's own tools call it.
pub(crate) const DYNAMODB: &str = "AWS_ENDPOINT_URL_DYNAMODB";

/// Tells this process from every other of its lab. Equal for equal processes; it means nothing else.
pub fn identity() -> String {
    std::env::var(IDENTITY).unwrap_or_else(|_| std::process::id().to_string())
}

/// Opens a free port of 127.0.0.1 and tells the lab which; or takes the one that the lab has opened for it.
pub fn listener() -> BoxFuture<'static, TcpListener> {
    Box::pin(listen())
}

async fn listen() -> TcpListener {
    match inherited() {
        Ok(None) => {}
        Ok(Some(listener)) => return listener,
        Err(error) => trouble(&format!("the listener that the lab has opened can't be taken: {error}")),
    }
    let opened = async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        Ok::<_, std::io::Error>((listener, address))
    };
    let (listener, address) = match opened.await {
        Ok(opened) => opened,
        Err(error) => trouble(&format!("no port of 127.0.0.1 can be opened: {error}")),
    };
    let told = serde_json::json!({
        "role": variable(role::PROCESS),
        "instance": std::env::var(INSTANCE).ok(),
        "address": address.to_string(),
    });
    let reply = Http::new(control_url())
        .post("/listening", &[("content-type", "application/json")], told.to_string())
        .await;
    if reply.status != StatusCode::NO_CONTENT.as_u16() {
        trouble(&format!("the lab can't be told of {address}: {}", reply.text()));
    }
    listener
}

fn inherited() -> std::io::Result<Option<TcpListener>> {
    let Some(listener) = listenfd::ListenFd::from_env().take_tcp_listener(0)? else { return Ok(None) };
    listener.set_nonblocking(true)?;
    TcpListener::from_std(listener).map(Some)
}

/// The base address of the lab's control server, such as `http://127.0.0.1:1234`.
pub fn control_url() -> String {
    variable(CONTROL)
}

/// The endpoint of this lab's DynamoDB.
pub fn dynamodb_url() -> String {
    variable(DYNAMODB)
}

/// A client of this lab's DynamoDB.
pub fn dynamodb_client() -> Client {
    backend::client(&dynamodb_url())
}

/// An environment variable that a lab sets for its processes, or that a test gave to [`crate::Lab::server`].
pub fn variable(name: &str) -> String {
    std::env::var(name)
        .unwrap_or_else(|_| trouble(&format!("{name} is not set: this process was started by no lab")))
}

fn trouble(message: &str) -> ! {
    tell(&format!("{message}\n"));
    std::process::exit(EXIT_CODE)
}
