//! The program that starts the container, built where it has to be.

use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;

use lab_docker::Answer;
use lab_manifest::workspace;
use serde::Deserialize;
use tokio::process::Command;

use crate::Infra;
use crate::infra::tell;

const PACKAGE: &str = "lab-container";

/// A build that takes longer is told: it builds more than the program itself.
const UNTOLD: Duration = Duration::from_secs(1);

/// What cargo sets for a test, and must not reach a cargo that it starts: dependencies would be built again by it.
const OF_CARGO: [&str; 5] =
    ["CARGO_MANIFEST_DIR", "CARGO_MANIFEST_PATH", "CARGO_CRATE_NAME", "CARGO_PRIMARY_PACKAGE", "OUT_DIR"];

/// Runs it to its end. What it has to tell meanwhile is told at once.
pub(super) async fn run() -> Result<Answer, Infra> {
    let program = build().await?;
    let spawned = Command::new(&program)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .kill_on_drop(true)
        .spawn();
    let failed = |source| Infra::Spawn { program: program.clone(), source };
    let Output { status, stdout, .. } = spawned.map_err(failed)?.wait_with_output().await.map_err(failed)?;
    serde_json::from_slice(&stdout).map_err(|_| failed(std::io::Error::other(format!("no answer, {status}"))))
}

async fn build() -> Result<String, Infra> {
    let failed = |reason: String| Infra::NotBuilt { package: PACKAGE, reason };
    let here = std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| ".".into(), PathBuf::from);
    let root =
        workspace::root(&here).ok_or_else(|| failed(format!("{} is not in the course", here.display())))?;
    let mut cargo = cargo(&root);
    let mut built = std::pin::pin!(cargo.output());
    let output = if let Ok(output) = tokio::time::timeout(UNTOLD, &mut built).await {
        output
    } else {
        tell("lab: building what starts DynamoDB Local, once; it takes half a minute or so …\n");
        built.await
    };
    let Output { status, stdout, stderr } = output.map_err(|error| failed(error.to_string()))?;
    if status.success()
        && let Some(program) = String::from_utf8_lossy(&stdout).lines().find_map(executable)
    {
        return Ok(program);
    }
    let said = String::from_utf8_lossy(&stderr);
    let error = said.lines().find(|line| line.starts_with("error"));
    Err(failed(error.map_or_else(|| status.to_string(), str::to_owned)))
}

fn cargo(root: &Path) -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["build", "--locked", "--package", PACKAGE, "--message-format=json"]).current_dir(root);
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || OF_CARGO.contains(&&*text) {
            cargo.env_remove(&name);
        }
    }
    cargo.stdin(Stdio::null()).kill_on_drop(true);
    cargo
}

/// The program that a line of cargo's output names, if it names one.
fn executable(line: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Message {
        executable: Option<String>,
    }
    serde_json::from_str::<Message>(line).ok()?.executable
}
