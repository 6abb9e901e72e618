//! Step 2. What a caller reads when a function fails.

use serde_json::Value;

use super::invocation::FunctionError;
use crate::host::Exit;

/// What the runtime reported on `/error` or `/init/error`.
///
/// The body should be a JSON object with `errorType`, `errorMessage` and perhaps `stackTrace`. Where a type is
/// missing, the header `Lambda-Runtime-Function-Error-Type` has it, else it is `Unknown`. Where a message is missing, or
/// the body is no such object, the body is the message itself. A field of another type is a missing one.
pub fn reported(header: Option<&str>, body: &[u8]) -> FunctionError {
    #[derive(Default, serde::Deserialize)]
    #[serde(rename_all = "camelCase", default)]
    struct Report {
        error_type: Option<String>,
        error_message: Option<String>,
        stack_trace: Option<Vec<Value>>,
    }
    let report: Report = serde_json::from_slice(body).unwrap_or_default();
    let error_type = report.error_type.as_deref().or(header).unwrap_or("Unknown");
    let error_message = match report.error_message {
        Some(message) => message,
        None => String::from_utf8_lossy(body).into_owned(),
    };
    FunctionError { stack_trace: report.stack_trace, ..FunctionError::new(error_type, error_message) }
}

/// What is said of an environment that ended without an answer.
///
/// `Runtime.ExitError`, and `RequestId: … Error: Runtime exited with error: exit status 101`; after exit code 0
/// `RequestId: … Error: Runtime exited without providing a reason`.
pub fn exited(request_id: &str, exit: Exit) -> FunctionError {
    let reason = match exit {
        Exit::Code(0) => "Runtime exited without providing a reason".to_owned(),
        exit => format!("Runtime exited with error: {exit}"),
    };
    FunctionError::new("Runtime.ExitError", format!("RequestId: {request_id} Error: {reason}"))
}
