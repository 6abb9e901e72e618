//! The program that starts the container, built where it has to be.

use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Output, Stdio};
use std::time::Duration;

use lab_docker::{Answer, PROGRAM, container_name};
use lab_manifest::workspace;
use serde::Deserialize;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::process::{ChildStderr, ChildStdout, Command};

use crate::Infra;
use crate::infra::tell;

/// Building it, at worst with all that it needs, and behind another cargo.
const BUILD_LIMIT: Duration = Duration::from_mins(5);

/// Runs it to its end. What it has to tell meanwhile is told at once.
pub(super) async fn run() -> Result<Answer, Infra> {
    let program = build().await?;
    let failed = |source| Infra::Spawn { program: program.clone(), source };
    let mut child = Command::new(&program)
        // It ends with its input, and that with this process.
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .map_err(failed)?;
    let _input = child.stdin.take();
    let Output { status, stdout, .. } = child.wait_with_output().await.map_err(failed)?;
    serde_json::from_slice(&stdout).map_err(|error| Infra::Container {
        container: container_name(),
        reason: format!("{PROGRAM} gave no answer, {status}: {error}"),
    })
}

async fn build() -> Result<String, Infra> {
    let failed = |reason: String| Infra::NotBuilt { package: PROGRAM, reason };
    let here = std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| ".".into(), PathBuf::from);
    let root =
        workspace::root(&here).ok_or_else(|| failed(format!("{} is not in the course", here.display())))?;
    match tokio::time::timeout(BUILD_LIMIT, built(cargo(&root))).await {
        Ok(Ok(Built { program: Some(program), status, .. })) if status.success() => Ok(program),
        Ok(Ok(Built { status, complaint, .. })) => {
            Err(failed(complaint.unwrap_or_else(|| status.to_string())))
        }
        Ok(Err(error)) => Err(failed(error.to_string())),
        Err(_) => Err(failed(format!("it was not there after {} s", BUILD_LIMIT.as_secs()))),
    }
}

fn cargo(root: &Path) -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["build", "--locked", "--package", PROGRAM, "--message-format=json", "--color=never"]);
    cargo.current_dir(root);
    // Where the test itself was built, so is this: nothing is built twice.
    let test = std::env::current_exe().unwrap_or_default();
    let profile = test.ancestors().find(|folder| folder.ends_with("debug") || folder.ends_with("release"));
    if let Some(target) = profile.and_then(Path::parent) {
        cargo.arg("--target-dir").arg(target);
    }
    for (name, _) in std::env::vars_os() {
        if workspace::is_cargos(&name.to_string_lossy()) {
            cargo.env_remove(&name);
        }
    }
    cargo.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    cargo
}

/// What came of a build.
struct Built {
    status: ExitStatus,
    program: Option<String>,
    complaint: Option<String>,
}

async fn built(mut cargo: Command) -> std::io::Result<Built> {
    let mut child = cargo.spawn()?;
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let (program, complaint) = tokio::try_join!(program_in(stdout), complaint_in(stderr))?;
    Ok(Built { status: child.wait().await?, program, complaint })
}

/// The program that cargo's messages name.
async fn program_in(stdout: Option<ChildStdout>) -> std::io::Result<Option<String>> {
    #[derive(Deserialize)]
    struct Message {
        executable: Option<String>,
    }
    let mut messages = String::new();
    if let Some(mut stdout) = stdout {
        stdout.read_to_string(&mut messages).await?;
    }
    let named = |line| serde_json::from_str::<Message>(line).ok()?.executable;
    Ok(messages.lines().find_map(named))
}

/// The first thing that cargo calls an error. What takes its time is told meanwhile, each once.
async fn complaint_in(stderr: Option<ChildStderr>) -> std::io::Result<Option<String>> {
    let Some(stderr) = stderr else { return Ok(None) };
    let mut lines = BufReader::new(stderr).lines();
    let (mut waiting, mut building, mut complaint) = (false, false, None);
    while let Some(line) = lines.next_line().await? {
        let line = line.trim();
        if line.starts_with("Blocking") && !std::mem::replace(&mut waiting, true) {
            tell("lab: waiting for another cargo in this folder …\n");
        }
        // The program itself, and what of ours it stands on, are built in a moment.
        let of_others = line.starts_with("Compiling") && !line.starts_with("Compiling lab-");
        if of_others && !std::mem::replace(&mut building, true) {
            tell("lab: building what starts DynamoDB Local, once; it takes half a minute or so …\n");
        }
        if let Some(error) = line.strip_prefix("error: ") {
            complaint.get_or_insert_with(|| error.to_owned());
        }
    }
    Ok(complaint)
}
