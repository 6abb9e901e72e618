//! The database that is linked into the test: a fresh one for each lab, on a free port.

use dynoxide::Database;
use tokio::sync::oneshot;

use crate::{Infra, host};

/// A running database. It ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Embedded {
    pub(crate) url: String,
    _stop: oneshot::Sender<()>,
}

impl Embedded {
    pub(crate) async fn start() -> Result<Self, Infra> {
        host::run(async {
            let database =
                Database::memory().map_err(|error| Infra::Embedded { reason: error.to_string() })?;
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.map_err(Infra::Port)?;
            let url = format!("http://{}", listener.local_addr().map_err(Infra::Port)?);
            let (stop, stopped) = oneshot::channel::<()>();
            tokio::spawn(dynoxide::server::serve_with_shutdown(listener, database, async move {
                // Nobody sends: the sender is dropped.
                let _ = stopped.await;
            }));
            Ok(Self { url, _stop: stop })
        })
        .await
    }
}
