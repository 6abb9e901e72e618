//! An endpoint that somebody else runs.

use std::time::Duration;

use crate::{Http, Infra};

/// How long the endpoint may take for its first answer.
const ANSWER_LIMIT: Duration = Duration::from_secs(5);

/// The endpoint without a trailing slash, if anything answers there.
pub(crate) async fn reachable(address: &str) -> Result<String, Infra> {
    let url = address.trim_end_matches('/').to_owned();
    let reply = Http::new(&url).limit(ANSWER_LIMIT).get("/").await;
    if reply.arrived() { Ok(url) } else { Err(Infra::Unreachable { url, reason: reply.text() }) }
}
