//! What is read of cells, and what they are given: records of their ends, specs, last words.

use std::path::Path;
use std::sync::LazyLock;

use grade::cell::{Record, Spec};
use grade::plain::plain;

static FOLDER: LazyLock<&Path> = LazyLock::new(super::folder);

/// What [`plain`] adds where it cuts, and the character that was begun before.
const TOLD_BYTES: usize = "\n[the rest is left out]".len() + 3;

/// Whatever `bytes` are.
pub fn check(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let parts: Vec<&str> = super::parts(&text).take(8).collect();
    for (index, part) in parts.iter().enumerate() {
        super::write(&FOLDER.join(format!("{index}.json")), part);
    }
    let records = Record::read_all(&FOLDER);
    for index in 0..parts.len() {
        std::fs::remove_file(FOLDER.join(format!("{index}.json"))).expect("the file is there");
    }
    let expected: Vec<Record> = parts.iter().filter_map(|part| serde_json::from_str(part).ok()).collect();
    assert_eq!(records, expected, "a file that is no record hides another one");
    for record in &records {
        let _ = record.outcome();
        let written = serde_json::to_string(record).expect("a record is JSON");
        assert_eq!(serde_json::from_str::<Record>(&written).ok().as_ref(), Some(record));
    }
    for part in &parts {
        if let Ok(spec) = serde_json::from_str::<Spec>(part) {
            let written = serde_json::to_string(&spec).expect("a spec is JSON");
            assert_eq!(serde_json::from_str::<Spec>(&written).ok(), Some(spec));
        }
    }
    is_harmless(&text);
}

fn is_harmless(text: &str) {
    for most_bytes in [0, 16, 4096] {
        let shown = plain(text, most_bytes);
        assert!(shown.len() <= most_bytes + TOLD_BYTES, "{} bytes of {most_bytes}", shown.len());
        let acts = |letter: &char| letter.is_control() && !matches!(letter, '\n' | '\t');
        assert_eq!(shown.chars().find(acts), None);
        assert_eq!(plain(&shown, usize::MAX), shown, "what is plain stays as it is");
    }
}
