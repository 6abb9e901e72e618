//! The two macros by which a binary declares the roles that a lab can start it in.

/// Declares a test binary's processes, once, in `tests/steps/main.rs`.
///
/// Each role is a future. The lab starts the binary again with the ignored test `process`, which runs the role that
/// it was started for; without one it passes at once.
///
/// ```text
/// lab::processes! { "greet" => subject::greeting::run(), "emulator" => servers::emulator() }
/// ```
#[macro_export]
macro_rules! processes {
    ($($role:literal => $run:expr),+ $(,)?) => {
        #[test]
        #[ignore = "a lab starts it as a process of its own"]
        fn process() {
            $crate::run_process($crate::Roles::new()$(.role($role, || $run))+);
        }
    };
}

/// Makes the `main` of an example: `"role" => future` as in [`processes!`], a semicolon, and a body that gets a lab.
///
/// ```text
/// lab::main! { "greet" => greet(); async |lab: &lab::Lab| { … } }
/// ```
#[macro_export]
macro_rules! main {
    ($($role:literal => $run:expr),* $(,)?; $body:expr) => {
        fn main() {
            $crate::run_example($crate::Roles::new()$(.role($role, || $run))*, async || {
                let lab = $crate::Lab::open().await;
                let body = $body;
                body(&lab).await;
                lab.close().await;
            });
        }
    };
    ($body:expr) => {
        $crate::main! { ; $body }
    };
}
