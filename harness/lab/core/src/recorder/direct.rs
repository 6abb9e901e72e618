//! The recorder's way for clients of its own process: the same log and the same layer, without a server in between.

use std::sync::Arc;

use aws_sdk_dynamodb::config::{HttpClient, RuntimeComponents, SharedHttpClient};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use axum::body::Bytes;
use axum::http::Response;

use super::Log;
use crate::wire::Via;

/// An HTTP client that records what it sends, and sends it with another.
#[derive(Clone, Debug)]
pub(super) struct Direct {
    log: Arc<Log>,
    client: SharedHttpClient,
}

impl Direct {
    pub(super) fn new(log: Arc<Log>) -> Self {
        Self { log, client: aws_smithy_http_client::Builder::new().build_http() }
    }
}

impl HttpClient for Direct {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let connector = self.client.http_connector(settings, components);
        SharedHttpConnector::new(Recording { log: self.log.clone(), connector })
    }
}

#[derive(Debug)]
struct Recording {
    log: Arc<Log>,
    connector: SharedHttpConnector,
}

impl HttpConnector for Recording {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (log, via) = (self.log.clone(), Via::Client(self.connector.clone()));
        HttpConnectorFuture::new(async move {
            let user = |error| ConnectorError::user(Box::new(error));
            let (head, body) = request.try_into_http1x().map_err(user)?.into_parts();
            // An operation of DynamoDB's has one document, and never a stream.
            let body = body.bytes().map(Bytes::copy_from_slice).unwrap_or_default();
            let passed = log.take(head, body, via).await;
            if passed.lost {
                let broken = std::io::Error::new(std::io::ErrorKind::ConnectionReset, "the answer is lost");
                return Err(ConnectorError::io(broken.into()));
            }
            let mut answer = Response::new(SdkBody::from(passed.answer.body));
            *answer.status_mut() = passed.answer.status;
            *answer.headers_mut() = passed.answer.headers;
            HttpResponse::try_from(answer).map_err(user)
        })
    }
}
