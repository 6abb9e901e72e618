//! What the targets share: a folder that documents are written to, on a disk that is memory where there is one.

use std::path::Path;

/// A folder that lives as long as the process does.
pub fn folder() -> &'static Path {
    let memory = Path::new("/dev/shm");
    let folder = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
    Box::leak(folder.expect("a folder can be made").keep().into_boxed_path())
}

/// Writes a file, and its folders.
pub fn write(file: &Path, content: &str) {
    std::fs::create_dir_all(file.parent().expect("a file is in a folder")).expect("a folder can be made");
    std::fs::write(file, content).expect("a file can be written");
}
