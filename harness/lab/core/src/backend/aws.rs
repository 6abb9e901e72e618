//! The real service, behind a gate on this machine.
//!
//! Function processes and recorders speak plain HTTP with made-up credentials. The gate signs each request anew, with
//! the credentials of whoever runs the tests, and sends it on over TLS. It also waits until a new table can be used,
//! which takes seconds there and no time elsewhere.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::config::{ProvideCredentials as _, SharedCredentialsProvider};
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use aws_smithy_http_client::{Connector, tls};
use aws_smithy_runtime_api::client::http::HttpConnector as _;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Request, Response, StatusCode};
use axum::response::IntoResponse as _;
use serde_json::Value;

use crate::{Infra, host};

/// DynamoDB refuses requests over 16 MB.
const MAX_BODY_BYTES: usize = 17 * 1024 * 1024;

/// A new table is there after some seconds.
const TABLE_LIMIT: Duration = Duration::from_mins(1);
const POLL: Duration = Duration::from_millis(500);

const CREATE: &str = "DynamoDB_20120810.CreateTable";
const DESCRIBE: &str = "DynamoDB_20120810.DescribeTable";

struct Gate {
    endpoint: String,
    region: String,
    credentials: SharedCredentialsProvider,
    connector: Connector,
}

/// Opens the gate, for as long as the process lives, and returns its address.
pub(crate) async fn gate() -> Result<String, Infra> {
    let provider = tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring);
    let http = aws_smithy_http_client::Builder::new().tls_provider(provider.clone()).build_https();
    let config = aws_config::defaults(BehaviorVersion::latest()).http_client(http).load().await;
    let refused = |reason: String| Infra::NoAccess { reason };
    let region = config.region().ok_or_else(|| refused("no region is configured".into()))?.to_string();
    let credentials =
        config.credentials_provider().ok_or_else(|| refused("no credentials are configured".into()))?;
    credentials.provide_credentials().await.map_err(|error| refused(chain(&error)))?;
    // AWS's own variable, so that the gate can be tried without an account.
    let endpoint = std::env::var(crate::inside::DYNAMODB)
        .unwrap_or_else(|_| format!("https://dynamodb.{region}.amazonaws.com"));
    let connector = Connector::builder().tls_provider(provider).build();
    let gate = Gate { endpoint, region, credentials, connector };
    let (url, _lives_on) = host::serve(Router::new().fallback(pass).with_state(Arc::new(gate))).await?;
    Ok(url)
}

async fn pass(State(gate): State<Arc<Gate>>, request: Request<Body>) -> Response<Body> {
    let (head, body) = request.into_parts();
    let Ok(body) = to_bytes(body, MAX_BODY_BYTES).await else {
        return (StatusCode::PAYLOAD_TOO_LARGE, "DynamoDB takes 16 MB at most").into_response();
    };
    let target = head.headers.get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
    match gate.send(target, &head.headers, body.clone()).await {
        Ok(response) => {
            if target == CREATE && response.status() == StatusCode::OK {
                gate.wait_for_table(&body).await;
            }
            response.map(Body::from)
        }
        Err(reason) => Infra::WentAway { url: gate.endpoint.clone(), reason }.abort(),
    }
}

impl Gate {
    async fn send(&self, target: &str, headers: &HeaderMap, body: Bytes) -> Result<Response<Bytes>, String> {
        let mut request = Request::builder().method("POST").uri(format!("{}/", self.endpoint));
        request = request.header("x-amz-target", target).header("content-type", "application/x-amz-json-1.0");
        // The SDK's checks of what it has sent and got hold beyond the gate too.
        for name in ["amz-sdk-invocation-id", "amz-sdk-request"] {
            if let Some(value) = headers.get(name) {
                request = request.header(name, value);
            }
        }
        let mut request = request.body(SdkBody::from(body.clone())).map_err(|error| chain(&error))?;
        self.sign(&mut request, &body).await?;
        let request =
            request.try_into().map_err(|error: aws_smithy_runtime_api::http::HttpError| chain(&error))?;
        let response = self.connector.call(request).await.map_err(|error| chain(&error))?;
        let status = response.status().as_u16();
        let crc = response.headers().get("x-amz-crc32").map(str::to_owned);
        let body = ByteStream::new(response.into_body()).collect().await.map_err(|error| chain(&error))?;
        let mut reply =
            Response::builder().status(status).header("content-type", "application/x-amz-json-1.0");
        if let Some(crc) = crc {
            reply = reply.header("x-amz-crc32", crc);
        }
        reply.body(body.into_bytes()).map_err(|error| chain(&error))
    }

    async fn sign(&self, request: &mut Request<SdkBody>, body: &[u8]) -> Result<(), String> {
        let identity = self.credentials.provide_credentials().await.map_err(|error| chain(&error))?.into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name("dynamodb")
            .time(SystemTime::now())
            .settings(SigningSettings::default())
            .build()
            .map_err(|error| chain(&error))?
            .into();
        let uri = request.uri().to_string();
        let headers =
            request.headers().iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
        let signable = SignableRequest::new("POST", uri, headers, SignableBody::Bytes(body));
        let signed =
            sign(signable.map_err(|error| chain(&error))?, &parameters).map_err(|error| chain(&error))?;
        signed.into_parts().0.apply_to_request_http1x(request);
        Ok(())
    }

    /// Returns when the table that `create` asked for can be used, or has taken too long: then the test will say so.
    async fn wait_for_table(&self, create: &[u8]) {
        let Ok(Value::Object(create)) = serde_json::from_slice(create) else { return };
        let Some(name) = create.get("TableName") else { return };
        let describe = Bytes::from(serde_json::json!({ "TableName": name }).to_string());
        let started = Instant::now();
        while started.elapsed() < TABLE_LIMIT {
            let reply = self.send(DESCRIBE, &HeaderMap::new(), describe.clone()).await;
            let table: Option<Value> = reply.ok().and_then(|reply| serde_json::from_slice(reply.body()).ok());
            if table.is_some_and(|table| table["Table"]["TableStatus"] == "ACTIVE") {
                return;
            }
            tokio::time::sleep(POLL).await;
        }
    }
}

/// An error with its causes.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    aws_sdk_dynamodb::error::DisplayErrorContext(error).to_string()
}
