//! Step 1: greet by name.

/// The greeting for `name`: `Hello, Ada.`
pub fn greeting(name: &str) -> String {
    format!("Hello, {name}.")
}
