//! Step 4. An environment has used up its time.

use std::sync::Arc;
use std::time::Duration;

use super::environment::Environment;
use super::fleet::{Fleet, InitFailure};
use crate::core::invocation::{FunctionError, Invocation};

/// An invocation was not answered by its deadline.
///
/// Its environment may be in any state, so it is not used again: it is killed, and the next invocation gets
/// another. The caller reads [`timed_out`].
pub fn invocation(fleet: &Fleet, environment: &Environment, request_id: &str) -> FunctionError {
    fleet.discard(environment);
    timed_out(request_id, fleet.function.timeout)
}

/// Init did not end within its own limit.
///
/// The environment is killed, and Init is done again in another, now as part of the invocation: Init and Invoke
/// together have the function's timeout, counted from here, and the invocation's deadline says so. If that is over
/// as well, the environment is killed and the caller reads [`timed_out`]. A second Init that fails in time ends the
/// invocation with its own error.
pub async fn init(
    fleet: &Fleet,
    environment: &Environment,
    invocation: &mut Invocation,
) -> Result<Arc<Environment>, FunctionError> {
    environment.kill();
    match fleet.initialize(&invocation.request_id, invocation.deadline).await {
        Ok(environment) => Ok(environment),
        Err(InitFailure::Error(error)) => Err(error),
        Err(InitFailure::Overrun(environment)) => {
            environment.kill();
            Err(timed_out(&invocation.request_id, fleet.function.timeout))
        }
    }
}

/// `Sandbox.Timedout`, and `RequestId: … Error: Task timed out after 3.00 seconds`.
pub fn timed_out(request_id: &str, timeout: Duration) -> FunctionError {
    let message =
        format!("RequestId: {request_id} Error: Task timed out after {:.2} seconds", timeout.as_secs_f64());
    FunctionError::new("Sandbox.Timedout", message)
}
