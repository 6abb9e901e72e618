//! The journal, its reports, and journals that are merged.
//!
//! An input is taken as a journal as it is; and its lines as records, of which journals with the right checksums are
//! written: one for each part.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use grade::journal::{self, Contents, Head, Journal, Record, Store};
use grade::merge::{Part, merge};
use grade::report::model::StudentReport;
use grade::report::{Report, classroom, gradebook, gradescope, html, json, junit, markdown, terminal};

/// Whatever `bytes` are.
pub fn check(bytes: &[u8]) {
    if let Some(contents) = read(bytes) {
        let mended = read(&bytes[..contents.length]).expect("what was whole is whole");
        assert_eq!((mended.records, mended.torn_bytes), (contents.records, 0));
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let parts: Vec<Vec<Record>> = super::parts(text)
        .map(|part| part.lines().filter_map(|line| serde_json::from_str(line).ok()).collect())
        .collect();
    for records in &parts {
        let written = written(records);
        let whole = read(&written).expect("what was written is a journal");
        assert_eq!(&whole.records, records);
        let cut = read(&written[..written.len() - written.len().min(bytes.len() % 997)])
            .expect("a torn line is no error");
        assert_eq!(cut.records, records[..cut.records.len()], "what was whole before the cut is");
        told(&Report::of(whole, None));
    }
    let Some(merged) = merged(parts) else { return };
    let again = self::merged(vec![merged.records.clone()]).expect("what was merged is one part");
    let (merged, again) = (Report::of(merged, None), Report::of(again, None));
    assert_eq!(merged.students, again.students, "a journal merged by itself says what it said");
    told(&merged);
}

fn read(bytes: &[u8]) -> Option<Contents> {
    let contents = journal::read(bytes, Path::new("journal")).ok()?;
    assert_eq!(contents.length + contents.torn_bytes, bytes.len());
    assert_eq!(contents.head.count, contents.records.len() as u64);
    Some(contents)
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

fn merged(parts: Vec<Vec<Record>>) -> Option<Contents> {
    let parts = parts.into_iter().enumerate().map(|(index, records)| Part {
        path: PathBuf::from(format!("part-{index}")),
        contents: Contents { records, head: Head::default(), length: 0, torn_bytes: 0 },
    });
    let kept = Kept::default();
    let (mut journal, _) =
        Journal::on(Box::new(kept.clone()), Path::new("merged")).expect("nothing at all is a journal");
    merge(parts.collect(), &mut journal).ok()?;
    let bytes = kept.0.lock().expect("nobody panics with it");
    Some(read(&bytes).expect("what was merged is a journal"))
}

/// A journal's bytes, to be read after it was written.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Store for Kept {
    fn read(&mut self) -> io::Result<Vec<u8>> {
        Ok(self.0.lock().expect("nobody panics with it").clone())
    }

    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.lock().expect("nobody panics with it").extend_from_slice(bytes);
        Ok(())
    }

    fn truncate(&mut self, _: u64) -> io::Result<()> {
        Err(io::Error::other("memory is never torn"))
    }
}

/// Every format takes every report.
fn told(report: &Report) {
    let parsed: serde_json::Value = serde_json::from_str(&json(report)).expect("a report is JSON");
    assert_eq!(parsed["students"].as_array().map(Vec::len), Some(report.students.len()));
    let mut xml = Vec::new();
    junit::write(report, &mut xml).expect("memory takes every write");
    let xml = String::from_utf8(xml).expect("only text was written");
    roxmltree::Document::parse(&xml).unwrap_or_else(|error| panic!("{error} in {xml}"));
    let table = terminal::table(report);
    for text in [&xml, &table, &markdown::summary(report), &gradebook::document(report).replace("\r\n", "\n")]
    {
        is_seen(text);
    }
    is_seen(&html::index(report, &|student| student.id.len().to_string()));
    for student in &report.students {
        is_seen(&html::page(report, student));
        is_seen(&terminal::details(report, student));
        let results = gradescope::document(report, student);
        serde_json::from_str::<serde_json::Value>(&results).expect("Gradescope's document is JSON");
        assert_eq!(classroom::environment(student).lines().count(), runners(student), "a line a runner");
        assert!(student.total.is_none_or(|total| (0.0..=100.0).contains(&total)), "{:?}", student.total);
    }
}

fn runners(student: &StudentReport) -> usize {
    classroom::runners(student).split(',').filter(|runner| !runner.is_empty()).count()
}

/// Nothing that a terminal or a page would act on, and nobody see.
fn is_seen(text: &str) {
    let hidden =
        |letter: &char| letter.is_control() && !matches!(letter, '\n' | '\t') || *letter == '\u{202e}';
    assert_eq!(text.chars().find(hidden), None, "in {text:?}");
}
