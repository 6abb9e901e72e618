//! The journal of a class: what was graded, in an append-only file of JSON lines.
//!
//! Every line has a number and a checksum over itself and all before it, and is on the disk before the next one is
//! begun. So a run that was killed resumes where it was, and an edited line is found. It does not protect from somebody
//! who may write the file and computes all sums anew: compare [`Head::sum`] with the one that the reports carry.

mod chain;
mod reader;
mod record;
mod store;

use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

pub use chain::{FORMAT, Head, LineError};
pub use reader::{End, Place, Reader};
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
    /// Opens the journal at `path`, or begins one. `each` is given every record that is there; returns also the bytes of
    /// a last line that was never finished, which are gone now.
    pub fn open(path: &Path, each: &mut dyn FnMut(Record)) -> Result<(Self, usize), JournalError> {
        let store = FileStore::open(path).map_err(|error| match error {
            OpenError::Locked => JournalError::Locked { path: path.to_owned() },
            OpenError::Io(source) => failed(path, source),
        })?;
        Self::on(Box::new(store), path, each)
    }

    /// Opens the journal that is in `store`, as [`Self::open`] does; `path` is what errors call it.
    pub fn on(
        mut store: Box<dyn Store>,
        path: &Path,
        each: &mut dyn FnMut(Record),
    ) -> Result<(Self, usize), JournalError> {
        let bytes = store.read().map_err(|source| failed(path, source))?;
        let End { head, length, torn_bytes } =
            reader::scan(BufReader::new(bytes), path, &mut |_, record| each(record))?;
        if torn_bytes > 0 {
            store.truncate(length).map_err(|source| failed(path, source))?;
        }
        Ok((Self { store, path: path.to_owned(), head, length, broken: false }, torn_bytes))
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
