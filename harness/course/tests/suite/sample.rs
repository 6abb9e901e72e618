//! A copy of the small course, which a test may change.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// The small course in a folder of its own, gone with the value.
pub struct Sample {
    folder: TempDir,
}

impl Sample {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/course"), folder.path());
        Self { folder }
    }

    pub fn root(&self) -> PathBuf {
        self.folder.path().canonicalize().unwrap()
    }

    pub fn book(&self) -> PathBuf {
        self.root().join("book")
    }

    /// Replaces `from` by `to` in a file, and fails where it is not there.
    pub fn edit(&self, file: &str, from: &str, to: &str) {
        let path = self.root().join(file);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{file} has no {from:?}");
        std::fs::write(path, text.replace(from, to)).unwrap();
    }

    pub fn remove(&self, file: &str) {
        std::fs::remove_file(self.root().join(file)).unwrap();
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}
