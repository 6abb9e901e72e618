//! DynamoDB Local in a container: one for all test processes of this run and of the next.
//!
//! Where it runs, the engine says so over its own socket. What starts it is a program, `lab-container`, which is built
//! when an engine is there to run it: a container crate takes a sixth of the way to a first verdict, and whoever has no
//! Docker has no use for it.

mod program;

use lab_docker::{ANSWER_LIMIT, Address, Answer, Engine, IMAGE, PORT, container_name};

use crate::{Http, Infra};

/// Starts the container, or finds it running, and returns its endpoint.
pub(crate) async fn endpoint() -> Result<String, Infra> {
    let running = tokio::task::spawn_blocking(running).await.expect("asking an engine does not panic")?;
    if let Some(url) = running
        && answers(&url).await
    {
        return Ok(url);
    }
    match program::run().await? {
        Answer::Runs { url } => Ok(url),
        Answer::NoEngine { reason } => Err(Infra::NoEngine { reason }),
        Answer::NoImage { reason } => Err(Infra::NoImage { image: IMAGE.to_owned(), reason }),
        Answer::NotStarted { reason } => Err(Infra::Container { container: container_name(), reason }),
    }
}

/// Whether the container still answers there.
pub(crate) async fn answers(url: &str) -> bool {
    // DynamoDB Local answers 400 to this when it is ready; its first log line comes earlier.
    Http::new(url).limit(ANSWER_LIMIT).get("/").await.arrived()
}

/// Where it runs already, if it does. An error where no engine answers; one that can't be asked here may still be there
/// for a client that speaks more.
fn running() -> Result<Option<String>, Infra> {
    match Address::usual() {
        Address::Other(_) => Ok(None),
        address => match Engine::at(address) {
            Ok(engine) => Ok(engine.endpoint(&container_name(), PORT)),
            Err(trouble) => Err(Infra::NoEngine { reason: trouble.detail().to_owned() }),
        },
    }
}
