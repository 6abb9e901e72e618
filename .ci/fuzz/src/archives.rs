//! Submissions as archives: what is taken is inside, bounded and text, or the archive is refused in plain words.
//!
//! The first byte says what the rest is: an archive as it is, or a tar whose checksums are mended first, so that the
//! fuzzer gets past them, and which may then be packed in another way.

use std::collections::BTreeSet;
use std::io::{Cursor, Read as _, Write as _};
use std::path::{Component, Path, PathBuf};
use std::sync::LazyLock;

use grade::intake::{Caps, Submission, Taken, Wanted};
use lab_manifest::exercise::Exercise;
use zip::write::SimpleFileOptions;

/// So small that an input can be too large in every way.
const CAPS: Caps = Caps {
    archive_bytes: 1 << 16,
    entries: 24,
    unpacked_bytes: 1 << 17,
    ratio: 40,
    ratio_from_bytes: 1 << 15,
    files: 6,
    file_bytes: 1 << 12,
    taken_bytes: 1 << 13,
    path_bytes: 96,
    depth: 7,
};
const BLOCK_BYTES: usize = 512;
/// A member's name and the message of whoever reads archives, both of which are cut.
const MOST_TOLD_BYTES: usize = 4096;

static PLACE: LazyLock<PathBuf> = LazyLock::new(|| super::folder().join("anna.archive"));

/// The first exercise, and the second one, which nameless files may belong to.
static WANTED: LazyLock<[Wanted; 2]> = LazyLock::new(|| {
    ["01-serverless-functions", "02-lambda-emulator"].map(|slug| {
        let exercises = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../exercises");
        let exercise = Exercise::read(&exercises.join(slug)).expect("the exercise can be read");
        Wanted::new(&exercise, ["src/lib.rs".into(), format!("src/of_{}.rs", exercise.number)])
    })
});

/// Whatever `bytes` are.
pub fn check(bytes: &[u8]) {
    let Some((how, rest)) = bytes.split_first() else { return };
    let archive = match how % 4 {
        0 => rest.to_vec(),
        1 => mended(rest),
        2 => gzip(&mended(rest)),
        _ => zipped(&mended(rest)),
    };
    std::fs::write(&*PLACE, archive).expect("a file can be written");
    let [wanted, other] = &*WANTED;
    for asked in [true, false] {
        let taken = Submission::open(&PLACE, &CAPS)
            .and_then(|submission| submission.take(wanted, std::slice::from_ref(other), asked));
        match taken {
            Ok(taken) => is_fit(wanted, &taken),
            Err(refusal) => is_plain(&refusal.to_string()),
        }
    }
}

fn is_fit(wanted: &Wanted, taken: &Taken) {
    assert!(!taken.files.is_empty() && taken.files.len() <= CAPS.files);
    let bytes: usize = taken.files.values().map(Vec::len).sum();
    assert!(bytes as u64 <= CAPS.taken_bytes);
    let mut folded = BTreeSet::new();
    for (path, content) in &taken.files {
        assert!(content.len() as u64 <= CAPS.file_bytes && std::str::from_utf8(content).is_ok());
        assert!(
            path.components().all(|part| matches!(part, Component::Normal(_))),
            "{} leads elsewhere",
            path.display()
        );
        let path = path.to_str().expect("a path is text");
        assert!(wanted.takes(path), "{path:?} was not asked for");
        assert!(folded.insert(path.to_lowercase()), "{path:?} is there twice");
    }
    taken.notes.iter().for_each(|note| is_plain(note));
}

fn is_plain(told: &str) {
    assert!(told.len() <= MOST_TOLD_BYTES && !told.chars().any(char::is_control), "{told:?}");
}

/// A tar whose every header has the checksum that it should have.
fn mended(bytes: &[u8]) -> Vec<u8> {
    let (mut tar, mut at) = (bytes.to_vec(), 0);
    while let Some(block) = tar.get_mut(at..at + BLOCK_BYTES) {
        at += BLOCK_BYTES;
        if block.iter().all(|byte| *byte == 0) {
            continue;
        }
        let mut header = tar::Header::from_byte_slice(block).clone();
        header.set_cksum();
        block.copy_from_slice(header.as_bytes());
        let content = header.entry_size().ok().and_then(|size| usize::try_from(size).ok());
        at +=
            content.filter(|size| *size <= bytes.len()).map_or(0, |size| size.next_multiple_of(BLOCK_BYTES));
    }
    tar
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).expect("memory takes every write");
    encoder.finish().expect("memory takes every write")
}

/// The members of a tar as those of a zip, as far as a zip can have them.
fn zipped(tar: &[u8]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let mut archive = tar::Archive::new(tar);
    for member in archive.entries().into_iter().flatten().map_while(Result::ok) {
        let name = String::from_utf8_lossy(&member.path_bytes()).into_owned();
        let link = member.link_name_bytes().map(|name| String::from_utf8_lossy(&name).into_owned());
        let options = SimpleFileOptions::default();
        let begun = match link {
            Some(target) => writer.add_symlink(&name, target, options).is_err(),
            None => writer.start_file(&name, options).is_ok(),
        };
        let mut content = Vec::new();
        if begun && member.take(CAPS.unpacked_bytes).read_to_end(&mut content).is_ok() {
            writer.write_all(&content).ok();
        }
    }
    writer.finish().map(Cursor::into_inner).unwrap_or_default()
}
