//! The newer course: fetched, and read without touching the reader's files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::course::Course;
use crate::failure::Failure;
use crate::git::Git;

/// A file in a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its mode, as git has it: `100644`.
    pub mode: String,
    /// Its blob.
    pub blob: String,
}

/// The files of a commit, by path.
pub type Files = BTreeMap<String, Entry>;

/// A commit of the course that the reader does not have yet.
#[derive(Debug)]
pub struct Newer {
    /// The commit.
    pub commit: String,
    /// Its title, for the reader.
    pub title: String,
    /// Its files.
    pub files: Files,
    /// The course in it, read from a copy.
    pub course: Course,
    /// The files of the commit that both sides come from; none where they have no history in common.
    pub base: Option<Files>,
    /// The copy, gone with this.
    _folder: tempfile::TempDir,
}

impl Newer {
    /// Fetches `branch` of `from`; `None` where the reader has it already.
    pub fn fetch(git: &Git, from: &str, branch: &str) -> Result<Option<Self>, Failure> {
        git.ask(["fetch", "--quiet", "--no-tags", from, branch]).map_err(|failure| match failure {
            Failure::Git { message, .. } => Failure::Git {
                message: format!("the newer course could not be fetched, and nothing was changed: {message}"),
                remedy: format!(
                    "see that there is a network and that `git ls-remote {from}` answers; --from names another place, \
                     a folder on this machine too"
                ),
            },
            other => other,
        })?;
        let commit = git.ask(["rev-parse", "FETCH_HEAD^{commit}"])?;
        if git.holds(["merge-base", "--is-ancestor", &commit, "HEAD"]) {
            return Ok(None);
        }
        let base = match git.ask(["merge-base", "HEAD", &commit]) {
            Ok(base) => Some(files(git, &base)?),
            Err(_) => None,
        };
        let folder = tempfile::tempdir().map_err(Failure::io("make", &std::env::temp_dir()))?;
        let root = export(git, &commit, folder.path())?;
        Ok(Some(Self {
            title: git.ask(["log", "-1", "--format=%h %s", &commit])?,
            files: files(git, &commit)?,
            course: Course::read(&root),
            commit,
            base,
            _folder: folder,
        }))
    }
}

/// The files of a commit.
pub fn files(git: &Git, commit: &str) -> Result<Files, Failure> {
    let listed = git.ask(["ls-tree", "-r", "-z", "--full-tree", commit])?;
    Ok(listed
        .split('\0')
        .filter_map(|line| {
            let (head, path) = line.split_once('\t')?;
            let mut head = head.split(' ');
            let (mode, _, blob) = (head.next()?, head.next()?, head.next()?);
            Some((path.to_owned(), Entry { mode: mode.to_owned(), blob: blob.to_owned() }))
        })
        .collect())
}

/// Writes the files of a commit to a folder.
fn export(git: &Git, commit: &str, folder: &Path) -> Result<PathBuf, Failure> {
    let index = git.with_index(&folder.join("index"));
    index.ask(["read-tree", commit])?;
    let root = folder.join("course");
    std::fs::create_dir(&root).map_err(Failure::io("make", &root))?;
    // The slash makes it a folder; git would take it for the beginning of names otherwise.
    index.ask(["checkout-index", "--all", "--quiet", &format!("--prefix={}/", root.display())])?;
    Ok(root)
}
