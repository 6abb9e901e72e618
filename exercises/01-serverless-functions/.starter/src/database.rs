//! A DynamoDB client out of the environment, and what goes wrong with it. Given.
//!
//! DynamoDB is a service that a program reaches over HTTP. There is no connection to open and no session to close:
//! a [`Client`] is a pool of HTTP connections and the address to send requests to. Making one is cheap, its first
//! request is not (a connection, on AWS also TLS), so a client is worth keeping.
//!
//! A function is configured by environment variables. The address of DynamoDB is in `AWS_ENDPOINT_URL_DYNAMODB`, the
//! Region and the credentials are in the variables that Lambda sets for every function, and the name of each table is
//! in a variable of ours: the same code then runs against a test's tables and against the real ones.

use std::env;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{BehaviorVersion, Config, Credentials, Region};
use aws_sdk_dynamodb::error::{DisplayErrorContext, SdkError};
use lambda_runtime::Diagnostic;

/// What goes wrong between a function and its tables.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// The function is not configured: this environment variable is not set.
    #[error("the environment variable {0} is not set")]
    NotConfigured(&'static str),
    /// DynamoDB refused a request, or could not be reached.
    #[error("DynamoDB: {0}")]
    Request(String),
    /// An item lacks this attribute, or has it with another type.
    #[error("an item has no usable attribute {0}")]
    Attribute(&'static str),
}

impl DatabaseError {
    /// The error type that a caller sees.
    pub fn error_type(&self) -> &'static str {
        match self {
            Self::NotConfigured(_) => "Database.NotConfigured",
            Self::Request(_) => "Database.Request",
            Self::Attribute(_) => "Database.Attribute",
        }
    }
}

/// The SDK's own error prints as "service error" and keeps the reason among its sources: this keeps all of it.
impl<E, R> From<SdkError<E, R>> for DatabaseError
where
    E: std::error::Error + Send + Sync + 'static,
    R: std::fmt::Debug + Send + Sync + 'static,
{
    fn from(error: SdkError<E, R>) -> Self {
        Self::Request(DisplayErrorContext(&error).to_string())
    }
}

impl From<DatabaseError> for Diagnostic {
    fn from(error: DatabaseError) -> Self {
        Self { error_type: error.error_type().to_owned(), error_message: error.to_string() }
    }
}

/// A client for the DynamoDB that the environment describes.
///
/// It speaks plain HTTP, which is what DynamoDB on this machine speaks.
pub fn client() -> Result<Client, DatabaseError> {
    let credentials = Credentials::new(
        variable("AWS_ACCESS_KEY_ID")?,
        variable("AWS_SECRET_ACCESS_KEY")?,
        env::var("AWS_SESSION_TOKEN").ok(),
        None,
        "environment",
    );
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(variable("AWS_ENDPOINT_URL_DYNAMODB")?)
        .region(Region::new(variable("AWS_REGION")?))
        .credentials_provider(credentials)
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build();
    Ok(Client::from_conf(config))
}

/// The value of an environment variable, such as the name of a table.
pub fn variable(name: &'static str) -> Result<String, DatabaseError> {
    env::var(name).map_err(|_| DatabaseError::NotConfigured(name))
}
