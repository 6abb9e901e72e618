//! Step 1: greet by name.

// ANCHOR: greeting
/// The greeting for `name`: `Hello, Ada.`
pub fn greeting(name: &str) -> String {
    ["Hello, ", name, "."].concat()
}
// ANCHOR_END: greeting
