//! Chance and time, as what waits between two attempts has them. Given.

use std::future::Future;

/// Draws numbers and waits. In production from the operating system and its clock; in a test the test's own.
pub trait Patience {
    /// A number from 0 to `most`, each as likely as any other.
    fn random(&mut self, most: u64) -> u64;

    /// Waits for so many milliseconds.
    fn wait(&mut self, ms: u64) -> impl Future<Output = ()> + Send;
}
