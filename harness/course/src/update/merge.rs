//! Three sides of a file: the course's as the reader got it, the reader's, the newer course's.

use crate::failure::Failure;
use crate::file_tree::same_text;
use crate::git::Git;

/// What comes of the three sides. No bytes: the file goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Merged {
    /// The reader has not edited it: the newer course's.
    Course(Option<Vec<u8>>),
    /// The course has not changed it: the reader's.
    Readers(Option<Vec<u8>>),
    /// Both edits, which do not touch each other.
    Both(Vec<u8>),
    /// Both in the same place: the reader's.
    Conflict(Option<Vec<u8>>),
}

impl Merged {
    /// What is to be in the file.
    pub fn into_bytes(self) -> Option<Vec<u8>> {
        match self {
            Self::Course(bytes) | Self::Readers(bytes) | Self::Conflict(bytes) => bytes,
            Self::Both(bytes) => Some(bytes),
        }
    }
}

/// Merges `[base, mine, theirs]`.
pub fn three(git: &Git, [base, mine, theirs]: [Option<&Vec<u8>>; 3]) -> Result<Merged, Failure> {
    let same = |this: Option<&Vec<u8>>, that: Option<&Vec<u8>>| match (this, that) {
        (Some(this), Some(that)) => same_text(this, that),
        (this, that) => this == that,
    };
    if same(mine, base) || same(mine, theirs) {
        return Ok(Merged::Course(theirs.cloned()));
    }
    let Some(mine) = mine else {
        // The reader deleted a file of the course's; the crate does not compile without it.
        return Ok(Merged::Course(theirs.cloned()));
    };
    if same(base, theirs) {
        return Ok(Merged::Readers(Some(mine.clone())));
    }
    let (Some(base), Some(theirs)) = (base, theirs) else {
        return Ok(Merged::Conflict(Some(mine.clone())));
    };
    let folder = tempfile::tempdir().map_err(Failure::io("make", &std::env::temp_dir()))?;
    let mut paths = Vec::new();
    for (name, bytes) in [("mine", mine), ("base", base), ("theirs", theirs)] {
        let path = folder.path().join(name);
        // One kind of line end, or each line would be a conflict.
        let text: Vec<u8> = bytes.iter().copied().filter(|byte| *byte != b'\r').collect();
        std::fs::write(&path, text).map_err(Failure::io("write", &path))?;
        paths.push(path);
    }
    let arguments: Vec<&std::ffi::OsStr> = ["merge-file".as_ref(), "--stdout".as_ref(), "--quiet".as_ref()]
        .into_iter()
        .chain(paths.iter().map(|path| path.as_os_str()))
        .collect();
    // Its exit code is the number of conflicts.
    Ok(match git.bytes(arguments) {
        Ok(bytes) => Merged::Both(bytes),
        Err(_) => Merged::Conflict(Some(mine.clone())),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: &str = "a\nb\nc\nd\ne\nf\ng\n";

    fn merged(base: Option<&str>, mine: Option<&str>, theirs: Option<&str>) -> Merged {
        let folder = tempfile::tempdir().unwrap();
        std::process::Command::new("git").arg("init").arg("-q").arg(folder.path()).status().unwrap();
        let git = Git::open(folder.path()).unwrap();
        let bytes = |text: Option<&str>| text.map(|text| text.as_bytes().to_vec());
        let [base, mine, theirs] = [bytes(base), bytes(mine), bytes(theirs)];
        three(&git, [base.as_ref(), mine.as_ref(), theirs.as_ref()]).unwrap()
    }

    fn bytes(text: &str) -> Vec<u8> {
        text.as_bytes().to_vec()
    }

    #[test]
    fn who_alone_has_changed_it_is_heard() {
        assert_eq!(merged(Some(BASE), Some(BASE), Some("new\n")), Merged::Course(Some(bytes("new\n"))));
        assert_eq!(merged(Some(BASE), Some("mine\n"), Some(BASE)), Merged::Readers(Some(bytes("mine\n"))));
        assert_eq!(merged(None, Some("mine\n"), None), Merged::Readers(Some(bytes("mine\n"))));
        assert_eq!(merged(None, None, Some("new\n")), Merged::Course(Some(bytes("new\n"))));
    }

    #[test]
    fn edits_that_do_not_touch_are_both_kept() {
        let mine = BASE.replace("a\n", "mine\n");
        let theirs = BASE.replace("g\n", "theirs\n");
        assert_eq!(
            merged(Some(BASE), Some(&mine), Some(&theirs)),
            Merged::Both(b"mine\nb\nc\nd\ne\nf\ntheirs\n".to_vec())
        );
    }

    #[test]
    fn in_one_place_the_readers_edit_stays() {
        let (mine, theirs) = (BASE.replace("d\n", "mine\n"), BASE.replace("d\n", "theirs\n"));
        assert_eq!(merged(Some(BASE), Some(&mine), Some(&theirs)), Merged::Conflict(Some(bytes(&mine))));
        assert_eq!(merged(Some(BASE), Some(&mine), None), Merged::Conflict(Some(bytes(&mine))));
        assert_eq!(merged(None, Some("mine\n"), Some("theirs\n")), Merged::Conflict(Some(bytes("mine\n"))));
    }

    #[test]
    fn a_file_that_the_reader_deleted_comes_back() {
        assert_eq!(merged(Some(BASE), None, Some(BASE)), Merged::Course(Some(bytes(BASE))));
    }
}
