//! The lab's own half: a runtime on threads of its own, so that nothing of the lab dies or stalls with the
//! runtime that a test runs its reader's code on.

use std::sync::OnceLock;

use tokio::runtime::{Builder, Handle, Runtime};

/// Recorder, control server and embedded database of all labs of the process share these.
const WORKERS: usize = 2;

static RUNTIME: OnceLock<Runtime> = OnceLock::new();

/// The lab's own runtime. It lives as long as the process.
pub(crate) fn handle() -> &'static Handle {
    RUNTIME
        .get_or_init(|| {
            Builder::new_multi_thread()
                .worker_threads(WORKERS)
                .thread_name("lab")
                .enable_all()
                .build()
                .expect("a process may start threads")
        })
        .handle()
}

/// Runs `work` on the lab's runtime and waits for it on the caller's.
pub(crate) async fn run<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> T {
    match handle().spawn(work).await {
        Ok(value) => value,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => unreachable!("the lab's runtime outlives its work"),
        },
    }
}

/// Serves `router` on a free port of 127.0.0.1 until the task is aborted. Call it on the lab's runtime.
pub(crate) async fn serve(
    router: axum::Router,
) -> Result<(String, tokio::task::JoinHandle<()>), crate::Infra> {
    use axum::serve::ListenerExt as _;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.map_err(crate::Infra::Port)?;
    let url = format!("http://{}", listener.local_addr().map_err(crate::Infra::Port)?);
    // Small messages back and forth: waiting to fill a packet would cost 40 ms a request.
    let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
    let server = tokio::spawn(async move { drop(axum::serve(listener, router).await) });
    Ok((url, server))
}
