//! Every bound of the emulator, with its unit and its source.
//!
//! "Guide" is the Lambda developer guide as of 2026: <https://docs.aws.amazon.com/lambda/latest/dg/>.

use std::time::Duration;

/// A function's timeout where none is set (guide, `configuration-timeout`).
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(3);
/// How long Init may take (guide, `lambda-runtime-environment`).
pub const INIT_TIMEOUT: Duration = Duration::from_secs(10);
/// Memory where none is set (guide, `configuration-memory`).
pub const DEFAULT_MEMORY_MB: u32 = 128;
/// Invocations under way at once, of all functions that have nothing reserved; the service's default quota is 1,000, a laptop's is less.
pub const ACCOUNT_CONCURRENCY: u32 = 100;

/// Bytes of a synchronous invocation's event: 6 MB (guide, `gettingstarted-limits`).
pub const SYNC_PAYLOAD_BYTES: usize = 6 * 1024 * 1024;
/// Bytes of an asynchronous invocation's event: 1 MB since October 2025 (guide, `gettingstarted-limits`).
pub const ASYNC_PAYLOAD_BYTES: usize = 1024 * 1024;
/// Bytes of a buffered response: 6 MB and 100 bytes, as the service's own message says.
pub const RESPONSE_BYTES: usize = 6 * 1024 * 1024 + 100;
/// Bytes of a streamed response: 200 MB since 2025 (guide, `gettingstarted-limits`).
pub const STREAM_BYTES: usize = 200 * 1024 * 1024;
/// Bytes of an error report; ours, as the service states none.
pub const ERROR_BYTES: usize = 256 * 1024;
/// Bytes of `X-Amz-Client-Context`, in base64 (Invoke API reference).
pub const CLIENT_CONTEXT_BYTES: usize = 3583;
/// Bytes of the log that `X-Amz-Log-Type: Tail` returns (Invoke API reference).
pub const LOG_TAIL_BYTES: usize = 4096;
/// Bytes after which a line of a function's output is broken; ours.
pub const LOG_LINE_BYTES: usize = 64 * 1024;

/// Attempts after the first of an asynchronous invocation (guide, `invocation-async-error-handling`).
pub const MAXIMUM_RETRIES: u32 = 2;
/// How long an event may wait in the queue (guide, `invocation-async-error-handling`).
pub const MAXIMUM_EVENT_AGE: Duration = Duration::from_hours(6);
/// The wait before the first retry after a throttle; doubles up to the next constant (same page).
pub const THROTTLE_BACKOFF: Duration = Duration::from_secs(1);
/// The longest wait after a throttle (same page).
pub const THROTTLE_BACKOFF_LIMIT: Duration = Duration::from_mins(5);

/// An environment without work for this long is ended; ours, as the service states none.
pub const IDLE_TIMEOUT: Duration = Duration::from_mins(10);
/// So many environments in a row that end before they take an invocation are a failure; ours.
pub const HANDOVER_TRIES: u32 = 3;
/// How long the output must be quiet before a log tail counts as whole; ours. Only who asks for the tail waits.
pub const LOG_QUIET: Duration = Duration::from_millis(100);
/// How long it is waited for where it never is; ours.
pub const LOG_LIMIT: Duration = Duration::from_secs(2);
