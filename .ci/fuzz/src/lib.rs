//! What the targets share: a folder that documents are written to, on a disk that is memory where there is one; and the
//! checks of the grader's parsers, which its own tests run too, on every seed and regression.

pub mod archives;
pub mod cells;
pub mod course_toml;
pub mod journal;
pub mod roster;
pub mod sources;

use std::path::Path;

/// A folder that lives as long as the process does.
pub fn folder() -> &'static Path {
    let memory = Path::new("/dev/shm");
    let folder = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
    Box::leak(folder.expect("a folder can be made").keep().into_boxed_path())
}

/// Writes a file, and its folders.
pub fn write(file: &Path, content: impl AsRef<[u8]>) {
    std::fs::create_dir_all(file.parent().expect("a file is in a folder")).expect("a folder can be made");
    std::fs::write(file, content).expect("a file can be written");
}

/// Parts of an input of more than one document.
pub fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split("\n---\n")
}
