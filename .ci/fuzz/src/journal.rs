//! The journal, its reports, and journals that are merged.
//!
//! An input is taken as a journal as it is; and its lines as records, of which journals with the right checksums are
//! written: one for each part.

use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex};

use grade::journal::{End, Head, Journal, Reader, Record, Store};
use grade::merge::merge;
use grade::report::model::Told;
use grade::report::{Report, classroom, gradebook, gradescope, html, json, junit, markdown, terminal};

/// Whatever `bytes` are.
pub fn check(bytes: &[u8]) {
    if let Some((records, end)) = read(bytes) {
        let mended = read(&bytes[..bytes.len() - end.torn_bytes]).expect("what was whole is whole");
        assert_eq!((mended.0, mended.1.torn_bytes), (records, 0));
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let parts: Vec<Vec<Record>> = super::parts(text)
        .map(|part| part.lines().filter_map(|line| serde_json::from_str(line).ok()).collect())
        .collect();
    for records in &parts {
        let written = written(records);
        let whole = read(&written).expect("what was written is a journal");
        assert_eq!(&whole.0, records);
        let (cut, _) = read(&written[..written.len() - written.len().min(bytes.len() % 997)])
            .expect("a torn line is no error");
        assert_eq!(cut, records[..cut.len()], "what was whole before the cut is");
        told(&report(written));
    }
    let Some(merged) = merged(&parts.iter().map(|records| written(records)).collect::<Vec<_>>()) else {
        return;
    };
    let again = self::merged(std::slice::from_ref(&merged)).expect("what was merged is one part");
    let (merged, again) = (report(merged), report(again));
    assert_eq!(told(&merged), told(&again), "a journal merged by itself says what it said");
}

fn report(journal: Vec<u8>) -> Report {
    Report::of(Reader::holding(journal, Path::new("journal")), None).expect("what was written is a journal")
}

fn read(bytes: &[u8]) -> Option<(Vec<Record>, End)> {
    let reader = Reader::holding(bytes.to_vec(), Path::new("journal"));
    let (mut places, mut records) = (Vec::new(), Vec::new());
    let end = reader
        .scan(&mut |place, record| {
            places.push(place);
            records.push(record);
        })
        .ok()?;
    assert_eq!(end.length + end.torn_bytes as u64, bytes.len() as u64);
    assert_eq!(end.head.count, records.len() as u64);
    for (place, record) in places.into_iter().zip(&records) {
        assert_eq!(&reader.record(place).expect("what was scanned is there"), record);
    }
    Some((records, end))
}

fn written(records: &[Record]) -> Vec<u8> {
    let (mut head, mut written) = (Head::default(), String::new());
    for record in records {
        let (line, next) = head.line("2026-11-30T23:59:00.000000Z", record);
        written.push_str(&line);
        head = next;
    }
    written.into_bytes()
}

fn merged(parts: &[Vec<u8>]) -> Option<Vec<u8>> {
    let parts: Vec<Reader> =
        parts.iter().map(|part| Reader::holding(part.clone(), Path::new("part"))).collect();
    let kept = Kept::default();
    let (mut journal, _) = Journal::on(Box::new(kept.clone()), Path::new("merged"), &mut |_| {})
        .expect("nothing at all is a journal");
    merge(&parts, &mut journal).ok()?;
    let bytes = kept.0.lock().expect("nobody panics with it").clone();
    read(&bytes).expect("what was merged is a journal");
    Some(bytes)
}

/// A journal's bytes, to be read after it was written.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Store for Kept {
    fn read(&mut self) -> io::Result<Box<dyn io::Read + '_>> {
        Ok(Box::new(io::Cursor::new(self.0.lock().expect("nobody panics with it").clone())))
    }

    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.lock().expect("nobody panics with it").extend_from_slice(bytes);
        Ok(())
    }

    fn truncate(&mut self, _: u64) -> io::Result<()> {
        Err(io::Error::other("memory is never torn"))
    }
}

/// Every format takes every report. Returns what it tells of the students.
fn told(report: &Report) -> serde_json::Value {
    let json = json(report).expect("memory can be read");
    let mut parsed: serde_json::Value = serde_json::from_str(&json).expect("a report is JSON");
    assert_eq!(parsed["students"].as_array().map(Vec::len), Some(report.students.len()));
    let mut xml = Vec::new();
    junit::write(report, &mut xml).expect("memory takes every write");
    let xml = String::from_utf8(xml).expect("only text was written");
    roxmltree::Document::parse(&xml).unwrap_or_else(|error| panic!("{error} in {xml}"));
    let table = terminal::table(report).expect("memory can be read");
    let summary = markdown::summary(report).expect("memory can be read");
    for text in [&xml, &table, &summary, &gradebook::document(report).replace("\r\n", "\n")] {
        is_seen(text);
    }
    is_seen(&html::index(report, &|student| student.id.len().to_string()));
    for told in report.all_told() {
        let told = told.expect("memory can be read");
        is_seen(&html::page(report, &told));
        is_seen(&terminal::details(report, &told));
        let results = gradescope::document(report, &told);
        serde_json::from_str::<serde_json::Value>(&results).expect("Gradescope's document is JSON");
        assert_eq!(classroom::environment(&told).lines().count(), runners(&told), "a line a runner");
        let total = told.student.total;
        assert!(total.is_none_or(|total| (0.0..=100.0).contains(&total)), "{total:?}");
    }
    parsed["students"].take()
}

fn runners(told: &Told<'_>) -> usize {
    classroom::runners(told).split(',').filter(|runner| !runner.is_empty()).count()
}

/// Nothing that a terminal or a page would act on, and nobody see.
fn is_seen(text: &str) {
    let hidden =
        |letter: &char| letter.is_control() && !matches!(letter, '\n' | '\t') || *letter == '\u{202e}';
    assert_eq!(text.chars().find(hidden), None, "in {text:?}");
}
