//! The sources as `JPlag` wants them: a folder a submission, and one with the code that all of them began with.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use super::Sources;
use crate::report::folder::file_name;

/// Writes the sources below `folder`, and returns the command that compares them. `JPlag` 6 reads Rust.
pub fn jplag(
    sources: &[Sources],
    starter: &BTreeMap<PathBuf, Vec<u8>>,
    folder: &Path,
) -> Result<String, (PathBuf, io::Error)> {
    for one in sources {
        put(&folder.join("submissions").join(file_name(&one.name)), &one.files)?;
    }
    put(&folder.join("base"), starter)?;
    let shown = folder.display();
    Ok(format!("java -jar jplag.jar -l rust -bc {shown}/base -r {shown}/result {shown}/submissions"))
}

fn put(folder: &Path, files: &BTreeMap<PathBuf, Vec<u8>>) -> Result<(), (PathBuf, io::Error)> {
    for (path, bytes) in files {
        let path = folder.join(path);
        let parent = path.parent().unwrap_or(folder);
        std::fs::create_dir_all(parent)
            .and_then(|()| std::fs::write(&path, bytes))
            .map_err(|error| (path.clone(), error))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_submission_has_a_folder_whatever_its_name_is() {
        let folder = tempfile::tempdir().unwrap();
        let files = BTreeMap::from([(PathBuf::from("src/lib.rs"), b"fn a() {}\n".to_vec())]);
        let all = ["anna", "../../etc", ""].map(|name| Sources {
            name: name.into(),
            is_own: false,
            files: files.clone(),
        });
        let command = jplag(&all, &files, folder.path()).unwrap();
        assert!(command.contains("-l rust -bc"));
        let submissions: Vec<_> = std::fs::read_dir(folder.path().join("submissions")).unwrap().collect();
        assert_eq!(submissions.len(), 3);
        assert!(folder.path().join("submissions/anna/src/lib.rs").is_file());
        assert!(folder.path().join("base/src/lib.rs").is_file());
    }
}
