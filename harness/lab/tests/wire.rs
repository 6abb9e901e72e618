//! What happens on the wire between client and database: costs are measured, and things go wrong where a test says so.
//! `DYNAMODB` chooses the backend, as for every test.

#[path = "wire/costs.rs"]
mod costs;
#[path = "wire/faults.rs"]
mod faults;
#[path = "wire/simulator.rs"]
mod simulator;
#[path = "wire/tables.rs"]
mod tables;
