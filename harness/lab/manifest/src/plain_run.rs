//! What a plain `cargo test` of an exercise leaves for the reader's progress: `.course/tests/UUID.jsonl`.
//!
//! The command line asks for events by [`crate::report`] and needs none of this. Nothing here may fail a test.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::report::Outcome;

/// A file that is longer is begun anew by the next run: about 50 runs of a large exercise.
const MAX_BYTES: u64 = 256 * 1024;

/// A run adds to a file that is just not too long: what is read is twice that.
const MAX_READ_BYTES: u64 = 2 * MAX_BYTES;

/// A test of a step that has ended in a run that nobody asked for a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlainTest {
    /// When it ended, in milliseconds since 1970.
    pub at_ms: u64,
    /// The run: tests of one `cargo test` have the same.
    pub run: String,
    /// The step's id.
    pub step: String,
    /// Module and name, such as `step_3_views::twenty_views_at_once_are_all_counted`.
    pub test: String,
    /// How it ended.
    pub outcome: Outcome,
}

/// The file of the exercise with this uuid in the course at `root`; none where the uuid is no name for a file.
pub fn file(root: &Path, uuid: &str) -> Option<PathBuf> {
    let is_name =
        !uuid.is_empty() && uuid.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-');
    is_name.then(|| root.join(".course/tests").join(format!("{uuid}.jsonl")))
}

/// Begins `file` anew where earlier runs have left too much. Called once a run, before its first test.
pub fn make_room(file: &Path) -> std::io::Result<()> {
    match std::fs::metadata(file) {
        Ok(found) if found.len() > MAX_BYTES => std::fs::remove_file(file),
        _ => Ok(()),
    }
}

/// Appends `test` to `file`. Its line break comes first, so that a line torn by a full disk costs itself alone.
pub fn append(file: &Path, test: &PlainTest) -> std::io::Result<()> {
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut line = vec![b'\n'];
    serde_json::to_writer(&mut line, test)?;
    std::fs::OpenOptions::new().create(true).append(true).open(file)?.write_all(&line)
}

/// The tests in `file`, as far as they can be read.
pub fn read(file: &Path) -> Vec<PlainTest> {
    let mut bytes = Vec::new();
    let read = std::fs::File::open(file).and_then(|file| file.take(MAX_READ_BYTES).read_to_end(&mut bytes));
    match read {
        Ok(_) => {
            bytes.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect()
        }
        Err(_) => Vec::new(),
    }
}

/// Milliseconds since 1970.
pub fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn test(name: &str) -> PlainTest {
        PlainTest { at_ms: 1, run: "r".into(), step: "a".into(), test: name.into(), outcome: Outcome::Passed }
    }

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("plain-run-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn what_is_appended_is_read_and_a_torn_line_costs_itself_alone() {
        let root = folder("torn");
        let file = file(&root, "5f0c-1").unwrap();
        append(&file, &test("one")).unwrap();
        let text = std::fs::read_to_string(&file).unwrap();
        std::fs::write(&file, format!("{text}{}", &text[..text.len() / 2])).unwrap();
        append(&file, &test("two")).unwrap();
        assert_eq!(read(&file), [test("one"), test("two")]);
        std::fs::remove_dir_all(root).unwrap();
    }

    #[test]
    fn a_long_file_is_begun_anew_and_a_short_one_is_not() {
        let root = folder("long");
        let file = file(&root, "u").unwrap();
        append(&file, &test("one")).unwrap();
        make_room(&file).unwrap();
        assert_eq!(read(&file).len(), 1);
        let long = "\n".repeat(usize::try_from(MAX_BYTES).unwrap() + 1);
        std::fs::write(&file, long).unwrap();
        make_room(&file).unwrap();
        assert!(!file.exists());
        std::fs::remove_dir_all(root).unwrap();
    }

    #[test]
    fn a_uuid_that_is_a_path_has_no_file() {
        for uuid in ["", "..", "a/b", "a\\b", "/etc"] {
            assert_eq!(file(Path::new("/c"), uuid), None, "{uuid}");
        }
    }
}
