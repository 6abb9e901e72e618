//! The course's own starter of an exercise, which a reader's work can always be compared with.
//!
//! A reader edits `exercises/NN-slug/src`, which git tracks, and may commit it: then `HEAD` is theirs. An archive or
//! a classroom's copy has no history of ours at all. So the course ships the starter a second time, in
//! `exercises/NN-slug/.starter/src`, which nothing compiles and nobody edits. `cargo course record` writes it,
//! `cargo course verify` refuses one that the starter has left behind; `reset`, `update`, the fourth level of a hint
//! and the gate on starters all read it here, and nowhere else.

use std::path::{Path, PathBuf};

use lab_manifest::exercise::Exercise;

use crate::failure::Failure;
use crate::file_tree::FileTree;

/// The folder beside `src` that holds the course's own copy of it.
pub const FOLDER: &str = ".starter";

/// The folder to read `src/…` of the starter in: the copy, or the exercise itself where there is no copy yet.
pub fn folder(exercise: &Exercise) -> PathBuf {
    let kept = exercise.folder.join(FOLDER);
    if kept.is_dir() { kept } else { exercise.folder.clone() }
}

/// The starter's files, named as `exercise.toml` names them: `src/lib.rs`.
pub fn files(exercise: &Exercise) -> Result<FileTree, Failure> {
    sources(&folder(exercise))
}

/// The reader's files, named the same way.
pub fn work(exercise: &Exercise) -> Result<FileTree, Failure> {
    sources(&exercise.folder)
}

/// The files below `src` of a package's folder, named from the package.
pub fn sources(package: &Path) -> Result<FileTree, Failure> {
    let tree = FileTree::read(&package.join("src"))?;
    Ok(FileTree(tree.0.into_iter().map(|(path, bytes)| (format!("src/{path}"), bytes)).collect()))
}

/// Takes the exercise as it is for the course's own. For authors; tells what was changed.
pub fn keep(exercise: &Exercise) -> Result<Vec<String>, Failure> {
    work(exercise)?.sync(&exercise.folder.join(FOLDER))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;
    use tempfile::tempdir;

    #[test]
    fn the_copy_outlives_the_readers_edits() {
        let scratch = tempdir().unwrap();
        let exercise = sample::exercise(scratch.path(), 1);
        keep(&exercise).unwrap();
        std::fs::write(exercise.folder.join("src/one.rs"), "mine\n").unwrap();
        assert_eq!(files(&exercise).unwrap().text("src/one.rs").unwrap(), sample::STARTER);
        assert_eq!(work(&exercise).unwrap().text("src/one.rs").unwrap(), "mine\n");
    }
}
