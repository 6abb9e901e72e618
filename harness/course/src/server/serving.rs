//! The running server: threads of its own, gone with the value.

use std::net::TcpListener;

use tokio::runtime::{Builder, Runtime};

use super::routes::{App, router};
use crate::failure::Failure;

/// Threads of the server; it answers one reader, from memory.
const THREADS: usize = 2;

/// A running server.
#[derive(Debug)]
pub struct Serving {
    runtime: Option<Runtime>,
    /// Where it is reached, without a slash at the end.
    pub address: String,
}

/// Serves `app` on `listener` until the result is dropped.
pub fn serve(app: App, listener: TcpListener) -> Result<Serving, Failure> {
    let failed = |source| Failure::Io { doing: "serve", path: "the book".into(), source };
    let port = listener.local_addr().map_err(failed)?.port();
    let runtime = Builder::new_multi_thread().worker_threads(THREADS).enable_all().build().map_err(failed)?;
    let listener = {
        let _inside = runtime.enter();
        tokio::net::TcpListener::from_std(listener).map_err(failed)?
    };
    runtime.spawn(async move { axum::serve(listener, router(app, port)).await });
    Ok(Serving { runtime: Some(runtime), address: format!("http://127.0.0.1:{port}") })
}

impl Drop for Serving {
    fn drop(&mut self) {
        // Pages that are open keep their connections open: they are not waited for.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
