//! What the lab and the command line ask of a Docker engine, over its own socket: the client program need not be there,
//! and neither does a container crate, which is a sixth of a first build.
//!
//! - [`Engine`]: one that has answered a ping; what of ours is in it
//! - [`Address`]: where it listens, and where it is looked for
//! - [`Trouble`]: why there is none
//! - [`Answer`]: what the program says that starts DynamoDB Local
//!
//! What all of them agree on about that container stands here.

mod address;
mod answer;
mod engine;
mod exchange;

pub use address::Address;
pub use answer::Answer;
pub use engine::{ANSWER_LIMIT, Container, Engine, REGISTRY_LIMIT, Trouble};

/// The package of the program that starts DynamoDB Local.
pub const PROGRAM: &str = "lab-container";

/// DynamoDB Local, without its tag.
pub const REPOSITORY: &str = "amazon/dynamodb-local";

/// The newest that is known to agree with the snapshots; see the book's page on differences.
pub const TAG: &str = "3.3.1";

/// The image that the lab starts.
pub const IMAGE: &str = "amazon/dynamodb-local:3.3.1";

/// The label of every container that the lab starts; `cargo course clean` finds them by it.
pub const LABEL: &str = "serverless-from-scratch";

/// The port inside the container.
pub const PORT: u16 = 8000;

/// Ends the container's name, so that a drill has one of its own to kill.
const SUFFIX: &str = "LAB_CONTAINER_SUFFIX";

/// The container's name. It holds the version, because a container that is used again is found by its name alone.
pub fn container_name() -> String {
    let suffix = std::env::var(SUFFIX).unwrap_or_default();
    format!("{LABEL}-dynamodb-{TAG}{suffix}")
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_image_is_the_repository_at_its_tag() {
        assert_eq!(super::IMAGE, format!("{}:{}", super::REPOSITORY, super::TAG));
    }
}
