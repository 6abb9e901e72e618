//! What time it is. Given.
//!
//! A function that reads the system's clock can only be tested by waiting. This one is told where its time comes from:
//! the system, or the address in `POSTCARDS_CLOCK`, where a test keeps a clock that moves when the test says so.

use std::env;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The environment variable with the address of a test's clock, such as `127.0.0.1:4000`.
pub const VARIABLE: &str = "POSTCARDS_CLOCK";

/// Where the time comes from.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The system.
    System,
    /// A test's clock at this address.
    Test(String),
}

impl Clock {
    /// The clock that the environment describes.
    pub fn from_environment() -> Self {
        env::var(VARIABLE).map_or(Self::System, Self::Test)
    }

    /// Milliseconds since 1970.
    pub async fn now_ms(&self) -> u64 {
        match self {
            Self::System => {
                let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is later than 1970");
                u64::try_from(now.as_millis()).expect("milliseconds fit for another 500 million years")
            }
            Self::Test(address) => ask(address, "now").await,
        }
    }

    /// Seconds since 1970, which is what DynamoDB's expiry wants.
    pub async fn now_seconds(&self) -> u64 {
        self.now_ms().await / 1_000
    }

    /// Returns when `duration` has passed: how work that takes time is made in this chapter.
    pub async fn pass(&self, duration: Duration) {
        match self {
            Self::System => tokio::time::sleep(duration).await,
            Self::Test(address) => {
                ask(address, &format!("pass {}", duration.as_millis())).await;
            }
        }
    }
}

/// One question, one number. A test's clock that does not answer is a defect of the test, so it panics.
async fn ask(address: &str, question: &str) -> u64 {
    let answer = async {
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(format!("{question}\n").as_bytes()).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        answer.trim().parse().map_err(std::io::Error::other)
    };
    answer.await.expect("the test's clock answers with a number")
}
