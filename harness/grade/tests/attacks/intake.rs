//! What a submission may be beside its sources: none of it reaches the compiler.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use grade::intake::{Caps, Refusal, Submission, Taken, Wanted};
use lab_manifest::workspace;
use tempfile::TempDir;

use crate::sources::{course, solution};

fn wanted() -> Wanted {
    let (exercises, _) = workspace::exercises(&course());
    let exercise = exercises.into_iter().find(|exercise| exercise.number == 1).unwrap();
    Wanted::new(&exercise, solution(1).keys().map(|path| path.display().to_string()))
}

fn put(folder: &Path, path: &str, bytes: &[u8]) {
    let path = folder.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

/// The solution, handed in as a checkout of the exercise.
fn handed_in() -> TempDir {
    let folder = TempDir::new().unwrap();
    for (path, bytes) in solution(1) {
        put(folder.path(), &path.display().to_string(), &bytes);
    }
    folder
}

fn taken(path: &Path) -> Result<Taken, Refusal> {
    Submission::open(path, &Caps::default())?.take(&wanted(), &[], true)
}

/// Holds where `files` beside the sources change nothing of what is judged.
fn changes_nothing(files: &[(&str, &str)]) {
    let folder = handed_in();
    for (path, text) in files {
        put(folder.path(), path, text.as_bytes());
    }
    assert_eq!(taken(folder.path()).unwrap().files, solution(1), "{files:?}");
}

#[test]
fn row_12_to_18_what_is_no_source_is_left_out() {
    changes_nothing(&[("target/debug/deps/libexercise_1.rlib", "old"), ("target/.rustc_info.json", "{}")]);
    changes_nothing(&[(".cargo/config.toml", "[target.x86_64-unknown-linux-gnu]\nrunner = \"/bin/true\"")]);
    changes_nothing(&[(
        "Cargo.toml",
        "[package]\nname = \"exercise-1\"\nautotests = false\n[patch.crates-io]\n",
    )]);
    changes_nothing(&[("rust-toolchain.toml", "[toolchain]\npath = \".\""), ("rust-toolchain", "nightly")]);
    changes_nothing(&[
        ("Cargo.toml", "[dependencies]\nserde = { path = \"serde\" }"),
        ("serde/lib.rs", "evil"),
    ]);
    changes_nothing(&[("build.rs", "fn main() { std::process::exit(0) }"), ("src/build.py", "evil")]);
    changes_nothing(&[(".config/nextest.toml", "[profile.default]\ndefault-filter = \"none()\"")]);
    changes_nothing(&[
        ("tests/steps/main.rs", "#[test] fn passes() {}"),
        ("tests/steps/snapshots/x.snap", "x"),
    ]);
    changes_nothing(&[("exercise.toml", "format = 1"), ("reference.lock", ""), ("clippy.toml", "x")]);
}

fn in_tar(write: impl FnOnce(&mut tar::Builder<Vec<u8>>)) -> (TempDir, PathBuf) {
    let mut tar = tar::Builder::new(Vec::new());
    write(&mut tar);
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("it.tar");
    fs::write(&path, tar.into_inner().unwrap()).unwrap();
    (folder, path)
}

fn member(tar: &mut tar::Builder<Vec<u8>>, path: &str, kind: tar::EntryType, link: &str, bytes: &[u8]) {
    let mut header = tar::Header::new_ustar();
    // As bytes: the library itself writes no path that leads outside.
    header.as_old_mut().name[..path.len()].copy_from_slice(path.as_bytes());
    header.as_old_mut().linkname[..link.len()].copy_from_slice(link.as_bytes());
    header.set_entry_type(kind);
    header.set_mode(0o644);
    header.set_size(bytes.len() as u64);
    header.set_cksum();
    tar.append(&header, bytes).unwrap();
}

#[test]
fn row_32_what_is_no_file_or_leads_outside_is_refused() {
    use tar::EntryType;
    let refused = |kind, path: &str, link: &str| {
        let (_folder, archive) = in_tar(|tar| {
            for (path, bytes) in solution(1).iter().filter(|(path, _)| !path.ends_with("views.rs")) {
                member(tar, &path.display().to_string(), EntryType::Regular, "", bytes);
            }
            member(tar, path, kind, link, b"");
        });
        let result = taken(&archive);
        assert!(
            matches!(
                result,
                Err(Refusal::Irregular { .. }
                    | Refusal::Outside { .. }
                    | Refusal::Twice { .. }
                    | Refusal::CaseClash { .. })
            ),
            "{path} {kind:?}: {result:?}"
        );
    };
    refused(EntryType::Symlink, "src/views.rs", "/etc/passwd");
    refused(EntryType::Link, "src/views.rs", "/etc/passwd");
    refused(EntryType::Fifo, "src/views.rs", "");
    refused(EntryType::Char, "src/views.rs", "");
    refused(EntryType::Regular, "../src/views.rs", "");
    refused(EntryType::Regular, "/src/views.rs", "");
    refused(EntryType::Regular, "src/lib.rs", "");
    refused(EntryType::Regular, "src/LIB.rs", "");
}

#[test]
fn row_32_links_in_a_folder_are_refused() {
    let folder = handed_in();
    fs::remove_file(folder.path().join("src/views.rs")).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", folder.path().join("src/views.rs")).unwrap();
    assert!(matches!(taken(folder.path()), Err(Refusal::Irregular { .. })));
    let folder = TempDir::new().unwrap();
    std::os::unix::fs::symlink(
        course().join("solutions/01-serverless-functions/src"),
        folder.path().join("src"),
    )
    .unwrap();
    assert!(taken(folder.path()).is_err());
}

#[test]
fn row_25_a_pipe_among_the_sources_is_refused_and_not_read() {
    let folder = handed_in();
    let pipe = folder.path().join("src/pipe.rs");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    assert!(matches!(taken(folder.path()), Err(Refusal::Irregular { .. })));
}

#[test]
fn row_33_a_hostile_repository_is_not_asked() {
    let folder = handed_in();
    let trace = folder.path().join("ran");
    let hook = format!("touch {}", trace.display());
    put(folder.path(), ".git/HEAD", b"ref: refs/heads/main\n");
    put(
        folder.path(),
        ".git/config",
        format!("[core]\n\tfsmonitor = {hook:?}\n\thooksPath = hooks\n").as_bytes(),
    );
    put(folder.path(), ".gitattributes", b"* filter=evil\n");
    assert_eq!(taken(folder.path()).unwrap().files, solution(1));
    assert!(!trace.exists());
}

#[test]
fn row_34_times_of_files_are_not_asked() {
    let folder = handed_in();
    let long_ago = std::time::SystemTime::UNIX_EPOCH;
    for path in solution(1).keys() {
        fs::File::options()
            .write(true)
            .open(folder.path().join(path))
            .unwrap()
            .set_modified(long_ago)
            .unwrap();
    }
    let before: BTreeMap<PathBuf, Vec<u8>> = taken(handed_in().path()).unwrap().files;
    let taken = taken(folder.path()).unwrap();
    assert_eq!(taken.files, before);
    assert!(!taken.notes.iter().any(|note| note.contains("1970")), "{:?}", taken.notes);
}
