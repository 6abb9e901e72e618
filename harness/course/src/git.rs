//! How git is asked.

use std::ffi::OsStr;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::failure::Failure;

/// A repository, by its work tree.
#[derive(Clone, Debug)]
pub struct Git {
    root: PathBuf,
    index: Option<PathBuf>,
}

impl Git {
    /// The repository that holds `root`, if git is there and `root` is the top of one.
    pub fn open(root: &Path) -> Result<Self, Failure> {
        let git = Self { root: root.to_owned(), index: None };
        let inside = git.ask(["rev-parse", "--show-prefix"]);
        match inside {
            Ok(prefix) if prefix.is_empty() => Ok(git),
            Ok(_) => Err(Failure::Git {
                message: "the course lies inside of another repository".into(),
                remedy: "clone the course into a folder of its own".into(),
            }),
            Err(Failure::Git { message, .. }) => Err(Failure::Git {
                message,
                remedy: "this command needs the course as `git clone` makes it, and git itself".into(),
            }),
            Err(other) => Err(other),
        }
    }

    /// The same repository with another index.
    #[must_use]
    pub fn with_index(&self, index: &Path) -> Self {
        Self { root: self.root.clone(), index: Some(index.to_owned()) }
    }

    /// Runs git and returns what it printed, without the last line break.
    pub fn ask<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Result<String, Failure> {
        let bytes = self.bytes(arguments)?;
        Ok(String::from_utf8_lossy(&bytes).trim_end_matches(['\n', '\r']).to_owned())
    }

    /// Runs git and returns what it printed.
    pub fn bytes<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Result<Vec<u8>, Failure> {
        let mut command = self.command();
        command.args(arguments);
        let shown = shown(&command);
        let output = command.output().map_err(|error| Failure::Git {
            message: format!("git could not be run: {error}"),
            remedy: "install git".into(),
        })?;
        if output.status.success() {
            return Ok(output.stdout);
        }
        Err(Failure::Git {
            message: format!("`{shown}` failed: {}", String::from_utf8_lossy(&output.stderr).trim()),
            remedy: "`git status` shows how the repository stands".into(),
        })
    }

    /// Runs git with `input` on its standard input and returns what it printed, without the last line break.
    pub fn feed<S: AsRef<OsStr>>(
        &self,
        arguments: impl IntoIterator<Item = S>,
        input: &[u8],
    ) -> Result<String, Failure> {
        let mut command = self.command();
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let shown = shown(&command);
        let failed = |message: String| Failure::Git {
            message: format!("`{shown}` failed: {message}"),
            remedy: "`git status` shows how the repository stands".into(),
        };
        let mut child = command.spawn().map_err(|error| failed(error.to_string()))?;
        let mut stdin = child.stdin.take().expect("it is piped");
        let input = input.to_owned();
        let writer = std::thread::spawn(move || stdin.write_all(&input));
        let output = child.wait_with_output().map_err(|error| failed(error.to_string()))?;
        let _ = writer.join();
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).trim_end_matches(['\n', '\r']).to_owned());
        }
        Err(failed(String::from_utf8_lossy(&output.stderr).trim().to_owned()))
    }

    /// Whether git agrees: its exit code is 0.
    pub fn holds<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> bool {
        self.bytes(arguments).is_ok()
    }

    fn command(&self) -> Command {
        let mut command = Command::new("git");
        command.current_dir(&self.root).stdin(Stdio::null()).env("GIT_TERMINAL_PROMPT", "0");
        // A hook or an alias may have set them for another repository.
        for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_PREFIX", "GIT_INDEX_FILE"] {
            command.env_remove(name);
        }
        if let Some(index) = &self.index {
            command.env("GIT_INDEX_FILE", index);
        }
        command
    }
}

fn shown(command: &Command) -> String {
    let arguments: Vec<_> = command.get_args().map(OsStr::to_string_lossy).collect();
    format!("git {}", arguments.join(" "))
}
