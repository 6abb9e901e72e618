//! The class as a CSV document: each student once, what is read survives being written and read again, and an id leads
//! nowhere.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::LazyLock;

use grade::intake::Class;
use grade::intake::roster::{Roster, Row};

static FOLDER: LazyLock<&Path> = LazyLock::new(|| {
    let folder = super::folder();
    for name in ["outside/lib.rs", "class/anna/lib.rs", "class/.hidden/lib.rs", "class/bob.zip"] {
        super::write(&folder.join(name), "");
    }
    folder
});

/// Whatever `bytes` are.
pub fn check(bytes: &[u8]) {
    let roster = match Roster::parse(bytes) {
        Ok(roster) => roster,
        Err(message) => return assert!(!message.is_empty()),
    };
    let ids: BTreeSet<&str> = roster.rows.iter().map(|row| row.id.as_str()).collect();
    assert_eq!(ids.len(), roster.rows.len(), "a student is there twice");
    assert!(!ids.contains("") && roster.unclear.keys().all(|id| ids.contains(id.as_str())));

    let again = Roster::parse(&written(&roster.rows)).expect("what was written is a roster");
    assert_eq!(
        again.rows.iter().map(cells).collect::<Vec<_>>(),
        roster.rows.iter().map(cells).collect::<Vec<_>>()
    );
    assert!(again.notes.is_empty() && again.unclear.is_empty());

    let class = FOLDER.join("class");
    let file = class.join("roster.csv");
    std::fs::write(&file, bytes).expect("a file can be written");
    let found = Class::find(&[file], &[]).expect("a roster is a class");
    for entry in found.entries {
        let row = roster.rows.iter().find(|row| row.id == entry.id).expect("everybody is in the roster");
        if let Some(path) = entry.path.filter(|_| row.path.is_empty()) {
            assert_eq!(path.parent(), Some(class.as_path()), "{:?} leads to {}", entry.id, path.display());
        }
    }
}

fn cells(row: &Row) -> [&str; 4] {
    [&row.id, &row.name, &row.path, &row.submitted]
}

fn written(rows: &[Row]) -> Vec<u8> {
    let mut text = "id,name,path,submitted\n".to_owned();
    for row in rows {
        let cells = cells(row).map(|cell| format!("\"{}\"", cell.replace('"', "\"\"")));
        text.push_str(&cells.join(","));
        text.push('\n');
    }
    text.into_bytes()
}
