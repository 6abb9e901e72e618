//! DynamoDB Local in a container: one for all test processes of this run and of the next.
//!
//! Its name holds the version, because a reused container is found by its name alone. The start is guarded by a
//! file lock: two processes that make the same container at once would both fail but one. A container that was
//! killed is started again, with its data gone and on another port.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use testcontainers::bollard::Docker;
use testcontainers::bollard::models::{HostConfig, PortBinding};
use testcontainers::core::IntoContainerPort as _;
use testcontainers::core::client::docker_client_instance;
use testcontainers::runners::AsyncRunner as _;
use testcontainers::{ContainerRequest, GenericImage, ImageExt as _, ReuseDirective};

use crate::infra::tell;
use crate::{Http, Infra};

const IMAGE: &str = "amazon/dynamodb-local";

/// The newest that is known to agree with the snapshots; see the book's page on differences.
const TAG: &str = "3.3.1";

/// The label by which `cargo course clean` finds what is left.
const LABEL: &str = "serverless-from-scratch";

/// The port inside the container.
const PORT: u16 = 8000;

/// An engine that is there answers in milliseconds.
const PING_LIMIT: Duration = Duration::from_millis(1500);

/// The image is 200 MB or so. Where there was a choice, nobody waits longer than this for it.
const PULL_LIMIT: Duration = Duration::from_mins(3);

/// First start: 2 to 3 s on an idle machine.
const START_LIMIT: Duration = Duration::from_mins(1);

/// How often a start is tried that collides with another one.
const TRIES: u32 = 5;

/// Between two looks at something that takes its time.
const POLL: Duration = Duration::from_millis(100);

/// Ends the container's name, so that a drill has one of its own to kill.
const SUFFIX: &str = "LAB_CONTAINER_SUFFIX";

fn name() -> String {
    let suffix = std::env::var(SUFFIX).unwrap_or_default();
    format!("{LABEL}-dynamodb-{TAG}{suffix}")
}

/// Starts the container, or finds it running, and returns its endpoint.
pub(crate) async fn endpoint() -> Result<String, Infra> {
    let docker = engine().await?;
    image(&docker).await?;
    let _lock = lock().await?;
    let mut trouble = String::new();
    for attempt in 0..TRIES {
        if attempt > 0 {
            tokio::time::sleep(POLL * (1 << attempt)).await;
        }
        match start(&docker).await {
            Ok(url) => return Ok(url),
            Err(reason) => trouble = reason,
        }
    }
    Err(Infra::Container { container: name(), reason: trouble })
}

/// Whether the container still answers there.
pub(crate) async fn answers(url: &str) -> bool {
    // DynamoDB Local answers 400 to this when it is ready; its first log line comes earlier.
    Http::new(url).limit(PING_LIMIT).get("/").await.arrived()
}

async fn engine() -> Result<Docker, Infra> {
    let unreachable = |reason: String| Infra::NoEngine { reason };
    let docker = docker_client_instance().await.map_err(|error| unreachable(error.to_string()))?;
    match tokio::time::timeout(PING_LIMIT, docker.ping()).await {
        Ok(Ok(_)) => Ok(docker),
        Ok(Err(error)) => Err(unreachable(reason(&error))),
        Err(_) => Err(unreachable(format!("no answer within {} ms", PING_LIMIT.as_millis()))),
    }
}

async fn image(docker: &Docker) -> Result<(), Infra> {
    let image = format!("{IMAGE}:{TAG}");
    if docker.inspect_image(&image).await.is_ok() {
        return Ok(());
    }
    tell(&format!("lab: pulling {image}, once; it takes a minute or two …\n"));
    let pull = request().pull_image();
    match tokio::time::timeout(PULL_LIMIT, pull).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => Err(Infra::NoImage { image, reason: reason(&error) }),
        Err(_) => {
            Err(Infra::NoImage { image, reason: format!("not there after {} s", PULL_LIMIT.as_secs()) })
        }
    }
}

async fn start(docker: &Docker) -> Result<String, String> {
    let container = match request().start().await {
        Ok(container) => container,
        Err(error) => {
            let reason = reason(&error);
            if reason.contains("paused") {
                let _ = docker.unpause_container(&name()).await;
            }
            return Err(reason);
        }
    };
    let port = container.get_host_port_ipv4(PORT).await.map_err(|error| reason(&error))?;
    let host = container.get_host().await.map_err(|error| reason(&error))?.to_string();
    let host = if host == "localhost" { "127.0.0.1" } else { &host };
    let url = format!("http://{host}:{port}");
    let started = Instant::now();
    while !answers(&url).await {
        if started.elapsed() > START_LIMIT {
            return Err(format!("it does not answer at {url} within {} s", START_LIMIT.as_secs()));
        }
        tokio::time::sleep(POLL).await;
    }
    Ok(url)
}

fn request() -> ContainerRequest<GenericImage> {
    let request = GenericImage::new(IMAGE, TAG)
        .with_exposed_port(PORT.tcp())
        .with_container_name(name())
        .with_label(LABEL, "dynamodb")
        .with_cmd(["-jar", "DynamoDBLocal.jar", "-inMemory", "-sharedDb", "-disableTelemetry"])
        .with_startup_timeout(START_LIMIT)
        .with_reuse(ReuseDirective::Always);
    if engine_is_elsewhere() { request } else { request.with_host_config_modifier(on_loopback) }
}

/// The database has no password: no other machine is to reach it.
fn on_loopback(host: &mut HostConfig) {
    let binding = PortBinding { host_ip: Some("127.0.0.1".into()), host_port: Some(String::new()) };
    host.publish_all_ports = Some(false);
    host.port_bindings = Some([(format!("{PORT}/tcp"), Some(vec![binding]))].into());
}

/// Whether the engine's loopback is not ours: it is on another machine, or this process in a container.
fn engine_is_elsewhere() -> bool {
    let local = |host: String| host.starts_with("unix:") || host.starts_with("npipe:");
    !std::env::var("DOCKER_HOST").map_or(true, local) || Path::new("/.dockerenv").exists()
}

/// Held until it is dropped. Where no lock file can be had, the start is tried without.
async fn lock() -> Result<Option<File>, Infra> {
    let user = std::env::var("USER").or_else(|_| std::env::var("USERNAME")).unwrap_or_default();
    let path: PathBuf = std::env::temp_dir().join(format!("{}-{user}.lock", name()));
    let Ok(file) = File::options().create(true).truncate(false).write(true).open(&path) else {
        return Ok(None);
    };
    let started = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(Some(file)),
            Err(TryLockError::WouldBlock) if started.elapsed() < START_LIMIT + PULL_LIMIT => {
                tokio::time::sleep(POLL / 4).await;
            }
            Err(TryLockError::WouldBlock) => {
                let reason = format!("another process holds {} for too long", path.display());
                return Err(Infra::Container { container: name(), reason });
            }
            Err(TryLockError::Error(_)) => return Ok(None),
        }
    }
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
