//! Cargo: how it is started, and what its messages say.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use lab_manifest::workspace;
use serde::Deserialize;

/// Where the system looks for shared libraries; cargo sets it for what it runs.
pub const LIBRARY_PATH: &str = if cfg!(target_os = "macos") {
    "DYLD_FALLBACK_LIBRARY_PATH"
} else if cfg!(windows) {
    "PATH"
} else {
    "LD_LIBRARY_PATH"
};
/// Columns that cargo may draw its progress in: enough for the figures, whatever the terminal.
const PROGRESS_COLUMNS: u32 = 100;

/// The cargo that runs this, or else the one on the path.
pub fn program() -> String {
    std::env::var("CARGO").unwrap_or_else(|_| "cargo".into())
}

/// Cargo, in the course's root.
pub fn command(root: &Path) -> Command {
    clean(Command::new(program()), root)
}

/// Cargo at a low priority, where the system has `nice`: reading comes first.
pub fn background(root: &Path) -> Command {
    if cfg!(unix) && on_path("nice") {
        let mut command = Command::new("nice");
        command.args(["-n", "15", &program()]);
        clean(command, root)
    } else {
        command(root)
    }
}

/// Makes cargo report in JSON on its standard output and count what it builds on its standard error.
pub fn report(command: &mut Command) -> &mut Command {
    command
        .arg("--message-format=json")
        .args(["--config", "term.progress.when='always'"])
        .args(["--config", &format!("term.progress.width={PROGRESS_COLUMNS}")])
        .args(["--color", "never"])
}

/// Whether `program` is on the path.
pub fn on_path(program: &str) -> bool {
    std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join(program).is_file()))
}

/// The path on which a program that cargo built in `target` finds its shared libraries: beside it, and Rust's own.
pub fn libraries(root: &Path, target: &Path) -> std::io::Result<OsString> {
    static RUST: OnceLock<PathBuf> = OnceLock::new();
    if RUST.get().is_none() {
        let mut command = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
        let asked = command.current_dir(root).args(["--print", "target-libdir"]).output()?;
        let _ = RUST.set(PathBuf::from(String::from_utf8_lossy(&asked.stdout).trim()));
    }
    let rust = RUST.get().expect("it was set above, or by another thread").clone();
    let mut folders = vec![target.join("debug/deps"), target.join("debug"), rust];
    folders.extend(std::env::var_os(LIBRARY_PATH).iter().flat_map(std::env::split_paths));
    Ok(std::env::join_paths(folders).unwrap_or_default())
}

fn clean(mut command: Command, root: &Path) -> Command {
    for (name, _) in std::env::vars_os() {
        if workspace::is_cargos(&name.to_string_lossy()) {
            command.env_remove(&name);
        }
    }
    command.current_dir(root);
    command
}

/// What a line of cargo's output says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// So many of so many units are built.
    Built {
        /// Units that are done.
        done: u32,
        /// All units.
        total: u32,
        /// The packages that are being built, as cargo lists them.
        now: String,
    },
    /// Another cargo has the build folder.
    Waiting,
    /// The compiler refused something.
    Error(CompileError),
    /// The compiler warned.
    Warning(CompileError),
    /// The build has ended.
    Finished {
        /// Whether everything was built.
        success: bool,
    },
}

/// What the compiler said, at the first place that it points at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompileError {
    /// The package's name.
    pub package: String,
    /// The message, a line.
    pub message: String,
    /// `file:line` from the course's root, where it points at one.
    pub place: Option<String>,
    /// As the compiler prints it, without colors.
    pub rendered: String,
}

#[derive(Deserialize)]
struct Raw {
    reason: String,
    package_id: Option<String>,
    success: Option<bool>,
    message: Option<RawDiagnostic>,
}

#[derive(Deserialize)]
struct RawDiagnostic {
    level: String,
    message: String,
    rendered: Option<String>,
    #[serde(default)]
    spans: Vec<RawSpan>,
}

#[derive(Deserialize)]
struct RawSpan {
    file_name: String,
    line_start: u32,
    is_primary: bool,
}

/// Reads a line of cargo's standard output; `None` where it is not cargo's (a test's own print) or says nothing.
pub fn message(line: &str) -> Option<Message> {
    if !line.starts_with("{\"reason\":") {
        return None;
    }
    let raw: Raw = serde_json::from_str(line).ok()?;
    match raw.reason.as_str() {
        "build-finished" => Some(Message::Finished { success: raw.success? }),
        "compiler-message" => {
            let diagnostic = raw.message?;
            let level = diagnostic.level.clone();
            let error = compile_error(raw.package_id.as_deref().unwrap_or_default(), diagnostic);
            match level.as_str() {
                // "aborting due to 2 previous errors" points nowhere and says nothing.
                "error" if !error.message.starts_with("aborting due to") => Some(Message::Error(error)),
                "warning" if error.place.is_some() => Some(Message::Warning(error)),
                _ => None,
            }
        }
        _ => None,
    }
}

/// A program that cargo has built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Executable {
    /// The program.
    pub file: PathBuf,
    /// The folder of its package.
    pub package: PathBuf,
}

/// The program that a line of cargo's standard output says was built, or was fresh.
pub fn executable(line: &str) -> Option<Executable> {
    let message: serde_json::Value = serde_json::from_str(line).ok()?;
    let file = message["executable"].as_str().map(PathBuf::from)?;
    let package = Path::new(message["manifest_path"].as_str()?).parent()?.to_owned();
    Some(Executable { file, package })
}

/// Reads a line of cargo's standard error.
pub fn progress(line: &str) -> Option<Message> {
    let line = line.trim();
    if line.starts_with("Blocking waiting for file lock") {
        return Some(Message::Waiting);
    }
    let (_, figures) = line.strip_prefix("Building [")?.split_once(']')?;
    let (figures, now) = figures.trim().split_once(':').unwrap_or((figures.trim(), ""));
    let (done, total) = figures.split_once('/')?;
    Some(Message::Built {
        done: done.trim().parse().ok()?,
        total: total.trim().parse().ok()?,
        now: now.trim().into(),
    })
}

fn compile_error(package_id: &str, diagnostic: RawDiagnostic) -> CompileError {
    let place = diagnostic
        .spans
        .iter()
        .find(|span| span.is_primary)
        .map(|span| format!("{}:{}", span.file_name.replace('\\', "/"), span.line_start));
    CompileError {
        package: package_name(package_id),
        message: diagnostic.message,
        place,
        rendered: diagnostic.rendered.unwrap_or_default(),
    }
}

/// The name in a package id: `path+file:///x/exercises/01-a#exercise-1@0.1.0`, `registry+https://…#serde@1.0.0`,
/// or `path+file:///x/pt#0.0.0` where the folder has the package's name.
fn package_name(id: &str) -> String {
    let (source, fragment) = id.rsplit_once('#').unwrap_or(("", id));
    match fragment.split_once('@') {
        Some((name, _)) => name.to_owned(),
        None => source.rsplit('/').next().unwrap_or(fragment).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_counts_units() {
        let line = "    Building [=======>      ] 57/107: tokio, axum(build)   ";
        assert_eq!(
            progress(line),
            Some(Message::Built { done: 57, total: 107, now: "tokio, axum(build)".into() })
        );
        assert_eq!(progress("   Compiling tokio v1.0.0"), None);
        assert_eq!(progress("    Blocking waiting for file lock on build directory"), Some(Message::Waiting));
    }

    #[test]
    fn an_error_names_its_package_and_place() {
        let line = r#"{"reason":"compiler-message","package_id":"path+file:///c/exercises/01-a#exercise-1@0.1.0","message":{"level":"error","message":"mismatched types","rendered":"error: mismatched types\n","spans":[{"file_name":"exercises/01-a/src/lib.rs","line_start":7,"is_primary":true}]}}"#;
        let Some(Message::Error(error)) = message(line) else { panic!("no error in {line}") };
        assert_eq!(error.package, "exercise-1");
        assert_eq!(error.place.as_deref(), Some("exercises/01-a/src/lib.rs:7"));
    }

    #[test]
    fn what_a_test_prints_is_not_cargos() {
        assert_eq!(message("test step_1::a ... ok"), None);
        assert_eq!(message("{\"reason\":"), None);
        assert_eq!(
            message(r#"{"reason":"build-finished","success":false}"#),
            Some(Message::Finished { success: false })
        );
    }

    #[test]
    fn a_package_is_named_by_its_id() {
        assert_eq!(package_name("registry+https://example.org/index#serde@1.0.0"), "serde");
        assert_eq!(package_name("path+file:///tmp/pt#0.0.0"), "pt");
    }
}
