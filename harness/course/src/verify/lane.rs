//! Copies of an exercise's package in the overlay: one cargo builds several answers at once, each in a lane of its own.
//!
//! Cargo lets one build into a folder at a time, and a folder of one's own would have the whole lab built once more. The
//! copies differ from the exercise in their package's name alone.

use std::path::{Path, PathBuf};

use lab_manifest::exercise::Exercise;

use crate::file_tree::FileTree;

/// More of them would wait for the disk.
const LANES_AT_MOST: usize = 4;
/// Folders of an exercise that no build reads.
const UNREAD: [&str; 2] = [".starter/", "variants/"];

/// A package of the overlay that takes an exercise's sources.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lane {
    /// Such as `exercise-1`, or `exercise-1-copy-2`.
    pub package: String,
    /// Where it is.
    pub folder: PathBuf,
}

/// The numbers of an exercise's copies; the exercise itself is the first lane. Even one processor has something to do while
/// the compiler of another answer reads.
fn copies() -> impl Iterator<Item = usize> {
    2..=std::thread::available_parallelism().map_or(2, usize::from).clamp(2, LANES_AT_MOST)
}

/// The lanes of `exercise` in the overlay's folder of exercises, the exercise's own first.
pub fn lanes(exercise: &Exercise, exercises: &Path) -> Vec<Lane> {
    let (package, slug) = (exercise.package(), exercise.slug());
    let own = Lane { package: package.clone(), folder: exercises.join(slug) };
    let copy =
        |number| Lane { package: copied(&package, number), folder: exercises.join(copied(slug, number)) };
    std::iter::once(own).chain(copies().map(copy)).collect()
}

/// Adds the copies of `exercise` to `tree`, the folder of exercises.
pub fn add(exercise: &Exercise, tree: &mut FileTree) {
    let (package, slug) = (exercise.package(), exercise.slug());
    let own: Vec<(String, Vec<u8>)> = tree
        .0
        .iter()
        .filter_map(|(path, bytes)| {
            let path = path.strip_prefix(slug)?.strip_prefix('/')?;
            (!UNREAD.iter().any(|folder| path.starts_with(folder))).then(|| (path.to_owned(), bytes.clone()))
        })
        .collect();
    for number in copies() {
        for (path, bytes) in &own {
            let bytes = match (path.as_str(), std::str::from_utf8(bytes)) {
                ("Cargo.toml", Ok(text)) => manifest(text, &package, number).into_bytes(),
                _ => bytes.clone(),
            };
            tree.0.insert(format!("{}/{path}", copied(slug, number)), bytes);
        }
    }
}

/// The lock file `text`, the copies of `exercises` in it: cargo has nothing to resolve, and asks no registry.
pub fn lock<'a>(text: &str, exercises: impl Iterator<Item = &'a Exercise>) -> String {
    const PACKAGE: &str = "[[package]]";
    let mut locked = text.trim_end().to_owned();
    for package in exercises.map(Exercise::package) {
        let own = named(&package);
        for block in text.split(PACKAGE).filter(|block| block.lines().any(|line| line == own)) {
            for number in copies() {
                let block = block.replacen(&own, &named(&copied(&package, number)), 1);
                locked.extend(["\n\n", PACKAGE, block.trim_end()]);
            }
        }
    }
    locked + "\n"
}

fn copied(name: &str, number: usize) -> String {
    format!("{name}-copy-{number}")
}

fn named(package: &str) -> String {
    format!("name = \"{package}\"")
}

/// The manifest of a copy: its package has a name of its own, its library the exercise's.
fn manifest(text: &str, package: &str, number: usize) -> String {
    const LIBRARY: &str = "[lib]";
    let text = text.replacen(&named(package), &named(&copied(package, number)), 1);
    let library = format!("{LIBRARY}\n{}", named(&package.replace('-', "_")));
    if text.contains(LIBRARY) {
        text.replacen(LIBRARY, &library, 1)
    } else {
        format!("{}\n\n{library}\n", text.trim_end())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_another_package_with_the_same_library() {
        let with = "[package]\nname = \"exercise-1\"\n\n[lib]\ntest = false\n";
        assert_eq!(
            manifest(with, "exercise-1", 2),
            "[package]\nname = \"exercise-1-copy-2\"\n\n[lib]\nname = \"exercise_1\"\ntest = false\n"
        );
        let without = "[package]\nname = \"exercise-1\"\n";
        assert_eq!(
            manifest(without, "exercise-1", 2),
            "[package]\nname = \"exercise-1-copy-2\"\n\n[lib]\nname = \"exercise_1\"\n"
        );
    }

    #[test]
    fn the_lock_file_knows_each_copy() {
        let folder = tempfile::tempdir().unwrap();
        let exercise = crate::sample::exercise(folder.path(), 1);
        let text = "version = 4\n\n[[package]]\nname = \"exercise-1\"\ndependencies = [\n \"lab\",\n]\n\n\
                    [[package]]\nname = \"exercise-10\"\n";
        let locked = lock(text, std::iter::once(&exercise));
        assert!(locked.starts_with(text.trim_end()));
        for number in copies() {
            let block =
                format!("[[package]]\nname = \"exercise-1-copy-{number}\"\ndependencies = [\n \"lab\",\n]\n");
            assert!(locked.contains(&block), "{locked}");
        }
        assert!(!locked.contains("exercise-10-copy"), "{locked}");
    }
}
