//! `load invoke ADDRESS CALLERS SECONDS`: callers that invoke `function` one after the other; prints how many
//! invocations a second were answered.
//! `load relay ADDRESS`: a bare HTTP ping-pong with the hops of an emulator, and nothing else of one.
//! `load function ADDRESS`: the other end of the relay: polls, and sends back what it got.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::SendRequest;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, oneshot};

type Failure = Box<dyn std::error::Error + Send + Sync>;

const PATH: &str = "/2015-03-31/functions/function/invocations";
const EVENT: &[u8] = br#"{"card": "a card of a hundred and ten bytes or so, which is what an event looks like in practice", "n": 1}"#;
const WARM_UP: Duration = Duration::from_secs(1);

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    // What measures is to take as little as it can of what is measured: one thread carries eight callers, and what has
    // no second thing to do is as fast as can be on one.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(run(arguments))
}

async fn run(arguments: Vec<String>) -> Result<(), Failure> {
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["invoke", address, callers, seconds] => invoke(address, callers.parse()?, seconds.parse()?).await,
        ["relay", address] => relay(address).await,
        ["function", address] => function(address).await,
        _ => Err("usage: load invoke ADDRESS CALLERS SECONDS | load relay ADDRESS | load function ADDRESS".into()),
    }
}

async fn connect(address: &str) -> Result<SendRequest<Full<Bytes>>, Failure> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let (sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    Ok(sender)
}

async fn send(
    sender: &mut SendRequest<Full<Bytes>>,
    method: Method,
    path: &str,
    body: Bytes,
) -> Result<(u16, Bytes), Failure> {
    let request = Request::builder().method(method).uri(path).header("host", "load").body(Full::new(body))?;
    sender.ready().await?;
    let reply = sender.send_request(request).await?;
    let status = reply.status().as_u16();
    Ok((status, reply.into_body().collect().await?.to_bytes()))
}

async fn invoke(address: &str, callers: usize, seconds: u64) -> Result<(), Failure> {
    let begin = Instant::now() + WARM_UP;
    let end = begin + Duration::from_secs(seconds);
    let mut tasks = Vec::new();
    for _ in 0..callers {
        let mut sender = connect(address).await?;
        tasks.push(tokio::spawn(async move {
            let mut answered = 0_u64;
            while Instant::now() < end {
                let (status, body) = send(&mut sender, Method::POST, PATH, Bytes::from_static(EVENT)).await?;
                if status != 200 || !body.windows(6).any(|window| window == b"a card") {
                    return Err(Failure::from(format!("status {status}: {}", String::from_utf8_lossy(&body))));
                }
                if Instant::now() >= begin {
                    answered += 1;
                }
            }
            Ok(answered)
        }));
    }
    let mut answered = 0;
    for task in tasks {
        answered += task.await??;
    }
    println!("{}", answered / seconds);
    Ok(())
}

/// Events that wait for the function, and the caller that waits for its answer.
#[derive(Default)]
struct Relay {
    waiting: Mutex<VecDeque<(Bytes, oneshot::Sender<Bytes>)>>,
    arrived: Notify,
    /// One function, one event at a time.
    caller: Mutex<Option<oneshot::Sender<Bytes>>>,
}

impl Relay {
    async fn answer(self: Arc<Self>, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
        let path = request.uri().path().to_owned();
        let body = request.into_body().collect().await.map(|body| body.to_bytes()).unwrap_or_default();
        let reply = match path.as_str() {
            "/next" => self.next().await,
            "/response" => {
                if let Some(caller) = self.caller.lock().expect("no holder panics").take() {
                    let _ = caller.send(body);
                }
                Bytes::new()
            }
            _ => {
                let (sender, receiver) = oneshot::channel();
                self.waiting.lock().expect("no holder panics").push_back((body, sender));
                self.arrived.notify_one();
                receiver.await.unwrap_or_default()
            }
        };
        Ok(Response::new(Full::new(reply)))
    }

    async fn next(&self) -> Bytes {
        loop {
            if let Some((event, caller)) = self.waiting.lock().expect("no holder panics").pop_front() {
                *self.caller.lock().expect("no holder panics") = Some(caller);
                return event;
            }
            self.arrived.notified().await;
        }
    }
}

async fn relay(address: &str) -> Result<(), Failure> {
    let listener = TcpListener::bind(address).await?;
    let relay = Arc::new(Relay::default());
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let relay = relay.clone();
        tokio::spawn(async move {
            let service = hyper::service::service_fn(move |request| relay.clone().answer(request));
            hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await
        });
    }
}

async fn function(address: &str) -> Result<(), Failure> {
    let mut sender = connect(address).await?;
    loop {
        let (_, event) = send(&mut sender, Method::GET, "/next", Bytes::new()).await?;
        send(&mut sender, Method::POST, "/response", event).await?;
    }
}
