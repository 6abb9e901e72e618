//! The wire between a function and DynamoDB, that breaks when a test wants it to.
//!
//! The request that is to be lost is carried out, its answer never comes: to the function it looks as if DynamoDB were
//! slow, to the table as if the function had died.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use lab::Lab;
use solution_2::config::Function;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// A proxy in front of the lab's DynamoDB.
#[derive(Clone)]
pub struct Wire {
    upstream: String,
    address: String,
    answers: Arc<AtomicU32>,
    broken: Arc<watch::Sender<bool>>,
}

impl Wire {
    /// A wire that hands on `answers` answers and loses every one after them.
    pub async fn with(lab: &Lab, answers: u32) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port of this machine is free");
        let address = listener.local_addr().expect("a bound socket has an address").to_string();
        let upstream = lab.dynamodb_url().trim_start_matches("http://").trim_end_matches('/').to_owned();
        let broken = Arc::new(watch::Sender::new(false));
        let wire = Self { upstream, address, answers: Arc::new(AtomicU32::new(answers)), broken };
        let server = wire.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(server.clone().carry(stream));
            }
        });
        wire
    }

    /// The function reaches DynamoDB by this wire.
    pub fn between(&self, function: Function) -> Function {
        function.variable("AWS_ENDPOINT_URL_DYNAMODB", format!("http://{}", self.address))
    }

    /// Comes when an answer was lost.
    pub async fn broken(&self) {
        let _ = self.broken.subscribe().wait_for(|broken| *broken).await;
    }

    /// From now on every answer is handed on.
    pub fn mend(&self) {
        self.answers.store(u32::MAX, Ordering::SeqCst);
    }

    async fn carry(self, client: TcpStream) -> std::io::Result<()> {
        let mut client = BufReader::new(client);
        let mut upstream = BufReader::new(TcpStream::connect(&self.upstream).await?);
        loop {
            let request = message(&mut client).await?;
            upstream.write_all(&request).await?;
            let answer = message(&mut upstream).await?;
            let left = |left: u32| if left == u32::MAX { Some(left) } else { left.checked_sub(1) };
            if self.answers.fetch_update(Ordering::SeqCst, Ordering::SeqCst, left).is_err() {
                self.broken.send_replace(true);
                std::future::pending::<()>().await;
            }
            client.write_all(&answer).await?;
        }
    }
}

/// An HTTP message with a `content-length`, as DynamoDB's clients and servers send them.
async fn message(stream: &mut BufReader<TcpStream>) -> std::io::Result<Vec<u8>> {
    let mut message = Vec::new();
    let mut length = 0;
    loop {
        let begin = message.len();
        if stream.read_until(b'\n', &mut message).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        let line = String::from_utf8_lossy(&message[begin..]).trim().to_ascii_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().map_err(std::io::Error::other)?;
        }
        if line.is_empty() {
            break;
        }
    }
    let begin = message.len();
    message.resize(begin + length, 0);
    stream.read_exact(&mut message[begin..]).await?;
    Ok(message)
}
