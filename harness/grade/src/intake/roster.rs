//! The class as a CSV document, as a spreadsheet or a learning platform exports it.
//!
//! | column | |
//! |---|---|
//! | `id` | required, unique; what the gradebook is joined on |
//! | `name` | what the reports call the student |
//! | `path` | the submission, relative to the roster; where it is absent or empty, the folder or archive beside the roster that is called like the `id` |
//! | `submitted` | when it came in: RFC 3339, or `2026-11-23 18:00` in the time zone of the deadline |
//!
//! The first row names the columns, in any order and case; others are ignored. UTF-8 with or without a byte order
//! mark; lines end in LF or CRLF; the separator is a comma, a semicolon or a tab, whichever the first row has most of.

use std::collections::BTreeMap;
use std::path::Path;

/// More than a few times the largest class.
const MOST_BYTES: u64 = 16 << 20;
const MOST_ROWS: usize = 20_000;

/// A roster that can't be used.
#[derive(Debug, thiserror::Error)]
pub enum RosterError {
    /// It could not be read.
    #[error("could not read {path}: {source}", path = path.display())]
    Read {
        /// The file.
        path: std::path::PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// It is not a roster.
    #[error("{path}: {message}", path = path.display())]
    Invalid {
        /// The file.
        path: std::path::PathBuf,
        /// What is wrong with it, with the line where that is known.
        message: String,
    },
}

/// A student, as the roster has them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The line in the document, counted from 1.
    pub line: u64,
    /// What the gradebook is joined on.
    pub id: String,
    /// What reports call the student; empty where the roster does not say.
    pub name: String,
    /// The submission, as it is written; empty where the roster does not say.
    pub path: String,
    /// When it came in, as it is written; empty where the roster does not say.
    pub submitted: String,
}

/// What a roster says.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Roster {
    /// One row a student, in the roster's order. Where rows contradict each other, the student is in `unclear`.
    pub rows: Vec<Row>,
    /// Students whose rows contradict each other, and what to tell.
    pub unclear: BTreeMap<String, String>,
    /// What to tell of the whole.
    pub notes: Vec<String>,
}

impl Roster {
    /// Reads the roster at `path`.
    pub fn read(path: &Path) -> Result<Self, RosterError> {
        let read = |source| RosterError::Read { path: path.to_owned(), source };
        let invalid = |message| RosterError::Invalid { path: path.to_owned(), message };
        if std::fs::metadata(path).map_err(read)?.len() > MOST_BYTES {
            return Err(invalid(format!("it is larger than {} MiB", MOST_BYTES >> 20)));
        }
        Self::parse(&std::fs::read(path).map_err(read)?).map_err(invalid)
    }

    /// Reads the roster that `bytes` are.
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
            return Err("it is UTF-16; save it as \"CSV UTF-8\"".into());
        }
        let text = std::str::from_utf8(bytes).map_err(|error| {
            let before = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
            let line = before.matches('\n').count() + 1;
            format!("line {line} is not UTF-8; save it as \"CSV UTF-8\"")
        })?;
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(separator(text))
            .flexible(true)
            .trim(csv::Trim::All)
            .from_reader(text.as_bytes());
        let columns = Columns::of(reader.headers().map_err(|error| error.to_string())?)?;
        let mut roster = Self::default();
        let mut lines: BTreeMap<String, Row> = BTreeMap::new();
        for (index, record) in reader.records().enumerate() {
            if index >= MOST_ROWS {
                return Err(format!("it has more than {MOST_ROWS} rows"));
            }
            let record = record.map_err(|error| error.to_string())?;
            let line = record.position().map_or(0, csv::Position::line);
            let cell =
                |column: Option<usize>| column.and_then(|at| record.get(at)).unwrap_or_default().to_owned();
            if record.iter().all(str::is_empty) {
                continue;
            }
            let row = Row {
                line,
                id: cell(Some(columns.id)),
                name: cell(columns.name),
                path: cell(columns.path),
                submitted: cell(columns.submitted),
            };
            if row.id.is_empty() {
                roster.notes.push(format!("line {line} of the roster has no id and is left out"));
                continue;
            }
            roster.add(row, &mut lines);
        }
        Ok(roster)
    }

    fn add(&mut self, row: Row, known: &mut BTreeMap<String, Row>) {
        let Some(first) = known.get(&row.id) else {
            known.insert(row.id.clone(), row.clone());
            self.rows.push(row);
            return;
        };
        if (&first.path, &first.submitted) == (&row.path, &row.submitted) {
            self.notes
                .push(format!("the roster has {} twice, in lines {} and {}", row.id, first.line, row.line));
        } else {
            let told = format!(
                "the roster has two submissions of {}, in lines {} and {}; leave one of them",
                row.id, first.line, row.line
            );
            self.unclear.insert(row.id, told);
        }
    }
}

struct Columns {
    id: usize,
    name: Option<usize>,
    path: Option<usize>,
    submitted: Option<usize>,
}

impl Columns {
    fn of(headers: &csv::StringRecord) -> Result<Self, String> {
        let find = |wanted: &str| {
            let mut places = headers
                .iter()
                .enumerate()
                .filter(|(_, header)| header.to_lowercase() == wanted)
                .map(|(at, _)| at);
            match (places.next(), places.next()) {
                (_, Some(_)) => Err(format!("it has the column `{wanted}` twice")),
                (place, None) => Ok(place),
            }
        };
        let shown: Vec<&str> = headers.iter().take(12).collect();
        Ok(Self {
            id: find("id")?.ok_or_else(|| {
                format!(
                    "its first row has no column `id`; it has: {}",
                    super::member::shown(&shown.join(", "))
                )
            })?,
            name: find("name")?,
            path: find("path")?,
            submitted: find("submitted")?,
        })
    }
}

fn separator(text: &str) -> u8 {
    let first = text.lines().next().unwrap_or_default();
    let count = |separator: u8| first.bytes().filter(|byte| *byte == separator).count();
    // Of equals the last is taken: the comma.
    [b'\t', b';', b','].into_iter().max_by_key(|separator| count(*separator)).unwrap_or(b',')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ids(text: &[u8]) -> Vec<String> {
        Roster::parse(text).unwrap().rows.into_iter().map(|row| row.id).collect()
    }

    #[test]
    fn any_spreadsheets_csv_is_read() {
        let expected = ["anna", "łukasz", "李"];
        for text in [
            "id,name\nanna,A\nłukasz,L\n李,李四\n",
            "\u{feff}id;name\r\nanna;A\r\nłukasz;\"L; M\"\r\n李;x\r\n",
            "Name\tID\nA\tanna\nL\tłukasz\nx\t李",
            "id,name\n\n anna ,A\nłukasz\n,,\n李,x\n",
        ] {
            assert_eq!(ids(text.as_bytes()), expected, "{text:?}");
        }
    }

    #[test]
    fn a_student_twice_is_told_and_a_contradiction_is_left_to_a_person() {
        let roster = Roster::parse(b"id,path\nanna,a.zip\nbob,b.zip\nanna,a.zip\nbob,c.zip\n").unwrap();
        assert_eq!(roster.rows.len(), 2);
        assert_eq!(roster.notes, ["the roster has anna twice, in lines 2 and 4"]);
        assert_eq!(
            roster.unclear["bob"],
            "the roster has two submissions of bob, in lines 3 and 5; leave one of them"
        );
    }

    #[test]
    fn what_is_no_roster_says_what_it_lacks() {
        for (text, message) in [
            (b"student,mark\n".as_slice(), "its first row has no column `id`; it has: student, mark"),
            (b"", "its first row has no column `id`; it has: "),
            (b"id,ID\n", "it has the column `id` twice"),
            (b"id\nanna\n\xff\n", "line 3 is not UTF-8; save it as \"CSV UTF-8\""),
            (b"\xff\xfei\0d\0", "it is UTF-16; save it as \"CSV UTF-8\""),
        ] {
            assert_eq!(Roster::parse(text).unwrap_err(), message);
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_roster_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Roster::parse(&[b"id,path\n", bytes.as_slice()].concat());
            let _ = Roster::parse(&bytes);
        }

        #[test]
        fn every_id_comes_back_once(ids in proptest::collection::vec("[^\u{feff}\\s]{1,8}", 0..12)) {
            let mut writer = csv::Writer::from_writer(Vec::new());
            writer.write_record(["id", "path"]).unwrap();
            for id in &ids {
                writer.write_record([id.as_str(), "x"]).unwrap();
            }
            let roster = Roster::parse(&writer.into_inner().unwrap()).unwrap();
            let found: Vec<&str> = roster.rows.iter().map(|row| row.id.as_str()).collect();
            let mut expected: Vec<&str> = Vec::new();
            for id in &ids {
                if !expected.contains(&id.as_str()) {
                    expected.push(id);
                }
            }
            prop_assert_eq!(found, expected);
        }
    }
}
