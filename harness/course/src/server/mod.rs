//! The book's server, on 127.0.0.1 alone.
//!
//! - [`listen`]: which port
//! - [`routes`]: what is answered
//! - [`guard`]: who is answered: pages of this book, and nobody else's
//! - `consoles`: operations in the lab of a page's console
//! - [`events`]: what is told while a page is open
//! - [`serving`]: the server while it runs

pub mod events;
pub mod guard;
pub mod listen;
pub mod routes;
pub mod serving;

mod consoles;
