//! The book's simulators of DynamoDB, held to the same rules in Rust: each replays the cases that the simulator's own
//! tests replay in JavaScript.

mod capacity;
mod partition;
mod partitions;
mod random;
mod table;
