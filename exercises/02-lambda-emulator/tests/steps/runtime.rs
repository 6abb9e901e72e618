//! Functions that speak the Runtime API by hand, and break its rules.

use std::convert::Infallible;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use lab::{Http, Reply, Seed};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::marks::Marks;
use super::shown;

const NEXT: &str = "/2018-06-01/runtime/invocation/next";
const FOREVER: Duration = Duration::from_hours(1);
/// How long a runtime waits for an answer that must not come.
const A_WHILE: Duration = Duration::from_millis(300);
const A_LOOK: Duration = Duration::from_millis(20);

/// How long it waits for one that must: on a slow machine too, and not so long that its caller gives up.
const AN_ANSWER: Duration = Duration::from_secs(3);

struct Runtime {
    address: String,
    http: Http,
}

impl Runtime {
    fn new() -> Self {
        let address = lab::inside::variable("AWS_LAMBDA_RUNTIME_API");
        let http = Http::new(&address).limit(FOREVER);
        Self { address, http }
    }

    async fn next(&self) -> Reply {
        self.http.get(NEXT).await
    }

    async fn error(&self, request_id: &str, attempt_id: Option<&str>, report: impl Into<Vec<u8>>) -> Reply {
        let headers: Vec<(&str, &str)> =
            attempt_id.map(|id| ("lambda-runtime-invocation-id", id)).into_iter().collect();
        self.http.post(&path(request_id, "error"), &headers, report).await
    }

    async fn response(&self, request_id: &str, attempt_id: Option<&str>, body: impl Into<Vec<u8>>) -> Reply {
        let headers: Vec<(&str, &str)> =
            attempt_id.map(|id| ("lambda-runtime-invocation-id", id)).into_iter().collect();
        self.http.post(&path(request_id, "response"), &headers, body).await
    }

    /// Answers `invocation`, as it should be done.
    async fn answer(&self, invocation: &Reply, body: &Value) -> Reply {
        self.response(id(invocation), attempt(invocation), body.to_string()).await
    }
}

fn path(request_id: &str, what: &str) -> String {
    format!("/2018-06-01/runtime/invocation/{request_id}/{what}")
}

fn id(invocation: &Reply) -> &str {
    invocation.header("lambda-runtime-aws-request-id").unwrap_or("none")
}

fn attempt(invocation: &Reply) -> Option<&str> {
    invocation.header("lambda-runtime-invocation-id")
}

/// Answers with the headers that came with the invocation, HTTP's own left out.
pub async fn headers() {
    let runtime = Runtime::new();
    loop {
        let invocation = runtime.next().await;
        let of_runtime = |(name, _): &(&String, &String)| name.starts_with("lambda-runtime-");
        let headers: Value =
            invocation.headers.iter().filter(of_runtime).map(|(n, v)| (n.clone(), json!(v))).collect();
        runtime.answer(&invocation, &headers).await;
    }
}

/// A runtime from before attempts had ids: it answers without one. Its answer is the event as it came, byte for byte; or
/// what the event has as `answer`; or the text of a batch's first message.
pub async fn old() {
    let runtime = Runtime::new();
    loop {
        let invocation = runtime.next().await;
        let event = invocation.json();
        let answer = event["answer"].as_str().or(event["Records"][0]["body"].as_str());
        let answer = answer.map_or_else(|| invocation.payload.clone(), |answer| answer.as_bytes().to_vec());
        runtime.response(id(&invocation), None, answer).await;
    }
}

/// Answers before it has asked, for another request, for another attempt, rightly, once more, and after it has asked
/// again; marks what it was told each time.
pub async fn strict() {
    let (runtime, marks) = (Runtime::new(), Marks::open());
    let other = "00000000-0000-4000-8000-000000000000";
    let reply = runtime.response(other, None, r#""an answer to nothing""#).await;
    marks.put("told:0 an answer before it has asked", &shown::told_runtime(&reply)).await;
    let invocation = runtime.next().await;
    let (id, attempt) = (id(&invocation), attempt(&invocation));
    let early = Http::new(&runtime.address).limit(AN_ANSWER).get(NEXT).await;
    marks.put("told:1 next, before it has answered", &shown::told_runtime(&early)).await;
    let reply = runtime.response(other, attempt, r#""another request's answer""#).await;
    marks.put("told:2 an answer to another request", &shown::told_runtime(&reply)).await;
    let reply = runtime.response(id, Some(other), r#""another attempt's answer""#).await;
    marks.put("told:3 an answer of another attempt", &shown::told_runtime(&reply)).await;
    let reply = runtime.response(id, attempt, invocation.payload.clone()).await;
    marks.put("told:4 an answer of its own", &shown::told_runtime(&reply)).await;
    let reply = runtime.response(id, attempt, r#""a second answer""#).await;
    marks.put("told:5 a second answer", &shown::told_runtime(&reply)).await;
    let reply = runtime.response(other, None, r#""another request's answer""#).await;
    marks.put("told:6 then an answer to another request", &shown::told_runtime(&reply)).await;
    let waiting = Http::new(&runtime.address).limit(FOREVER);
    let mut again = std::pin::pin!(waiting.get(NEXT));
    if let Ok(again) = tokio::time::timeout(A_WHILE, &mut again).await {
        marks.put("told:7 next, after it has answered", &shown::told_runtime(&again)).await;
    }
    let late = async || runtime.response(id, attempt, r#""an answer that is late""#).await;
    let told = async {
        let given_up = Instant::now() + AN_ANSWER;
        let mut reply = late().await;
        // It may be there before the question is: then it is one answer too many, and not yet an unknown one.
        while reply.status == 403 && Instant::now() < given_up {
            tokio::time::sleep(A_LOOK).await;
            reply = late().await;
        }
        marks.put("told:8 asked again, and answered once more", &shown::told_runtime(&reply)).await;
        std::future::pending::<()>().await;
    };
    // Whatever comes next, this runtime has nothing more to do.
    tokio::select! {
        () = told => {}
        _ = &mut again => std::future::pending().await,
    }
}

/// Answers, asks for the next invocation, and marks what came within a while.
pub async fn patient() {
    let (runtime, marks) = (Runtime::new(), Marks::open());
    let invocation = runtime.next().await;
    runtime.answer(&invocation, &invocation.json()).await;
    let next = Http::new(&runtime.address).limit(A_WHILE).get(NEXT).await;
    let told =
        if next.arrived() { format!("answered with {}", next.status) } else { "no answer, it waits".into() };
    marks.put("told:next", &told).await;
    runtime.next().await;
}

/// Answers with as many bytes as the event says, and marks what it was told.
pub async fn big() {
    let (runtime, marks) = (Runtime::new(), Marks::open());
    loop {
        let invocation = runtime.next().await;
        if invocation.status != 200 {
            marks.put("told:next, afterwards", &shown::told_runtime(&invocation)).await;
            // An end would be an answer to whoever still waits.
            std::future::pending::<()>().await;
        }
        let bytes =
            usize::try_from(invocation.json()["bytes"].as_u64().unwrap_or_default()).unwrap_or_default();
        let body = format!("\"{}\"", "x".repeat(bytes.saturating_sub(2)));
        let reply = runtime.response(id(&invocation), attempt(&invocation), body).await;
        marks.put(&format!("told:{bytes} bytes"), &shown::told_runtime(&reply)).await;
    }
}

/// Reports a failure: the event has the `body`, and `type` for the header.
pub async fn report() {
    let runtime = Runtime::new();
    loop {
        let invocation = runtime.next().await;
        let event = invocation.json();
        let mut headers = Vec::new();
        headers.extend(event["type"].as_str().map(|kind| ("lambda-runtime-function-error-type", kind)));
        let body = event["body"].as_str().unwrap_or_default();
        runtime.http.post(&path(id(&invocation), "error"), &headers, body).await;
    }
}

/// Says that its Init has failed when that is over, reports a failure of another attempt, one that is too long, one
/// without a type, and another; marks what it was told each time.
pub async fn strict_report() {
    let (runtime, marks) = (Runtime::new(), Marks::open());
    let invocation = runtime.next().await;
    let (id, attempt) = (id(&invocation), attempt(&invocation));
    let report = json!({ "errorMessage": invocation.json()["message"] }).to_string();
    let reply = runtime.http.post("/2018-06-01/runtime/init/error", &[], report.clone()).await;
    marks.put("told:0 Init has failed, when it is over", &shown::told_runtime(&reply)).await;
    let other = "00000000-0000-4000-8000-000000000000";
    let reply = runtime.error(id, Some(other), r#"{"errorMessage":"another attempt's"}"#).await;
    marks.put("told:1 an error of another attempt", &shown::told_runtime(&reply)).await;
    let long = format!(r#"{{"errorMessage":"{}"}}"#, "x".repeat(256 * 1024));
    let reply = runtime.error(id, attempt, long).await;
    marks.put("told:2 an error of more than 256 KB", &shown::told_runtime(&reply)).await;
    let reply = runtime.error(id, attempt, report.clone()).await;
    marks.put("told:3 an error of its own, without a type", &shown::told_runtime(&reply)).await;
    let reply = runtime.error(id, attempt, report).await;
    marks.put("told:4 a second one", &shown::told_runtime(&reply)).await;
    runtime.next().await;
}

/// Reports that its Init has failed, with what it finds in the mark `because`.
pub async fn init_error() -> ExitCode {
    let runtime = Runtime::new();
    let because = super::marks::only("because").await;
    let error =
        json!({ "errorType": "Config.Missing", "errorMessage": because, "stackTrace": ["main.rs:7"] });
    let headers = [("lambda-runtime-function-error-type", "Config.Missing")];
    runtime.http.post("/2018-06-01/runtime/init/error", &headers, error.to_string()).await;
    ExitCode::FAILURE
}

/// As `init_error`, after its N-th environment has marked `init:N` and waited for `open-init:N`.
pub async fn init_error_later() -> ExitCode {
    Marks::open().init().await;
    init_error().await
}

/// Panics before it has asked for an invocation.
pub fn panic_in_init() -> std::future::Ready<()> {
    panic!("there is no stamp")
}

/// Ends with the exit code that the event has, in place of an answer.
pub async fn exit() -> Infallible {
    let invocation = Runtime::new().next().await;
    let code = invocation.json()["code"].as_i64().and_then(|code| i32::try_from(code).ok());
    std::process::exit(code.unwrap_or_default())
}

/// An exit code for [`exit`]: neither 0 nor 1, nor the one by which a process of a lab says that the lab has failed.
pub fn exit_code(seed: &Seed) -> u64 {
    match seed.number(2..=99) {
        75 => 76,
        code => code,
    }
}

/// Ends as if all were well, in place of an answer.
pub async fn leave() {
    Runtime::new().next().await;
}

/// Streams the event's `chunks`, with a wait for `open:NAME` after the first, and then `more` chunks of 64 KB. With
/// `late` it then fails with that type, and with `breaks` it ends in the middle. Marks as `told:NAME` what it was told.
pub async fn stream() -> std::io::Result<()> {
    let (runtime, marks) = (Runtime::new(), Marks::open());
    loop {
        let invocation = runtime.next().await;
        let event = invocation.json();
        let name = event["name"].as_str().unwrap_or_default();
        let head = format!(
            "POST {} HTTP/1.1\r\nhost: {}\r\ncontent-type: text/plain\r\ntransfer-encoding: chunked\r\n\
             lambda-runtime-function-response-mode: streaming\r\nlambda-runtime-invocation-id: {}\r\n\
             trailer: Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body\r\nconnection: close\r\n\r\n",
            path(id(&invocation), "response"),
            runtime.address,
            attempt(&invocation).unwrap_or_default(),
        );
        let mut connection = TcpStream::connect(&runtime.address).await?;
        connection.write_all(head.as_bytes()).await?;
        for (position, chunk) in event["chunks"].as_array().into_iter().flatten().enumerate() {
            let chunk = chunk.as_str().unwrap_or_default();
            connection.write_all(format!("{:x}\r\n{chunk}\r\n", chunk.len()).as_bytes()).await?;
            if position == 0 {
                marks.put(&format!("arrived:{name}"), "").await;
                marks.wait(&format!("open:{name}")).await;
            }
        }
        for _ in 0..event["more"].as_u64().unwrap_or_default() {
            let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
            if let Err(error) = connection.write_all(chunk.as_bytes()).await {
                marks.put(&format!("told:{name}"), &format!("nothing: {}", error.kind())).await;
                return Ok(());
            }
        }
        if event["breaks"] == json!(true) {
            // The body breaks off first, and whoever reads it has seen that before the process ends.
            connection.shutdown().await?;
            let _ =
                tokio::time::timeout(Duration::from_secs(5), connection.read_to_end(&mut Vec::new())).await;
            std::process::exit(1);
        }
        connection.write_all(b"0\r\n").await?;
        if let Some(kind) = event["late"].as_str() {
            let body = json!({ "errorMessage": format!("{name} broke off"), "errorType": kind }).to_string();
            let body = BASE64_STANDARD.encode(body);
            let trailers = format!(
                "lambda-runtime-function-error-type: {kind}\r\nlambda-runtime-function-error-body: {body}\r\n"
            );
            connection.write_all(trailers.as_bytes()).await?;
        }
        connection.write_all(b"\r\n").await?;
        let mut reply = Vec::new();
        connection.read_to_end(&mut reply).await?;
        let status = String::from_utf8_lossy(&reply).split(' ').nth(1).unwrap_or("nothing").to_owned();
        marks.put(&format!("told:{name}"), &status).await;
    }
}
