//! The clock that functions ask: time passes when a function's work takes time, and at no other moment.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::subject::clock::VARIABLE;
use lab::{Clock, Lab};
use solution_2::config::Function;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// A server in front of the lab's clock.
#[derive(Clone)]
pub struct Time {
    clock: Clock,
    address: String,
    deadline_ms: Arc<AtomicU64>,
    ahead_ms: Arc<AtomicU64>,
}

impl Time {
    /// Starts it. It ends with the test.
    pub async fn start(lab: &Lab) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port of this machine is free");
        let address = listener.local_addr().expect("a bound socket has an address").to_string();
        let (deadline_ms, ahead_ms) = (Arc::new(AtomicU64::new(u64::MAX)), Arc::default());
        let time = Self { clock: lab.clock(), address, deadline_ms, ahead_ms };
        let server = time.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(server.clone().answer(stream));
            }
        });
        time
    }

    /// The function asks this clock.
    pub fn told(&self, function: Function) -> Function {
        function.variable(VARIABLE, self.address.clone())
    }

    /// The invocation that comes next ends at the latest when `timeout` has passed from now.
    pub fn invocation_begins(&self, timeout: Duration) {
        let timeout_ms = u64::try_from(timeout.as_millis()).expect("a function's timeout is minutes at most");
        self.deadline_ms.store(self.clock.now_ms() + timeout_ms, Ordering::SeqCst);
    }

    /// From now on the function is told a time that is later than the one that deadlines are made from: as on a
    /// machine whose clock is ahead, or that was slow to hand on the event.
    pub fn is_ahead(&self, by: Duration) {
        let by_ms = u64::try_from(by.as_millis()).expect("a clock is ahead by seconds at most");
        self.ahead_ms.store(by_ms, Ordering::SeqCst);
    }

    async fn answer(self, stream: TcpStream) -> std::io::Result<()> {
        let mut stream = BufReader::new(stream);
        let mut question = String::new();
        stream.read_line(&mut question).await?;
        if let Some(ms) = question.trim().strip_prefix("pass ").and_then(|ms| ms.parse().ok()) {
            self.clock.advance(Duration::from_millis(ms));
            if self.clock.now_ms() >= self.deadline_ms.load(Ordering::SeqCst) {
                // Whoever works past the deadline does not come to see the end of it.
                std::future::pending::<()>().await;
            }
        }
        let now_ms = self.clock.now_ms() + self.ahead_ms.load(Ordering::SeqCst);
        stream.write_all(format!("{now_ms}\n").as_bytes()).await
    }
}
