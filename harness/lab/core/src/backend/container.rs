//! DynamoDB Local in a container: one for all test processes of this run and of the next.
//!
//! Where it runs, the engine says so over its own socket. What starts it is a program, `lab-container`, which is built
//! when an engine is there to run it: a container crate takes a sixth of the way to a first verdict, and whoever has no
//! Docker has no use for it.

mod program;

use std::time::Duration;

use lab_docker::{ANSWER_LIMIT, Answer, Engine, IMAGE, PORT, container_name};

use crate::{Http, Infra};

/// An engine is asked for an answer to a ping, and for a container. Each has a limit of its own, where the system has one.
const ENGINE_LIMIT: Duration = Duration::from_secs(5);

/// Starts the container, or finds it running, and returns its endpoint.
pub(crate) async fn endpoint() -> Result<String, Infra> {
    if let Some(url) = running().await?
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

/// Where it runs already, if it does. An error where no engine answers.
async fn running() -> Result<Option<String>, Infra> {
    let asked = tokio::task::spawn_blocking(|| {
        let engine = Engine::find().map_err(|trouble| trouble.detail().to_owned())?;
        Ok(engine.endpoint(&container_name(), PORT))
    });
    let answer = match tokio::time::timeout(ENGINE_LIMIT, asked).await {
        Ok(answer) => answer.expect("asking an engine does not panic"),
        Err(_) => Err(format!("no answer within {} s", ENGINE_LIMIT.as_secs())),
    };
    answer.map_err(|reason| Infra::NoEngine { reason })
}
