//! Starts DynamoDB Local in a container, or finds it running, and says where: an [`Answer`] on the standard output. What
//! it has to tell meanwhile goes to the standard error. It ends at the latest with its input.
//!
//! One container serves all test processes of this run and of the next. The start is guarded by a file lock: two
//! processes that make the same container at once would both fail but one. A container that was killed is started
//! again, with its data gone and on another port.

mod lock;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use lab_docker::{ANSWER_LIMIT, Address, Answer, IMAGE, LABEL, PORT, REPOSITORY, TAG, container_name};
use testcontainers::bollard::Docker;
use testcontainers::bollard::models::{HostConfig, PortBinding};
use testcontainers::core::IntoContainerPort as _;
use testcontainers::core::client::docker_client_instance;
use testcontainers::runners::AsyncRunner as _;
use testcontainers::{ContainerRequest, GenericImage, ImageExt as _, ReuseDirective};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// The image is 200 MB or so. Where there was a choice, nobody waits longer than this for it.
const PULL_LIMIT: Duration = Duration::from_mins(3);

/// First start: 2 to 3 s on an idle machine.
const START_LIMIT: Duration = Duration::from_mins(1);

/// How often a start is tried that collides with another one.
const TRIES: u32 = 5;

/// Between two looks at something that takes its time.
const POLL: Duration = Duration::from_millis(100);

#[tokio::main]
async fn main() -> ExitCode {
    std::thread::spawn(end_with_input);
    let answer = match start().await {
        Ok(url) => Answer::Runs { url },
        Err(answer) => answer,
    };
    let written = serde_json::to_writer(std::io::stdout(), &answer);
    if written.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Ends the process with its input: whoever asked is gone then, and is not to be outlived.
fn end_with_input() {
    let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
    std::process::exit(1);
}

/// The container's endpoint. An error is the answer that says why there is none.
async fn start() -> Result<String, Answer> {
    let docker = engine().await?;
    image(&docker).await?;
    let _lock =
        lock::acquire(START_LIMIT + PULL_LIMIT).await.map_err(|reason| Answer::NotStarted { reason })?;
    let mut trouble = String::new();
    for attempt in 0..TRIES {
        if attempt > 0 {
            tokio::time::sleep(POLL * (1 << attempt)).await;
        }
        match start_container(&docker).await {
            Ok(url) => return Ok(url),
            Err(reason) => trouble = reason,
        }
    }
    Err(Answer::NotStarted { reason: trouble })
}

async fn engine() -> Result<Docker, Answer> {
    let unreachable = |reason: String| Answer::NoEngine { reason };
    let docker = docker_client_instance().await.map_err(|error| unreachable(error.to_string()))?;
    match tokio::time::timeout(ANSWER_LIMIT, docker.ping()).await {
        Ok(Ok(_)) => Ok(docker),
        Ok(Err(error)) => Err(unreachable(reason(&error))),
        Err(_) => Err(unreachable(format!("no answer within {} ms", ANSWER_LIMIT.as_millis()))),
    }
}

async fn image(docker: &Docker) -> Result<(), Answer> {
    if docker.inspect_image(IMAGE).await.is_ok() {
        return Ok(());
    }
    eprintln!("lab: pulling {IMAGE}, once; it takes a minute or two …");
    match tokio::time::timeout(PULL_LIMIT, request().pull_image()).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => Err(Answer::NoImage { reason: reason(&error) }),
        Err(_) => Err(Answer::NoImage { reason: format!("not there after {} s", PULL_LIMIT.as_secs()) }),
    }
}

async fn start_container(docker: &Docker) -> Result<String, String> {
    let container = match request().start().await {
        Ok(container) => container,
        Err(error) => {
            let reason = reason(&error);
            if reason.contains("paused") {
                let _ = docker.unpause_container(&container_name()).await;
            }
            return Err(reason);
        }
    };
    let port = container.get_host_port_ipv4(PORT).await.map_err(|error| reason(&error))?;
    let host = container.get_host().await.map_err(|error| reason(&error))?.to_string();
    let host = if host == "localhost" { "127.0.0.1" } else { &host };
    let started = Instant::now();
    while !answers(host, port).await {
        if started.elapsed() > START_LIMIT {
            return Err(format!("it does not answer at {host}:{port} within {} s", START_LIMIT.as_secs()));
        }
        tokio::time::sleep(POLL).await;
    }
    Ok(format!("http://{host}:{port}"))
}

/// Whether the database answers there. Its first log line comes before it does, and its port is open before that.
async fn answers(host: &str, port: u16) -> bool {
    let ask = async {
        // An IPv6 host stands in brackets where a port follows, and nowhere else.
        let mut stream = TcpStream::connect((host.trim_matches(['[', ']']), port)).await?;
        stream.write_all(b"GET / HTTP/1.0\r\n\r\n").await?;
        let mut answer = [0; 5];
        stream.read_exact(&mut answer).await?;
        std::io::Result::Ok(&answer == b"HTTP/")
    };
    matches!(tokio::time::timeout(ANSWER_LIMIT, ask).await, Ok(Ok(true)))
}

fn request() -> ContainerRequest<GenericImage> {
    let request = GenericImage::new(REPOSITORY, TAG)
        .with_exposed_port(PORT.tcp())
        .with_container_name(container_name())
        .with_label(LABEL, "dynamodb")
        .with_cmd(["-jar", "DynamoDBLocal.jar", "-inMemory", "-sharedDb", "-disableTelemetry"])
        .with_startup_timeout(START_LIMIT)
        .with_reuse(ReuseDirective::Always);
    if Address::usual().is_elsewhere() { request } else { request.with_host_config_modifier(on_loopback) }
}

/// The database has no password: no other machine is to reach it.
fn on_loopback(host: &mut HostConfig) {
    let binding = PortBinding { host_ip: Some("127.0.0.1".into()), host_port: Some(String::new()) };
    host.publish_all_ports = Some(false);
    host.port_bindings = Some([(format!("{PORT}/tcp"), Some(vec![binding]))].into());
}

/// An error with its causes, on one line.
fn reason(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    text.lines().map(str::trim).collect::<Vec<_>>().join(" ")
}
