//! Documents of other services become invocations: `POST /triggers/{name}`.
//!
//! The document is of the sending service's own form. A bucket's notification is answered with 202 and the request
//! ids; a batch is delivered until nothing of it is left or it has been delivered often enough, and answered with 200
//! and what was delivered each time. The wait between deliveries, which the real sources have, is left out.

use std::sync::Arc;

use bytes::Bytes;
use hyper::body::Incoming;
use hyper::{Request, StatusCode};
use serde_json::{Value, json};

use super::emulator::Emulator;
use super::fleet::Fleet;
use super::http::{self, BodyError, Reply};
use super::invoke_reply::{self, ApiError};
use crate::config::{Batch, Source};
use crate::core::batch::{self, Order};
use crate::core::invocation::{FunctionError, Invocation};
use crate::core::{limits, name, notification};

/// Takes a document from what a trigger stands for.
pub async fn handle(emulator: &Emulator, name: &str, request: Request<Incoming>) -> Result<Reply, ApiError> {
    let trigger = emulator.triggers.get(name).ok_or_else(|| ApiError::NotFound(format!("trigger {name}")))?;
    let fleet = emulator
        .fleets
        .get(&trigger.function)
        .ok_or_else(|| ApiError::NotFound(name::arn(&trigger.function)))?;
    let document = read(request).await?;
    match &trigger.source {
        Source::Bucket { events, prefix, suffix } => {
            let wanted = notification::wanted(&document, events, prefix, suffix);
            notify(emulator, fleet, wanted).await
        }
        Source::Queue { batch } => Ok(deliver(emulator, fleet, &document, *batch, Order::None).await),
        Source::Stream { batch } => Ok(deliver(emulator, fleet, &document, *batch, Order::Kept).await),
    }
}

/// Each record is an asynchronous invocation: the queue, its retries and its dead letters are behind it.
async fn notify(emulator: &Emulator, fleet: &Arc<Fleet>, records: Vec<Value>) -> Result<Reply, ApiError> {
    let dispatcher = emulator.dispatcher.as_ref().ok_or(ApiError::NoTable)?;
    let mut request_ids = Vec::new();
    for record in records {
        let document = json!({ "Records": [record] }).to_string();
        let invocation = Invocation::new(name::arn(&fleet.function.name), document);
        dispatcher.accept(emulator, &fleet.function, &invocation).await?;
        request_ids.push(invocation.request_id);
    }
    Ok(http::json(StatusCode::ACCEPTED, &json!({ "requestIds": request_ids })))
}

/// Delivers a batch until nothing of it is left, or it has been delivered often enough.
async fn deliver(
    emulator: &Emulator,
    fleet: &Arc<Fleet>,
    document: &Value,
    batch: Batch,
    order: Order,
) -> Reply {
    let mut records: Vec<Value> = document["Records"].as_array().cloned().unwrap_or_default();
    let mut deliveries = Vec::new();
    while !records.is_empty() && deliveries.len() < batch.maximum_deliveries as usize {
        let answer = invoke(emulator, fleet, &records).await;
        let ids: Vec<&str> = records.iter().map(|record| identifier(record, order)).collect();
        deliveries.push(json!(ids));
        let again = batch::undelivered(order, batch.report_item_failures, &ids, &answer);
        records = again.into_iter().filter_map(|position| records.get(position).cloned()).collect();
    }
    let left: Vec<&str> = records.iter().map(|record| identifier(record, order)).collect();
    http::json(StatusCode::OK, &json!({ "deliveries": deliveries, "givenUp": left }))
}

async fn invoke(emulator: &Emulator, fleet: &Arc<Fleet>, records: &[Value]) -> Result<Bytes, FunctionError> {
    let document = json!({ "Records": records }).to_string();
    let invocation = Invocation::new(name::arn(&fleet.function.name), document);
    match emulator.run(fleet, invocation, false).await {
        Ok(completed) => invoke_reply::whole(completed.answer).await,
        Err(throttle) => Err(FunctionError::new("TooManyRequestsException", format!("{throttle:?}"))),
    }
}

/// What `itemIdentifier` means: a message's id, a stream record's sequence number.
fn identifier(record: &Value, order: Order) -> &str {
    let identifier = match order {
        Order::None => &record["messageId"],
        Order::Kept => &record["dynamodb"]["SequenceNumber"],
    };
    identifier.as_str().unwrap_or_default()
}

async fn read(request: Request<Incoming>) -> Result<Value, ApiError> {
    let limit = limits::SYNC_PAYLOAD_BYTES;
    match http::read(request.into_body(), limit).await {
        Ok(body) => {
            serde_json::from_slice(&body).map_err(|error| ApiError::InvalidRequestContent(error.to_string()))
        }
        Err(BodyError::TooLarge) => Err(ApiError::TooLarge { bytes: None, kind: "RequestResponse", limit }),
        Err(BodyError::Broken) => Err(ApiError::InvalidRequestContent("the body ended early".into())),
    }
}
