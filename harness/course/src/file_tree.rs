//! The files of a folder with their contents, to be compared, changed, and written where they differ.

use std::collections::BTreeMap;
use std::path::Path;

use crate::failure::Failure;
use crate::progress::write_whole;

/// Folders that are never part of the course.
const NOT_OURS: [&str; 4] = ["target", ".git", ".course", "node_modules"];

/// Files by their path from the folder, with forward slashes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileTree(pub BTreeMap<String, Vec<u8>>);

impl FileTree {
    /// Reads everything below `folder`; a folder that is not there has no files.
    pub fn read(folder: &Path) -> Result<Self, Failure> {
        let mut tree = Self::default();
        if folder.is_dir() {
            tree.visit(folder, "")?;
        }
        Ok(tree)
    }

    /// Writes the files that `folder` lacks or has otherwise, and removes those that are not in the tree.
    /// What is equal keeps its time of change, so that cargo rebuilds nothing for it. Tells what was changed.
    pub fn sync(&self, folder: &Path) -> Result<Vec<String>, Failure> {
        let present = Self::read(folder)?;
        let changed = present.differing(self);
        for path in &changed {
            let file = folder.join(path);
            match self.0.get(path) {
                Some(bytes) => write_whole(&file, bytes).map_err(Failure::io("write", &file))?,
                None => std::fs::remove_file(&file).map_err(Failure::io("remove", &file))?,
            }
        }
        remove_empty_folders(folder);
        Ok(changed)
    }

    /// The paths that only one of the two has, or that they have otherwise. Line ends don't count.
    pub fn differing(&self, other: &Self) -> Vec<String> {
        let mut paths: Vec<&String> = self.0.keys().chain(other.0.keys()).collect();
        paths.sort();
        paths.dedup();
        paths
            .into_iter()
            .filter(|path| match (self.0.get(*path), other.0.get(*path)) {
                (Some(this), Some(that)) => !same_text(this, that),
                _ => true,
            })
            .cloned()
            .collect()
    }

    /// The file as text.
    pub fn text(&self, path: &str) -> Option<String> {
        self.0.get(path).map(|bytes| String::from_utf8_lossy(bytes).into_owned())
    }

    /// Takes over the files of `other`.
    pub fn overlay(&mut self, other: &Self) {
        self.0.extend(other.0.iter().map(|(path, bytes)| (path.clone(), bytes.clone())));
    }

    fn visit(&mut self, folder: &Path, prefix: &str) -> Result<(), Failure> {
        for entry in std::fs::read_dir(folder).map_err(Failure::io("read", folder))? {
            let entry = entry.map_err(Failure::io("read", folder))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let kind = entry.file_type().map_err(Failure::io("read", &entry.path()))?;
            let path = format!("{prefix}{name}");
            if kind.is_dir() && !NOT_OURS.contains(&&*name) {
                self.visit(&entry.path(), &format!("{path}/"))?;
            } else if kind.is_file() {
                match std::fs::read(entry.path()) {
                    Ok(bytes) => drop(self.0.insert(path, bytes)),
                    // An editor's temporary file may be gone by now.
                    Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                    Err(error) => return Err(Failure::io("read", &entry.path())(error)),
                }
            }
        }
        Ok(())
    }
}

/// Cargo takes a folder without files for a package that is broken. Folders that are not the course's stay.
fn remove_empty_folders(folder: &Path) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let is_ours = !NOT_OURS.contains(&&*entry.file_name().to_string_lossy());
        if is_ours && entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            remove_empty_folders(&entry.path());
            // It only succeeds where nothing is in it.
            let _ = std::fs::remove_dir(entry.path());
        }
    }
}

/// Whether two files say the same, a checkout with CRLF apart.
pub fn same_text(this: &[u8], that: &[u8]) -> bool {
    let lines = |bytes: &[u8]| bytes.iter().copied().filter(|byte| *byte != b'\r').collect::<Vec<_>>();
    this == that || lines(this) == lines(that)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::tempdir;

    fn tree(files: &[(&str, &str)]) -> FileTree {
        FileTree(files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect())
    }

    #[test]
    fn only_what_differs_is_written_and_the_rest_keeps_its_time() {
        let scratch = tempdir().unwrap();
        let first = tree(&[("a.rs", "a"), ("b/c.rs", "c"), ("old.rs", "old")]);
        first.sync(scratch.path()).unwrap();
        let before = std::fs::metadata(scratch.path().join("a.rs")).unwrap().modified().unwrap();
        let second = tree(&[("a.rs", "a"), ("b/c.rs", "changed")]);
        assert_eq!(second.sync(scratch.path()).unwrap(), ["b/c.rs", "old.rs"]);
        assert_eq!(FileTree::read(scratch.path()).unwrap(), second);
        assert_eq!(std::fs::metadata(scratch.path().join("a.rs")).unwrap().modified().unwrap(), before);
    }

    #[test]
    fn a_folder_whose_files_are_gone_is_gone_too() {
        let scratch = tempdir().unwrap();
        tree(&[("99-drill/src/lib.rs", "")]).sync(scratch.path()).unwrap();
        tree(&[("a.rs", "a")]).sync(scratch.path()).unwrap();
        assert!(!scratch.path().join("99-drill").exists());
    }

    #[test]
    fn line_ends_are_no_difference() {
        assert_eq!(tree(&[("a", "x\r\ny\n")]).differing(&tree(&[("a", "x\ny\n")])), Vec::<String>::new());
    }
}
