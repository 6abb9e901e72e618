//! Ctrl-C, and a request to end: the run under way is ended whole, and the command tells so.

use crate::process::Cancel;

/// A handle that is cancelled when the process is asked to end. Programs run in process groups of their own, so the
/// terminal's Ctrl-C does not reach them by itself.
pub fn cancel() -> Cancel {
    let cancel = Cancel::default();
    let handle = cancel.clone();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let Ok(runtime) = runtime else { return };
        runtime.block_on(async {
            loop {
                asked_to_end().await;
                if handle.is_cancelled() {
                    // Asked twice: whoever asks does not want to wait.
                    std::process::exit(i32::from(crate::failure::INTERRUPTED));
                }
                handle.cancel();
            }
        });
    });
    cancel
}

#[cfg(unix)]
async fn asked_to_end() {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut terminate), Ok(mut hang_up)) =
        (signal(SignalKind::terminate()), signal(SignalKind::hangup()))
    else {
        let _ = tokio::signal::ctrl_c().await;
        return;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
        _ = hang_up.recv() => {}
    }
}

#[cfg(not(unix))]
async fn asked_to_end() {
    let _ = tokio::signal::ctrl_c().await;
}
