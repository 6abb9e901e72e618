//! Submissions as people and attackers pack them (THREATS, rows 32 and 33).

use std::io::Write as _;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use tempfile::TempDir;
use zip::write::SimpleFileOptions;

use super::*;

const LIB: &str = "exercises/01-one/src/lib.rs";

fn wanted() -> Wanted {
    Wanted::for_tests(1, "01-one", &["src/lib.rs", "src/views.rs"])
}

fn take(path: &Path) -> Result<Taken, Refusal> {
    take_with(path, &Caps::default())
}

fn take_with(path: &Path, caps: &Caps) -> Result<Taken, Refusal> {
    Submission::open(path, caps)?.take(&wanted(), &[], true)
}

fn names(taken: &Taken) -> Vec<String> {
    taken.files.keys().map(|path| path.display().to_string()).collect()
}

/// A member of an archive, with whatever name it wants.
struct Packed<'a> {
    name: &'a str,
    kind: tar::EntryType,
    content: &'a [u8],
}

fn file<'a>(name: &'a str, content: &'a [u8]) -> Packed<'a> {
    Packed { name, kind: tar::EntryType::Regular, content }
}

fn tarball(members: &[Packed<'_>]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for member in members {
        let mut header =
            if member.kind.is_gnu_sparse() { tar::Header::new_gnu() } else { tar::Header::new_ustar() };
        if let Some(sparse) = header.as_gnu_mut() {
            sparse.set_real_size(0);
        }
        // Not through `set_path`, which is too honest.
        header.as_old_mut().name[..member.name.len()].copy_from_slice(member.name.as_bytes());
        header.set_entry_type(member.kind);
        header.set_size(member.content.len() as u64);
        if member.kind.is_symlink() || member.kind.is_hard_link() {
            header.set_link_name("/etc/passwd").unwrap();
        }
        header.set_mode(0o644);
        header.set_cksum();
        builder.append(&header, member.content).unwrap();
    }
    builder.into_inner().unwrap()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zipped(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in members {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn stored(bytes: &[u8]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("anna.archive");
    std::fs::write(&path, bytes).unwrap();
    (folder, path)
}

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

#[test]
fn the_same_is_taken_however_it_is_packed() {
    let members =
        [("README.md", "hello"), (LIB, "mod views;"), ("exercises/01-one/tests/steps/main.rs", "fn f() {}")];
    let own = folder(&members);
    let packed: Vec<Packed<'_>> = members.iter().map(|(name, text)| file(name, text.as_bytes())).collect();
    let tar = tarball(&packed);
    let bytes: Vec<(&str, &[u8])> = members.iter().map(|(name, text)| (*name, text.as_bytes())).collect();
    let expected = take(own.path()).unwrap();
    assert_eq!(names(&expected), ["src/lib.rs"]);
    assert_eq!(expected.notes, ["left out: 1 file beside the sources that a submission does not consist of"]);
    for archive in [tar.clone(), gzip(&tar), zipped(&bytes)] {
        let (_folder, path) = stored(&archive);
        assert_eq!(take(&path).unwrap(), expected);
    }
}

#[test]
fn line_ends_and_byte_order_marks_are_kept_as_they_are() {
    let own = folder(&[(LIB, "\u{feff}mod views;\r\n"), ("exercises/01-one/src/views.rs", "")]);
    let taken = take(own.path()).unwrap();
    assert_eq!(taken.files[Path::new("src/lib.rs")], "\u{feff}mod views;\r\n".as_bytes());
    assert_eq!(taken.files[Path::new("src/views.rs")], b"", "an empty file is a file");
    assert!(taken.notes.is_empty());
}

#[test]
fn nothing_and_next_to_nothing_are_told_apart() {
    let none = folder(&[]);
    let refusal = take(none.path()).unwrap_err();
    assert_eq!(
        (refusal.standing(), refusal.to_string().as_str()),
        (Standing::Missing, "there is no file in it")
    );
    let other = folder(&[("README.md", "later")]);
    let refusal = take(other.path()).unwrap_err();
    assert!(refusal.to_string().starts_with("there is nothing of exercise 1"), "{refusal}");
    let one = folder(&[("src/lib.rs", "")]);
    assert_eq!(names(&take(one.path()).unwrap()), ["src/lib.rs"]);
}

#[test]
fn what_is_not_utf8_is_left_out_and_told() {
    let own = folder(&[(LIB, "")]);
    std::fs::write(own.path().join("exercises/01-one/src/views.rs"), b"\xff\xfef\0n\0").unwrap();
    let taken = take(own.path()).unwrap();
    assert_eq!(
        (names(&taken), taken.notes),
        (vec!["src/lib.rs".to_owned()], vec!["left out: src/views.rs: it is not UTF-8".to_owned()])
    );
}

#[test]
fn ten_thousand_files_are_refused_in_a_sentence() {
    let names: Vec<String> = (0..10_000).map(|n| format!("exercises/01-one/src/f{n}.rs")).collect();
    let members: Vec<Packed<'_>> = names.iter().map(|name| file(name, b"")).collect();
    let (_folder, path) = stored(&gzip(&tarball(&members)));
    let refusal = take(&path).unwrap_err();
    assert_eq!(refusal.to_string(), "it has more than 200 files in exercise 1");
    assert_eq!(refusal.standing(), Standing::Refused);
    let caps = Caps { entries: 5_000, ..Caps::default() };
    assert_eq!(take_with(&path, &caps).unwrap_err().to_string(), "it has more than 5000 members");
}

#[test]
fn links_and_devices_in_place_of_sources_are_refused_and_elsewhere_they_are_nothing() {
    use tar::EntryType;
    for (kind, called) in [
        (EntryType::Symlink, "symbolic link"),
        (EntryType::Link, "hard link"),
        (EntryType::Fifo, "FIFO"),
        (EntryType::Char, "device"),
        (EntryType::Block, "device"),
        (EntryType::GNUSparse, "sparse file"),
    ] {
        for name in [LIB, "exercises/01-one/src"] {
            let bad = Packed { name, kind, content: b"" };
            let (_folder, path) = stored(&tarball(&[file("exercises/01-one/src/views.rs", b""), bad]));
            let refusal = take(&path).unwrap_err();
            assert!(refusal.to_string().contains(called), "{name}: {refusal}");
            assert_eq!(refusal.standing(), Standing::Refused);
        }
        let elsewhere = Packed { name: "node/link", kind, content: b"" };
        let (_folder, path) = stored(&tarball(&[file(LIB, b""), elsewhere]));
        assert_eq!(names(&take(&path).unwrap()), ["src/lib.rs"], "{called}");
    }
}

#[test]
fn a_path_that_leads_outside_is_refused() {
    for name in ["../../etc/cron.d/x", "/etc/passwd", "exercises/01-one/src/../../../../x.rs"] {
        let (_folder, path) = stored(&tarball(&[file(LIB, b""), file(name, b"x")]));
        assert!(matches!(take(&path), Err(Refusal::Outside { .. })), "{name} in a tar");
        let (_folder, path) = stored(&zipped(&[(LIB, b""), (name, b"x")]));
        assert!(matches!(take(&path), Err(Refusal::Outside { .. })), "{name} in a zip");
    }
    let (_folder, path) = stored(&zipped(&[(LIB, b""), ("a\\..\\..\\x.rs", b"x")]));
    assert!(matches!(take(&path), Err(Refusal::Outside { .. })), "as Windows writes it");
}

#[test]
fn one_path_twice_is_refused_however_it_is_written() {
    for (second, refused) in
        [(LIB, "twice"), ("./exercises//01-one/src/lib.rs", "twice"), ("exercises/01-one/src/LIB.rs", "case")]
    {
        let (_folder, path) = stored(&tarball(&[file(LIB, b"one"), file(second, b"two")]));
        let refusal = take(&path).unwrap_err().to_string();
        assert!(refusal.contains(refused), "{second}: {refusal}");
    }
    // A zip's own list holds equal names once: the second has to be smuggled in.
    let mut bytes =
        zipped(&[("exercises/01-one/src/lib.rs", b"one"), ("exercises/01-one/src/lib.rz", b"two")]);
    while let Some(at) = bytes.windows(6).position(|window| window == b"lib.rz") {
        bytes[at + 5] = b's';
    }
    let (_folder, path) = stored(&bytes);
    assert!(matches!(take(&path), Err(Refusal::Twice { .. })), "{:?}", take(&path));
}

#[test]
fn bombs_are_stopped_while_they_unpack() {
    let zeros = vec![0; 64 << 20];
    let bomb = gzip(&tarball(&[file(LIB, b""), file("zeros", &zeros)]));
    assert!(bomb.len() < 200_000);
    let (_folder, path) = stored(&bomb);
    assert!(matches!(take(&path), Err(Refusal::Bomb { .. })));
    let caps = Caps { unpacked_bytes: 1 << 20, ..Caps::default() };
    assert!(matches!(take_with(&path, &caps), Err(Refusal::TooMuch { .. })));
    // In a zip a member is unpacked only when it is taken, and then so far and no further.
    let (_folder, path) = stored(&zipped(&[(LIB, &zeros)]));
    assert_eq!(take(&path).unwrap_err().to_string(), "it has more than 512 KiB of text in src/lib.rs");
    let (_folder, path) = stored(&zipped(&[(LIB, b""), ("zeros", &zeros)]));
    assert!(take(&path).is_ok());
}

#[test]
fn an_archive_is_what_is_in_it_and_a_damaged_one_is_nobodys_zero() {
    let whole = gzip(&tarball(&[file(LIB, &[b'x'; 4000])]));
    for bytes in [&b""[..], b"hello", b"PK\x03\x04", &whole[..whole.len() / 2], b"\x1f\x8b\x08"] {
        let (_folder, path) = stored(bytes);
        let refusal = take(&path).unwrap_err();
        assert_eq!(refusal.standing(), Standing::Unreadable, "{refusal}");
    }
}

#[cfg(unix)]
#[test]
fn a_folder_is_read_without_following_or_opening_what_is_no_file() {
    let own = folder(&[(LIB, ""), (".git/config", "[core]\n\tfsmonitor = \"touch /tmp/owned\"\n")]);
    let outside = folder(&[("secret.rs", "secret")]);
    let src = own.path().join("exercises/01-one/src");
    assert_eq!(names(&take(own.path()).unwrap()), ["src/lib.rs"]);

    std::os::unix::fs::symlink(outside.path().join("secret.rs"), src.join("views.rs")).unwrap();
    assert!(matches!(take(own.path()), Err(Refusal::Irregular { kind: "symbolic link", .. })));
    std::fs::remove_file(src.join("views.rs")).unwrap();

    std::fs::hard_link(outside.path().join("secret.rs"), src.join("views.rs")).unwrap();
    assert!(matches!(take(own.path()), Err(Refusal::Irregular { kind: "hard link", .. })));
    std::fs::remove_file(src.join("views.rs")).unwrap();

    let made = std::process::Command::new("mkfifo").arg(src.join("views.rs")).status().unwrap();
    assert!(made.success());
    assert!(matches!(take(own.path()), Err(Refusal::Irregular { kind: "FIFO", .. })));
    std::fs::remove_file(src.join("views.rs")).unwrap();

    std::fs::rename(&src, own.path().join("elsewhere")).unwrap();
    std::os::unix::fs::symlink(outside.path(), &src).unwrap();
    let refusal = take(own.path()).unwrap_err();
    assert!(!refusal.to_string().contains("secret"), "{refusal}");
}

#[test]
fn a_checkouts_target_folder_costs_nothing() {
    let own = folder(&[(LIB, ""), ("target/debug/a", "x"), ("node_modules/b", "x"), (".git/c", "x")]);
    let caps = Caps { entries: 8, ..Caps::default() };
    assert!(take_with(own.path(), &caps).is_ok());
}

#[test]
fn a_path_becomes_one_entry_or_many() {
    let class = folder(&[
        ("anna/src/lib.rs", ""),
        ("bob/exercises/01-one/src/lib.rs", ""),
        ("notes.txt", ""),
        (".DS_Store", ""),
    ]);
    std::fs::write(class.path().join("cleo.tar.gz"), gzip(&tarball(&[file("src/lib.rs", b"")]))).unwrap();
    let found = Class::find(&[class.path().to_owned()], &[wanted()]).unwrap();
    let ids: Vec<&str> = found.entries.iter().map(|entry| entry.id.as_str()).collect();
    assert_eq!(ids, ["anna", "bob", "cleo"]);
    assert_eq!(found.notes, ["notes.txt is no folder and no archive and is left out"]);
    let one = Class::find(&[class.path().join("anna")], &[wanted()]).unwrap();
    assert_eq!(one.entries.len(), 1);
    assert!(matches!(
        Class::find(&[class.path().join("notes.txt")], &[wanted()]),
        Err(entry::ClassError::Kind { .. })
    ));
    let empty = folder(&[]);
    assert!(matches!(
        Class::find(&[empty.path().to_owned()], &[wanted()]),
        Err(entry::ClassError::Empty { .. })
    ));
}

#[test]
fn a_roster_leads_to_submissions_and_to_none() {
    let class = folder(&[
        (
            "roster.csv",
            "\u{feff}id;name;path;submitted\r\nanna;Anna;work/a;2026-11-30 12:00\r\nłukasz;;;\r\neve;;;\r\n../../etc;;;\r\n",
        ),
        ("work/a/src/lib.rs", ""),
        ("łukasz/src/lib.rs", ""),
    ]);
    let found = Class::find(&[class.path().join("roster.csv")], &[wanted()]).unwrap();
    let found: Vec<(&str, bool)> =
        found.entries.iter().map(|entry| (entry.id.as_str(), entry.path.is_some())).collect();
    assert_eq!(found, [("../../etc", false), ("anna", true), ("eve", false), ("łukasz", true)]);
}

#[cfg(unix)]
#[test]
fn a_link_is_followed_where_somebody_named_it() {
    let store = folder(&[("a/src/lib.rs", "pub fn a() {}")]);
    let class = folder(&[("roster.csv", "id;name;path;submitted\nanna;;named;\nbob;;;\n")]);
    for link in ["named", "bob"] {
        std::os::unix::fs::symlink(store.path().join("a"), class.path().join(link)).unwrap();
    }
    let found = Class::find(&[class.path().join("roster.csv")], &[wanted()]).unwrap();
    let [anna, bob] = &found.entries[..] else { panic!("{found:?}") };
    assert_eq!(anna.unclear, None);
    assert!(take(anna.path.as_ref().unwrap()).is_ok());
    assert!(bob.unclear.as_ref().unwrap().starts_with("bob is a symbolic link"), "{bob:?}");
}

#[test]
fn two_submissions_of_one_student_are_left_to_a_person() {
    let class = folder(&[("anna/src/lib.rs", ""), ("bob/src/lib.rs", "")]);
    std::fs::write(class.path().join("anna.zip"), zipped(&[("src/lib.rs", b"")])).unwrap();
    let found = Class::find(&[class.path().to_owned()], &[wanted()]).unwrap();
    assert!(found.entries[0].unclear.as_ref().unwrap().starts_with("there are 2 submissions of anna"));
    assert_eq!((found.entries.len(), &found.entries[1].unclear), (2, &None));
}

#[test]
fn every_entry_is_in_one_part() {
    let names: Vec<String> = (0..11).map(|n| format!("s{n:02}/src/lib.rs")).collect();
    let files: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "")).collect();
    let class = folder(&files);
    let mut ids = Vec::new();
    for index in 1..=4 {
        let found = Class::find(&[class.path().to_owned()], &[wanted()]).unwrap().shard(index, 4);
        ids.extend(found.entries.into_iter().map(|entry| entry.id));
    }
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 11);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_bytes_are_a_submission_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..400), magic in 0_usize..3) {
        let head: &[u8] = [&b"PK\x03\x04"[..], b"\x1f\x8b\x08\x00", b""][magic];
        let (_folder, path) = stored(&[head, bytes.as_slice()].concat());
        let _ = take(&path);
    }

    #[test]
    fn a_damaged_archive_is_a_submission_or_an_error(at in 0_usize..4000, to: u8, packing in 0_usize..3) {
        let members = [file(LIB, b"mod views;"), file("exercises/01-one/src/views.rs", b"fn a() {}")];
        let tar = tarball(&members);
        let mut bytes = match packing {
            0 => tar,
            1 => gzip(&tar),
            _ => zipped(&[(LIB, b"mod views;"), ("exercises/01-one/src/views.rs", b"fn a() {}")]),
        };
        let at = at % bytes.len();
        bytes[at] = to;
        let (_folder, path) = stored(&bytes);
        if let Ok(taken) = take(&path) {
            for path in taken.files.keys() {
                prop_assert!(path.starts_with("src") && path.is_relative());
            }
        }
    }
}
