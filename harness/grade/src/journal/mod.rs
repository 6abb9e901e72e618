//! The journal of a class: what was graded, in an append-only file of JSON lines.
//!
//! Every line has a number and a checksum over itself and all before it, and is on the disk before the next one is
//! begun. So a run that was killed resumes where it was, and an edited line is found. It does not protect from somebody
//! who may write the file and computes all sums anew: compare [`Head::sum`] with the one that the reports carry.

mod chain;
mod record;
mod store;

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

pub use chain::{FORMAT, Head, LineError};
pub use record::{Graded, GradedStep, Opened, Record, Shard, Student, Submission};
pub use store::{FileStore, MemoryStore, OpenError, Store};

/// A journal, open for writing.
pub struct Journal {
    store: Box<dyn Store>,
    path: PathBuf,
    head: Head,
    length: u64,
    broken: bool,
}

/// What a journal held when it was opened. It keeps none of it: a class has more verdicts than memory should hold.
#[derive(Debug, PartialEq, Eq)]
pub struct Found {
    /// What it says.
    pub records: Vec<Record>,
    /// Bytes of a last line that was never finished; they are gone now.
    pub torn_bytes: usize,
}

/// A journal that can't be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// Another grader writes to it.
    #[error("another grader is writing to {path}", path = path.display())]
    Locked {
        /// The file.
        path: PathBuf,
    },
    /// A line is not what was written.
    #[error("{path}:{line}: {source}", path = path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// From 1.
        line: usize,
        /// What is wrong.
        source: LineError,
    },
    /// The disk is full. What was written before is whole.
    #[error("the disk of {path} is full; everything up to here is kept", path = path.display())]
    Full {
        /// The file.
        path: PathBuf,
    },
    /// It could not be read or written.
    #[error("could not use {path}: {source}", path = path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
}

impl JournalError {
    /// What to do about it.
    pub fn remedy(&self) -> String {
        match self {
            Self::Locked { .. } => "wait until it has ended, or name another journal with --journal".into(),
            Self::Line { source: LineError::Format(_), .. } => {
                "use the version of the course that wrote it, or begin another with --journal".into()
            }
            Self::Line { .. } => {
                "restore it from a copy, or begin another with --journal; nothing was written".into()
            }
            Self::Full { .. } => "free some room and run the same command again: it resumes".into(),
            Self::Io { .. } => "see that the file and its folder can be written to".into(),
        }
    }
}

impl Journal {
    /// Opens the journal at `path`, or begins one.
    pub fn open(path: &Path) -> Result<(Self, Found), JournalError> {
        let store = FileStore::open(path).map_err(|error| match error {
            OpenError::Locked => JournalError::Locked { path: path.to_owned() },
            OpenError::Io(source) => failed(path, source),
        })?;
        Self::on(Box::new(store), path)
    }

    /// Opens the journal that is in `store`; `path` is what errors call it.
    pub fn on(mut store: Box<dyn Store>, path: &Path) -> Result<(Self, Found), JournalError> {
        let bytes = store.read().map_err(|source| failed(path, source))?;
        let read = read(bytes.as_slice(), path)?;
        let length = read.length as u64;
        if read.torn_bytes > 0 {
            store.truncate(length).map_err(|source| failed(path, source))?;
        }
        let Contents { records, head, torn_bytes, .. } = read;
        Ok((
            Self { store, path: path.to_owned(), head, length, broken: false },
            Found { records, torn_bytes },
        ))
    }

    /// Its state.
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// Appends a record; when this returns it is on the disk. After an error nothing more is taken.
    pub fn append(&mut self, record: &Record) -> Result<(), JournalError> {
        if self.broken {
            return Err(JournalError::Io {
                path: self.path.clone(),
                source: io::Error::other("writing to it has failed before"),
            });
        }
        let (line, head) = self.head.line(&now(), record);
        if let Err(source) = self.store.append(line.as_bytes()) {
            self.broken = true;
            // Half a line would be mended at the next opening; where the disk lets us, it is mended now.
            let _ = self.store.truncate(self.length);
            return Err(failed(&self.path, source));
        }
        self.length += line.len() as u64;
        self.head = head;
        Ok(())
    }
}

/// What a journal says, for who only reads it.
#[derive(Debug)]
pub struct Contents {
    /// Its records.
    pub records: Vec<Record>,
    /// Its state.
    pub head: Head,
    /// Bytes of whole lines.
    pub length: usize,
    /// Bytes after them: of a line that was never finished.
    pub torn_bytes: usize,
}

/// Reads the journal at `path`, also while it is written to.
pub fn read_file(path: &Path) -> Result<Contents, JournalError> {
    let file = File::open(path).map_err(|source| failed(path, source))?;
    read(BufReader::new(file), path)
}

/// Reads a journal, a line at a time; `path` is what errors call it. What follows the last whole line is a torn one.
pub fn read(mut journal: impl BufRead, path: &Path) -> Result<Contents, JournalError> {
    let mut contents = Contents { records: Vec::new(), head: Head::default(), length: 0, torn_bytes: 0 };
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        if journal.read_until(b'\n', &mut line).map_err(|source| failed(path, source))? == 0 {
            break;
        }
        let is_last = journal.fill_buf().map_err(|source| failed(path, source))?.is_empty();
        let whole = line.strip_suffix(b"\n").and_then(|line| std::str::from_utf8(line).ok());
        let read = whole.map_or(Err(LineError::Torn), |line| contents.head.follow(line));
        match read {
            Ok((record, head)) => {
                contents.records.push(record);
                contents.head = head;
                contents.length += line.len();
            }
            // A write that a crash has cut short has no end, or blocks that were never written.
            Err(LineError::Torn) if is_last && (!line.ends_with(b"\n") || line.contains(&0)) => {
                contents.torn_bytes = line.len();
            }
            Err(source) => return Err(JournalError::Line { path: path.to_owned(), line: number, source }),
        }
    }
    Ok(contents)
}

fn failed(path: &Path, source: io::Error) -> JournalError {
    let path = path.to_owned();
    match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            JournalError::Full { path }
        }
        _ => JournalError::Io { path, source },
    }
}

/// For people; nothing is ordered by it.
fn now() -> String {
    // As many digits at every moment, so that the same records are as long on every run.
    format!("{:.6}", jiff::Timestamp::now())
}

#[cfg(test)]
mod tests;
