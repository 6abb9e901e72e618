//! A second workspace below `target`, laid out as the course is, in which an exercise's sources are replaced in turn.
//!
//! It keeps what cargo has built in it from run to run: a file that does not change keeps its time of change. The
//! reader's own files are only read.

use std::fs::File;
use std::path::{Path, PathBuf};

use lab_manifest::exercise::Exercise;
use tempfile::TempDir;

use super::dependencies;
use super::lane::{self, Lane};
use crate::course::Course;
use crate::failure::Failure;
use crate::file_tree::FileTree;
use crate::starter;

/// What the workspace consists of, beside the exercises.
const FOLDERS: [&str; 3] = [".cargo", "harness", "solutions"];
const FILES: [&str; 4] = ["Cargo.toml", LOCK, "clippy.toml", "rust-toolchain.toml"];
const LOCK: &str = "Cargo.lock";

/// The second workspace. One process at a time has it.
#[derive(Debug)]
pub struct Overlay {
    /// Its root.
    pub root: PathBuf,
    /// Where cargo builds in it.
    pub target: PathBuf,
    scratch: PathBuf,
    _lock: File,
}

impl Overlay {
    /// Brings the overlay up to `course`, the exercises with the course's own starters.
    pub fn open(course: &Course) -> Result<Self, Failure> {
        let folder = target(course).join("course").join("verify");
        std::fs::create_dir_all(&folder).map_err(Failure::io("make", &folder))?;
        let lock = folder.join("lock");
        let held = File::create(&lock).map_err(Failure::io("write", &lock))?;
        held.lock().map_err(Failure::io("lock", &lock))?;
        let overlay = Self {
            root: folder.join("tree"),
            target: folder.join("target"),
            scratch: folder.join("scratch"),
            _lock: held,
        };
        overlay.fill(course)?;
        // What a run that was killed has left.
        let _ = std::fs::remove_dir_all(&overlay.scratch);
        std::fs::create_dir_all(&overlay.scratch).map_err(Failure::io("make", &overlay.scratch))?;
        dependencies::inherit(&target(course), &overlay.target);
        Ok(overlay)
    }

    /// Replaces the sources of an exercise.
    pub fn replace(&self, exercise: &Exercise, sources: &FileTree) -> Result<(), Failure> {
        self.put(&self.lanes(exercise)[0], sources)
    }

    /// Puts an exercise's sources into a lane of it. Paths are from the package: `src/lib.rs`.
    pub fn put(&self, lane: &Lane, sources: &FileTree) -> Result<(), Failure> {
        let inner = sources
            .0
            .iter()
            .filter_map(|(path, bytes)| Some((path.strip_prefix("src/")?.to_owned(), bytes.clone())));
        FileTree(inner.collect()).sync(&lane.folder.join("src"))?;
        Ok(())
    }

    /// The exercise's folder here.
    pub fn exercise(&self, exercise: &Exercise) -> PathBuf {
        self.exercises().join(exercise.slug())
    }

    /// The lanes of an exercise, its own package first.
    pub fn lanes(&self, exercise: &Exercise) -> Vec<Lane> {
        lane::lanes(exercise, &self.exercises())
    }

    fn exercises(&self) -> PathBuf {
        self.root.join("exercises")
    }

    /// An empty folder of one run's own, gone with the value: several runs are under way at once.
    pub fn scratch(&self) -> Result<TempDir, Failure> {
        TempDir::new_in(&self.scratch).map_err(Failure::io("make a folder in", &self.scratch))
    }

    fn fill(&self, course: &Course) -> Result<(), Failure> {
        std::fs::create_dir_all(&self.root).map_err(Failure::io("make", &self.root))?;
        let mut top = FileTree::default();
        for name in FILES {
            if let Ok(bytes) = std::fs::read(course.root.join(name)) {
                top.0.insert(name.to_owned(), bytes);
            }
        }
        for name in FOLDERS {
            let tree = FileTree::read(&course.root.join(name))?;
            tree.sync(&self.root.join(name))?;
        }
        if let Some(text) = top.text(LOCK) {
            top.0.insert(LOCK.to_owned(), lane::lock(&text, course.exercises.iter()).into_bytes());
        }
        for (name, bytes) in top.0 {
            let file = self.root.join(&name);
            if std::fs::read(&file).ok().as_ref() != Some(&bytes) {
                std::fs::write(&file, bytes).map_err(Failure::io("write", &file))?;
            }
        }
        self.fill_exercises(course)
    }

    fn fill_exercises(&self, course: &Course) -> Result<(), Failure> {
        let mut tree = FileTree::read(&course.root.join("exercises"))?;
        for exercise in &course.exercises {
            let sources = format!("{}/src/", exercise.slug());
            tree.0.retain(|path, _| !path.starts_with(&sources));
            let own = starter::files(exercise)?;
            tree.0.extend(
                own.0.into_iter().map(|(path, bytes)| (format!("{}/{path}", exercise.slug()), bytes)),
            );
        }
        for exercise in &course.exercises {
            lane::add(exercise, &mut tree);
        }
        tree.sync(&self.exercises())?;
        Ok(())
    }
}

/// The folder that cargo builds the course in.
pub fn target(course: &Course) -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(folder) => course.root.join(Path::new(&folder)),
        None => course.root.join("target"),
    }
}
