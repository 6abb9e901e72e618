//! The course's own sources, as a submission has them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use lab_manifest::exercise::Exercise;
use lab_manifest::workspace;

/// Files by path.
pub type Sources = BTreeMap<PathBuf, Vec<u8>>;

pub fn course() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().to_owned()
}

pub fn exercises() -> Vec<Exercise> {
    let (exercises, broken) = workspace::exercises(&course());
    assert!(broken.is_empty(), "{broken:?}");
    exercises
}

/// The solution of an exercise.
pub fn solution(number: u32) -> Sources {
    let exercise = exercises().into_iter().find(|exercise| exercise.number == number).unwrap();
    sources(&course().join("solutions").join(exercise.slug()).join("src"))
}

/// What lies below `folder`, which is called `src`.
pub fn sources(folder: &Path) -> Sources {
    fn add(folder: &Path, prefix: &Path, files: &mut Sources) {
        for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap()) {
            let path = prefix.join(entry.file_name());
            if entry.path().is_dir() {
                add(&entry.path(), &path, files);
            } else {
                files.insert(path, std::fs::read(entry.path()).unwrap());
            }
        }
    }
    let mut files = Sources::new();
    add(folder, Path::new("src"), &mut files);
    files
}
