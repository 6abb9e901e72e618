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
    let document: Value = serde_json::from_slice(body).unwrap_or(Value::Null);
    let text = |field: &str| document.get(field).and_then(Value::as_str).map(str::to_owned);
    FunctionError {
        error_type: text("errorType").or(header.map(str::to_owned)).unwrap_or_else(|| "Unknown".into()),
        error_message: text("errorMessage").unwrap_or_else(|| String::from_utf8_lossy(body).into_owned()),
        stack_trace: document.get("stackTrace").and_then(Value::as_array).cloned(),
    }
}

/// What is said of an environment that ended without an answer.
///
/// `Runtime.ExitError`, and `RequestId: … Error: Runtime exited with error: exit status 101`; after exit code 0
/// `RequestId: … Error: Runtime exited without providing a reason`.
pub fn exited(request_id: &str, exit: Exit) -> FunctionError {
    let reason = match exit {
        Exit::Code(0) => "Runtime exited without providing a reason".to_owned(),
        Exit::Code(code) | Exit::Signal(code) => format!("Runtime exited with error: exit status {code}"),
        Exit::Unknown => format!("Runtime exited with error: {exit}"),
    };
    FunctionError::new("Runtime.ExitError", format!("RequestId: {request_id} Error: {reason}"))
}
