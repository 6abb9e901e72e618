//! Where a journal's bytes are: a file, and in tests something that breaks when told to.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek as _, SeekFrom, Write as _};
use std::path::Path;

/// Where a journal's bytes are.
pub trait Store: Send {
    /// Everything that is there, from the beginning.
    fn read(&mut self) -> io::Result<Box<dyn Read + '_>>;
    /// Appends, and returns when it is on the disk.
    fn append(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// Forgets everything after the first `length` bytes.
    fn truncate(&mut self, length: u64) -> io::Result<()>;
}

/// Why a store could not be opened.
#[derive(Debug)]
pub enum OpenError {
    /// Another grader writes to it.
    Locked,
    /// What the operating system said.
    Io(io::Error),
}

/// A file that is this process's alone, as long as it is open.
#[derive(Debug)]
pub struct FileStore {
    file: File,
}

impl FileStore {
    /// Opens or makes the file at `path`.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true);
        let file = options.open(path).map_err(OpenError::Io)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(OpenError::Locked),
            Err(TryLockError::Error(error)) => return Err(OpenError::Io(error)),
        }
        #[cfg(unix)]
        if let Some(folder) = path.parent() {
            // The name, too, has to outlive a crash.
            let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
            File::open(folder).and_then(|folder| folder.sync_all()).map_err(OpenError::Io)?;
        }
        Ok(Self { file })
    }
}

impl Store for FileStore {
    fn read(&mut self) -> io::Result<Box<dyn Read + '_>> {
        self.file.seek(SeekFrom::Start(0))?;
        Ok(Box::new(&mut self.file))
    }

    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)?;
        self.file.sync_data()
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        self.file.set_len(length)?;
        self.file.sync_data()
    }
}

/// In memory: for a run of which nothing is kept.
#[derive(Debug, Default)]
pub struct MemoryStore {
    bytes: Vec<u8>,
}

impl MemoryStore {
    /// A store that holds `bytes` already.
    pub fn holding(bytes: Vec<u8>) -> Self {
        Self { bytes }
    }
}

impl Store for MemoryStore {
    fn read(&mut self) -> io::Result<Box<dyn Read + '_>> {
        Ok(Box::new(self.bytes.as_slice()))
    }

    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        self.bytes.truncate(usize::try_from(length).unwrap_or(usize::MAX));
        Ok(())
    }
}
