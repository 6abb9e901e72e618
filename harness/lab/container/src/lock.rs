//! One start at a time on this machine.

use std::fs::{File, TryLockError};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use lab_docker::container_name;

/// Between two tries.
const POLL: Duration = Duration::from_millis(25);

/// Held until it is dropped. Where no lock file can be had, the start is tried without. The error says who has it for
/// longer than `limit`.
pub(crate) async fn acquire(limit: Duration) -> Result<Option<File>, String> {
    let user = std::env::var("USER").or_else(|_| std::env::var("USERNAME")).unwrap_or_default();
    let path: PathBuf = std::env::temp_dir().join(format!("{}-{user}.lock", container_name()));
    let Ok(file) = File::options().create(true).truncate(false).write(true).open(&path) else {
        return Ok(None);
    };
    let started = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(Some(file)),
            Err(TryLockError::WouldBlock) if started.elapsed() < limit => tokio::time::sleep(POLL).await,
            Err(TryLockError::WouldBlock) => {
                return Err(format!("another process holds {} for too long", path.display()));
            }
            Err(TryLockError::Error(_)) => return Ok(None),
        }
    }
}
