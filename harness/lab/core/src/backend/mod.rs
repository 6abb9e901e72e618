//! Where DynamoDB comes from: one choice a process, by `DYNAMODB`.
//!
//! - `embedded`: a database in this process, a fresh one a lab
//! - `container`: DynamoDB Local, one container for all test processes
//! - `url`: any endpoint that speaks DynamoDB
//! - `aws`: the real service, feature `aws`

#[cfg(feature = "aws")]
mod aws;
mod container;
mod embedded;
mod url;

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::{RetryConfig, RetryPartition};
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{
    BehaviorVersion, Credentials, HttpClient, Region, StalledStreamProtectionConfig,
};
use lab_manifest::report::{self, Event};
use tokio::sync::Mutex;

use crate::infra::tell;
use crate::{Infra, host};

/// The variable that chooses.
pub(crate) const VARIABLE: &str = "DYNAMODB";

/// What every table's name begins with, so that a person sees whose it is.
pub(crate) const AWS_PREFIX: &str = "lab-";

/// The credentials and the region that local backends take.
pub(crate) const KEY: &str = "lab";
pub(crate) const REGION: &str = "us-east-1";

/// How long a client waits before it tries again the first time. The service's own clients wait for a second; nothing
/// in a lab is mended by waiting.
const FIRST_WAIT: Duration = Duration::from_millis(5);

/// A local backend that takes longer than this for one request is in trouble.
const REQUEST_LIMIT: Duration = Duration::from_secs(20);

/// A lab's own DynamoDB, or its part of a shared one.
#[derive(Debug)]
pub(crate) struct Database {
    /// Its endpoint, without a path.
    pub(crate) url: String,
    /// Whether tables outlive the lab, so that they have to be removed.
    pub(crate) shared: bool,
    /// Keeps an embedded database running.
    _embedded: Option<embedded::Embedded>,
}

/// The choice of this process.
#[derive(Clone, Debug)]
enum Backend {
    Embedded,
    Container(String),
    Url(String),
    /// The address of the gate to it.
    Aws(String),
}

/// A `Result`, so that every test of the process tells the same trouble.
static CHOSEN: Mutex<Option<Result<Backend, Arc<Infra>>>> = Mutex::const_new(None);

impl Database {
    /// The database of a new lab, on the backend that this process has chosen.
    pub(crate) async fn open() -> Result<Self, Arc<Infra>> {
        match chosen().await? {
            Backend::Embedded => {
                let embedded = embedded::Embedded::start().await.map_err(Arc::new)?;
                Ok(Self { url: embedded.url.clone(), shared: false, _embedded: Some(embedded) })
            }
            Backend::Container(url) | Backend::Url(url) | Backend::Aws(url) => {
                Ok(Self { url, shared: true, _embedded: None })
            }
        }
    }
}

/// What was chosen, at the first call. A container that was killed since is replaced.
async fn chosen() -> Result<Backend, Arc<Infra>> {
    let mut chosen = CHOSEN.lock().await;
    let backend = match chosen.take() {
        Some(Ok(Backend::Container(url))) if !container::answers(&url).await => {
            host::run(container::endpoint()).await.map(Backend::Container).map_err(Arc::new)
        }
        Some(known) => known,
        None => host::run(choose()).await.map_err(Arc::new),
    };
    chosen.insert(backend).clone()
}

async fn choose() -> Result<Backend, Infra> {
    let value = std::env::var(VARIABLE).unwrap_or_default();
    let (backend, why) = match value.trim() {
        "" | "auto" => match container::endpoint().await {
            Ok(url) => (Backend::Container(url), None),
            Err(infra) => {
                tell(&format!("lab: DynamoDB is the embedded one, because {infra}\n"));
                (Backend::Embedded, Some(infra.to_string()))
            }
        },
        "embedded" => (Backend::Embedded, None),
        "container" => (Backend::Container(container::endpoint().await?), None),
        "aws" => (Backend::Aws(aws().await?), None),
        address if address.starts_with("http://") => (Backend::Url(url::reachable(address).await?), None),
        other => return Err(Infra::UnknownBackend { value: other.to_owned() }),
    };
    let name = match backend {
        Backend::Embedded => "embedded",
        Backend::Container(_) => "container",
        Backend::Url(_) => "url",
        Backend::Aws(_) => "aws",
    };
    if let Some(file) = std::env::var_os(report::REPORT) {
        let _ = report::append(file.as_ref(), &Event::Backend { name: name.into(), why });
    }
    Ok(backend)
}

#[cfg(feature = "aws")]
async fn aws() -> Result<String, Infra> {
    aws::gate().await
}

#[cfg(not(feature = "aws"))]
#[expect(clippy::unused_async, reason = "as with the feature")]
async fn aws() -> Result<String, Infra> {
    Err(Infra::NotBuiltIn)
}

/// A client of a local endpoint. Its connections live in the runtime that sends the first request.
pub(crate) fn client(url: &str) -> Client {
    client_through(url, aws_smithy_http_client::Builder::new().build_http())
}

/// The same with another HTTP client.
pub(crate) fn client_through(url: &str, http: impl HttpClient + 'static) -> Client {
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(url)
        .region(Region::new(REGION))
        .credentials_provider(Credentials::new(KEY, KEY, None, None, "lab"))
        .http_client(http)
        .retry_config(RetryConfig::standard().with_max_attempts(3).with_initial_backoff(FIRST_WAIT))
        // Clients of a process share what they may spend on retries. A test that never gives up would take them from others.
        .retry_partition(RetryPartition::custom("lab").build())
        // It would give up, after some seconds, on what the lab waits for to tell trouble of its own.
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .timeout_config(TimeoutConfig::builder().operation_attempt_timeout(REQUEST_LIMIT).build())
        .build();
    Client::from_conf(config)
}
