//! The emulator's server, over a socket: every request gets one whole reply, and none that says the emulator broke.
#![no_main]

use std::net::SocketAddr;
use std::sync::LazyLock;
use std::time::Duration;

use futures::future::BoxFuture;
use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use solution_2::clock::SystemClock;
use solution_2::config::{Batch, Source, Trigger};
use solution_2::host::{Host, HostError, Process, Start};
use solution_2::{Config, Function, Services, serve};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;

/// A reply that takes longer never comes.
const LIMIT: Duration = Duration::from_secs(10);

#[derive(Arbitrary, Debug)]
enum Asked<'a> {
    Invoke {
        name: &'a str,
        kind: Option<Kind>,
        tail: bool,
        context: Option<&'a [u8]>,
        trace: Option<&'a [u8]>,
        body: Body<'a>,
    },
    Stream {
        name: Name<'a>,
        body: Body<'a>,
    },
    Trigger {
        name: Sender,
        body: Body<'a>,
    },
    Raw(&'a [u8]),
}

#[derive(Arbitrary, Debug)]
enum Name<'a> {
    Known,
    Off,
    Other(&'a str),
}

#[derive(Arbitrary, Debug)]
enum Kind {
    RequestResponse,
    Event,
    DryRun,
    #[expect(dead_code, reason = "its debugging form is what is sent")]
    Other(u8),
}

#[derive(Arbitrary, Debug)]
enum Sender {
    Bucket,
    Queue,
    Stream,
}

#[derive(Arbitrary, Debug)]
enum Body<'a> {
    Whole(&'a [u8]),
    Chunked(&'a [u8]),
    /// Says that it is longer than it is.
    Short(&'a [u8]),
}

/// A host on which nothing can be started.
struct Nowhere;

impl Host for Nowhere {
    fn start(&self, start: Start) -> BoxFuture<'_, Result<Process, HostError>> {
        Box::pin(std::future::ready(Err(HostError::Unknown(start.function))))
    }
}

static SERVER: LazyLock<(Runtime, SocketAddr)> = LazyLock::new(|| {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime can be made");
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).expect("a port is free");
    let address = listener.local_addr().expect("it is bound");
    let batch = Batch { report_item_failures: true, maximum_deliveries: 2 };
    let trigger = |name: &str, source| Trigger { name: name.into(), function: "greet".into(), source };
    let bucket = Source::Bucket {
        events: vec!["ObjectCreated:*".into()],
        prefix: String::new(),
        suffix: String::new(),
    };
    let config = Config::new([Function::new("greet"), Function::new("off").reserved_concurrency(0)])
        .trigger(trigger("bucket", bucket))
        .trigger(trigger("queue", Source::Queue { batch }))
        .trigger(trigger("stream", Source::Stream { batch }));
    runtime.spawn(async move {
        serve(listener, config, Services::new(Nowhere, SystemClock), std::future::pending()).await
    });
    (runtime, address)
});

impl Asked<'_> {
    fn bytes(&self) -> Vec<u8> {
        let (path, headers, body) = match self {
            Self::Raw(bytes) => return bytes.to_vec(),
            Self::Invoke { name, kind, tail, context, trace, body } => {
                let name = if name.is_empty() { "greet" } else { name };
                let mut headers = Vec::new();
                if let Some(kind) = kind {
                    header(&mut headers, "x-amz-invocation-type", format!("{kind:?}").as_bytes());
                }
                if *tail {
                    header(&mut headers, "x-amz-log-type", b"Tail");
                }
                for (name, value) in [("x-amz-client-context", context), ("x-amzn-trace-id", trace)] {
                    if let Some(value) = value {
                        header(&mut headers, name, value);
                    }
                }
                (format!("/2015-03-31/functions/{name}/invocations"), headers, body)
            }
            Self::Stream { name, body } => {
                let name = match name {
                    Name::Known => "greet",
                    Name::Off => "off",
                    Name::Other(name) => name,
                };
                (format!("/2021-11-15/functions/{name}/response-streaming-invocations"), Vec::new(), body)
            }
            Self::Trigger { name, body } => {
                (format!("/triggers/{}", format!("{name:?}").to_lowercase()), Vec::new(), body)
            }
        };
        let mut bytes =
            format!("POST {path} HTTP/1.1\r\nhost: emulator\r\nconnection: close\r\n").into_bytes();
        bytes.extend(headers);
        match body {
            Body::Whole(body) => {
                bytes.extend(format!("content-length: {}\r\n\r\n", body.len()).bytes());
                bytes.extend_from_slice(body);
            }
            Body::Chunked(body) => {
                bytes.extend(b"transfer-encoding: chunked\r\n\r\n");
                if !body.is_empty() {
                    bytes.extend(format!("{:x}\r\n", body.len()).bytes());
                    bytes.extend_from_slice(body);
                    bytes.extend(b"\r\n");
                }
                bytes.extend(b"0\r\n\r\n");
            }
            Body::Short(body) => {
                bytes.extend(format!("content-length: {}\r\n\r\n", body.len() + 1).bytes());
                bytes.extend_from_slice(body);
            }
        }
        bytes
    }

    /// Whether it is one request that has no way to be broken.
    fn is_whole(&self) -> bool {
        match self {
            Self::Invoke { name, context, trace, body, .. } => {
                let text =
                    |value: &Option<&[u8]>| value.is_none_or(|value| value.iter().all(u8::is_ascii_graphic));
                name.bytes().all(|byte| byte.is_ascii_alphanumeric())
                    && text(context)
                    && text(trace)
                    && body.is_whole()
            }
            Self::Stream { name: Name::Known | Name::Off, body } | Self::Trigger { body, .. } => {
                body.is_whole()
            }
            _ => false,
        }
    }
}

impl Body<'_> {
    fn is_whole(&self) -> bool {
        !matches!(self, Self::Short(_))
    }
}

fn header(headers: &mut Vec<u8>, name: &str, value: &[u8]) {
    headers.extend_from_slice(name.as_bytes());
    headers.extend(b": ");
    headers.extend_from_slice(value);
    headers.extend(b"\r\n");
}

async fn ask(address: SocketAddr, bytes: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).await.expect("the emulator listens");
    // It may refuse before everything is sent.
    let _ = stream.write_all(bytes).await;
    let _ = stream.shutdown().await;
    let mut reply = Vec::new();
    let _ = stream.read_to_end(&mut reply).await;
    reply
}

fuzz_target!(|asked: Asked<'_>| {
    let (runtime, address) = &*SERVER;
    let bytes = asked.bytes();
    let reply = runtime
        .block_on(async { tokio::time::timeout(LIMIT, ask(*address, &bytes)).await })
        .expect("a reply comes, or the connection ends");
    let status = reply.get(9..12).and_then(|status| std::str::from_utf8(status).ok());
    if asked.is_whole() {
        assert!(reply.starts_with(b"HTTP/1.1 "), "no reply");
    }
    if let Some(status) = status {
        assert!(
            !["500", "501"].contains(&status),
            "the emulator says that it broke: {}",
            String::from_utf8_lossy(&reply)
        );
    }
});
