use std::sync::{Arc, Mutex};

use proptest::prelude::*;

use super::*;
use crate::intake::Standing;

/// What a journal says, and how it ends.
fn read(bytes: &[u8]) -> Result<(Vec<Record>, End), JournalError> {
    let mut records = Vec::new();
    let end =
        Reader::holding(bytes.to_vec(), Path::new("journal")).scan(&mut |_, record| records.push(record))?;
    Ok((records, end))
}

/// A journal that is opened, and what it held: its records and the bytes of a torn line.
fn opened(store: impl Store + 'static) -> (Journal, Vec<Record>, usize) {
    let mut records = Vec::new();
    let (journal, torn_bytes) =
        Journal::on(Box::new(store), Path::new("journal"), &mut |record| records.push(record)).unwrap();
    (journal, records, torn_bytes)
}

fn record(student: &str) -> Record {
    Record::Submission(Submission {
        student: student.into(),
        exercise: 1,
        digest: None,
        standing: Some(Standing::Missing),
        notes: vec!["a \"note\"\n\u{202e}".into()],
    })
}

fn written(students: &[&str]) -> Vec<u8> {
    let disk = Disk::default();
    let (mut journal, ..) = opened(disk.clone());
    for student in students {
        journal.append(&record(student)).unwrap();
    }
    disk.bytes()
}

/// A disk that outlives its journal, and has room for so many bytes.
#[derive(Clone, Default)]
struct Disk(Arc<Mutex<(Vec<u8>, Option<usize>)>>);

impl Disk {
    fn bytes(&self) -> Vec<u8> {
        self.0.lock().unwrap().0.clone()
    }

    fn with_room(room: usize) -> Self {
        Self(Arc::new(Mutex::new((Vec::new(), Some(room)))))
    }
}

impl Store for Disk {
    fn read(&mut self) -> io::Result<Box<dyn io::Read + '_>> {
        Ok(Box::new(io::Cursor::new(self.bytes())))
    }

    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut state = self.0.lock().unwrap();
        let free = state.1.map_or(usize::MAX, |room| room - state.0.len());
        state.0.extend_from_slice(&bytes[..bytes.len().min(free)]);
        if bytes.len() > free { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        let mut state = self.0.lock().unwrap();
        state.0.truncate(usize::try_from(length).unwrap());
        Ok(())
    }
}

#[test]
fn what_was_written_is_read_again_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.jsonl");
    let (mut journal, _) = Journal::open(&path, &mut |_| {}).unwrap();
    journal.append(&record("anna")).unwrap();
    drop(journal);
    let mut found = Vec::new();
    let (mut journal, torn_bytes) = Journal::open(&path, &mut |record| found.push(record)).unwrap();
    assert_eq!((found, torn_bytes), (vec![record("anna")], 0));
    journal.append(&record("bob")).unwrap();
    let reader = Reader::open(&path).unwrap();
    let mut places = Vec::new();
    let end = reader.scan(&mut |place, record| places.push((place, record))).unwrap();
    assert_eq!(&end.head, journal.head());
    for ((place, scanned), student) in places.iter().zip(["anna", "bob"]) {
        assert_eq!(scanned, &record(student));
        assert_eq!(&reader.record(*place).unwrap(), scanned, "read again by its place");
    }
    assert_eq!(places.len(), 2);
}

#[test]
fn a_record_that_is_gone_when_it_is_read_again_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.jsonl");
    std::fs::write(&path, written(&["anna", "bob"])).unwrap();
    let reader = Reader::open(&path).unwrap();
    let mut places = Vec::new();
    reader.scan(&mut |place, _| places.push(place)).unwrap();
    std::fs::write(&path, written(&["anna"])).unwrap();
    assert!(reader.record(places[0]).is_ok());
    assert!(matches!(reader.record(places[1]), Err(JournalError::Io { .. })));
}

#[test]
fn a_second_grader_on_the_same_journal_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.jsonl");
    let open = || Journal::open(&path, &mut |_| {});
    let first = open().unwrap();
    assert!(matches!(open(), Err(JournalError::Locked { .. })));
    drop(first);
    assert!(open().is_ok());
}

#[test]
fn a_torn_last_line_is_taken_away_and_told() {
    let whole = written(&["anna", "bob"]);
    let first = written_length(&whole, 1);
    for end in first + 1..whole.len() {
        let store = MemoryStore::holding(whole[..end].to_vec());
        let (mut journal, records, torn_bytes) = opened(store);
        assert_eq!((records, torn_bytes), (vec![record("anna")], end - first));
        journal.append(&record("bob")).unwrap();
    }
    let mut zeros = whole;
    zeros.extend([0; 100]);
    assert_eq!(read(&zeros).unwrap().1.torn_bytes, 100);
}

fn written_length(bytes: &[u8], lines: usize) -> usize {
    bytes.split_inclusive(|byte| *byte == b'\n').take(lines).map(<[u8]>::len).sum()
}

#[test]
fn an_altered_a_missing_and_a_swapped_line_are_found() {
    let whole = String::from_utf8(written(&["anna", "bob", "cleo"])).unwrap();
    let lines: Vec<&str> = whole.split_inclusive('\n').collect();
    for (text, line) in [
        (whole.replacen("anna", "anne", 1), 1),
        (whole.replacen("\"at\":\"2", "\"at\":\"3", 1), 1),
        ([lines[0], lines[2]].concat(), 2),
        ([lines[1], lines[0], lines[2]].concat(), 1),
        ([lines[0], lines[0]].concat(), 2),
        ([lines[0], "{\n", lines[1]].concat(), 2),
    ] {
        match read(text.as_bytes()) {
            Err(JournalError::Line { line: found, .. }) => assert_eq!(found, line, "{text}"),
            other => panic!("{other:?} of {text}"),
        }
    }
}

#[test]
fn a_journal_of_another_form_is_not_read_as_this_ones() {
    let text = String::from_utf8(written(&["anna"])).unwrap().replacen("\"v\":1", "\"v\":2", 1);
    let error = read(text.as_bytes()).unwrap_err();
    assert!(matches!(error, JournalError::Line { source: LineError::Format(2), .. }));
}

#[test]
fn a_full_disk_loses_nothing_that_was_written_and_takes_nothing_more() {
    let whole = written(&["anna", "bob"]).len();
    for room in 0..whole {
        let disk = Disk::with_room(room);
        let (mut journal, ..) = opened(disk.clone());
        let mut kept = Vec::new();
        for student in ["anna", "bob"] {
            match journal.append(&record(student)) {
                Ok(()) => kept.push(record(student)),
                Err(JournalError::Full { .. }) => break,
                Err(other) => panic!("{other}"),
            }
        }
        assert!(kept.len() < 2, "room for {room} of {whole} bytes");
        assert!(journal.append(&record("cleo")).is_err(), "a record after one that is lost");
        assert_eq!(read(&disk.bytes()).unwrap().0, kept, "{room}");
    }
}

proptest! {
    #[test]
    fn any_bytes_are_a_journal_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = read(&bytes);
    }

    #[test]
    fn no_changed_byte_goes_unnoticed(at in 0_usize..1000, to: u8) {
        let whole = written(&["anna", "bob", "cleo"]);
        let at = at % whole.len();
        prop_assume!(whole[at] != to);
        let mut changed = whole;
        changed[at] = to;
        if let Ok((records, end)) = read(&changed) {
            // What is lost is at most the last line, and it is said so.
            prop_assert_eq!(records.len(), 2);
            prop_assert!(end.torn_bytes > 0);
        }
    }
}
