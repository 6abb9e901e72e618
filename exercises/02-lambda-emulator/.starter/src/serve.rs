//! An emulator from its start to its end.

use std::sync::Arc;

use tokio::net::TcpListener;

use crate::clock::Clock;
use crate::config::Config;
use crate::host::Host;
use crate::server::dispatcher::Dispatcher;
use crate::server::emulator::Emulator;
use crate::server::{http, invoke_api};
use crate::store::{Queue, StoreError};

/// What an emulator uses and does not own.
#[derive(Clone)]
pub struct Services {
    host: Arc<dyn Host>,
    clock: Arc<dyn Clock>,
    queue: Option<(aws_sdk_dynamodb::Client, String)>,
}

impl Services {
    /// Without a table: asynchronous invocations are refused.
    pub fn new(host: impl Host + 'static, clock: impl Clock + 'static) -> Self {
        Self { host: Arc::new(host), clock: Arc::new(clock), queue: None }
    }

    /// With a table for asynchronous invocations. It is created if it isn't there.
    #[must_use]
    pub fn queue(mut self, client: aws_sdk_dynamodb::Client, table: impl Into<String>) -> Self {
        self.queue = Some((client, table.into()));
        self
    }
}

/// Why an emulator could not be started.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The queue's table.
    #[error("the queue's table: {0}")]
    Store(#[from] StoreError),
}

/// Serves the Invoke API on `listener` until `shutdown` comes; then every environment is ended.
pub async fn serve(
    listener: TcpListener,
    config: Config,
    services: Services,
    shutdown: impl Future<Output = ()> + Send,
) -> Result<(), ServeError> {
    let Services { host, clock, queue } = services;
    let dispatcher = match queue {
        Some((client, table)) => Some(Dispatcher::new(Queue::open(client, table).await?)),
        None => None,
    };
    let emulator = Arc::new(Emulator::new(config, &host, &clock, dispatcher));
    let handler = {
        let emulator = emulator.clone();
        move |request| invoke_api::handle(emulator.clone(), request)
    };
    tokio::select! {
        () = http::serve(listener, handler) => {}
        () = emulator.dispatch() => {}
        () = emulator.reap() => {}
        () = shutdown => {}
    }
    emulator.shut_down();
    Ok(())
}
