//! A journal, read a line at a time: a class has more verdicts than memory should hold.

use std::cell::RefCell;
use std::fs::File;
use std::io::{BufRead, BufReader, Cursor, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::chain::{self, Head, LineError};
use super::record::Record;
use super::{JournalError, failed};

/// A journal, open for reading, also while it is written to. It holds none of it.
pub struct Reader {
    bytes: RefCell<Box<dyn Bytes>>,
    path: PathBuf,
}

trait Bytes: Read + Seek {}

impl<T: Read + Seek> Bytes for T {}

/// Where a record is in a journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    start: u64,
    bytes: usize,
}

/// How a journal ends.
#[derive(Debug, PartialEq, Eq)]
pub struct End {
    /// Its state after the last whole line.
    pub head: Head,
    /// Bytes of whole lines.
    pub length: u64,
    /// Bytes after them: of a line that was never finished.
    pub torn_bytes: usize,
}

impl Reader {
    /// Opens the journal at `path`.
    pub fn open(path: &Path) -> Result<Self, JournalError> {
        let file = File::open(path).map_err(|source| failed(path, source))?;
        Ok(Self { bytes: RefCell::new(Box::new(file)), path: path.to_owned() })
    }

    /// A journal that is in memory; `path` is what errors call it.
    pub fn holding(bytes: Vec<u8>, path: &Path) -> Self {
        Self { bytes: RefCell::new(Box::new(Cursor::new(bytes))), path: path.to_owned() }
    }

    /// What errors call it.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Gives `each` every record in order, and proves that they are what was written.
    pub fn scan(&self, each: &mut dyn FnMut(Place, Record)) -> Result<End, JournalError> {
        let mut bytes = self.bytes.borrow_mut();
        bytes.seek(SeekFrom::Start(0)).map_err(|source| failed(&self.path, source))?;
        scan(BufReader::new(bytes.as_mut()), &self.path, each)
    }

    /// A record that [`Self::scan`] has given, once more.
    pub fn record(&self, place: Place) -> Result<Record, JournalError> {
        let mut line = vec![0; place.bytes];
        let mut bytes = self.bytes.borrow_mut();
        bytes
            .seek(SeekFrom::Start(place.start))
            .and_then(|_| bytes.read_exact(&mut line))
            .map_err(|source| failed(&self.path, source))?;
        let line = std::str::from_utf8(&line).map_err(std::io::Error::other);
        let line = line.map_err(|source| failed(&self.path, source))?;
        chain::record(line).map_err(|error| failed(&self.path, std::io::Error::other(error)))
    }
}

/// Reads a journal from its beginning. What follows the last whole line is a torn one.
pub(super) fn scan(
    mut journal: impl BufRead,
    path: &Path,
    each: &mut dyn FnMut(Place, Record),
) -> Result<End, JournalError> {
    let mut end = End { head: Head::default(), length: 0, torn_bytes: 0 };
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        if journal.read_until(b'\n', &mut line).map_err(|source| failed(path, source))? == 0 {
            break;
        }
        let is_last = journal.fill_buf().map_err(|source| failed(path, source))?.is_empty();
        let whole = line.strip_suffix(b"\n").and_then(|line| std::str::from_utf8(line).ok());
        let read = whole.map_or(Err(LineError::Torn), |line| end.head.follow(line));
        match read {
            Ok((record, head)) => {
                each(Place { start: end.length, bytes: line.len() - 1 }, record);
                end.head = head;
                end.length += line.len() as u64;
            }
            // A write that a crash has cut short has no end, or blocks that were never written.
            Err(LineError::Torn) if is_last && (!line.ends_with(b"\n") || line.contains(&0)) => {
                end.torn_bytes = line.len();
            }
            Err(source) => return Err(JournalError::Line { path: path.to_owned(), line: number, source }),
        }
    }
    Ok(end)
}
