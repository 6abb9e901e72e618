//! A submission that is a zip archive. Members are read one at a time, and never written anywhere.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use zip::ZipArchive;
use zip::result::ZipError;

use super::caps::Caps;
use super::member::{self, Kind, Member, Name};
use super::refusal::Refusal;
use super::visit::Visit;

type Archive = ZipArchive<BufReader<File>>;

/// Of a member's Unix mode, the bits that say what it is, and their values (stat.h).
const KIND_BITS: u32 = 0o170_000;
const REGULAR: u32 = 0o100_000;
const FOLDER: u32 = 0o040_000;
const LINK: u32 = 0o120_000;

/// Shows every member of the archive at `path`.
pub fn visit(path: &Path, caps: &Caps, visit: &mut dyn Visit) -> Result<(), Refusal> {
    let mut file = File::open(path).map_err(Refusal::io(path))?;
    // Before anything is believed of the archive's own figures, or held in memory.
    if signatures(&mut file, caps.entries).map_err(Refusal::io(path))? > caps.entries {
        return Err(Refusal::too_much("members", &caps.entries));
    }
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(|error| damaged(&error))?;
    let names = names(path, archive.central_directory_start()).map_err(Refusal::io(path))?;
    if names > archive.len() {
        return Err(Refusal::Twice { path: "a member".into() });
    }
    for index in 0..archive.len() {
        let Some(found) = look(&mut archive, index, caps, visit)? else { continue };
        let mut content = Lazy { archive: &mut archive, index, caps, read: None };
        visit.member(&found, &mut content).map_err(|refusal| match refusal {
            Refusal::Io { source, .. } => match source.downcast::<ZipError>() {
                Ok(error) => damaged(&error),
                Err(source) => Refusal::Damaged { kind: "zip", message: member::shown(&source.to_string()) },
            },
            other => other,
        })?;
    }
    Ok(())
}

/// The member at `index`, if it is one to be shown.
fn look(
    archive: &mut Archive,
    index: usize,
    caps: &Caps,
    visit: &mut dyn Visit,
) -> Result<Option<Member>, Refusal> {
    let entry = archive.by_index_raw(index).map_err(|error| damaged(&error))?;
    let kind = match entry.unix_mode().map(|mode| mode & KIND_BITS) {
        _ if entry.is_dir() => Kind::Folder,
        None | Some(0 | REGULAR) => Kind::File,
        Some(FOLDER) => Kind::Folder,
        Some(LINK) => Kind::Irregular("symbolic link"),
        Some(_) => Kind::Irregular("special file"),
    };
    if kind == Kind::Folder {
        // Its name may still lead outside.
        member::name(entry.name_raw(), true, caps)?;
        return Ok(None);
    }
    Ok(match member::name(entry.name_raw(), true, caps)? {
        Name::Inside(path) => Some(Member { path, kind }),
        Name::Itself => None,
        Name::LeftOut(why) => {
            visit.left_out(why);
            None
        }
    })
}

fn damaged(error: &ZipError) -> Refusal {
    match error {
        ZipError::UnsupportedArchive(what) if what.contains("assword") => Refusal::Encrypted,
        ZipError::InvalidPassword => Refusal::Encrypted,
        error => Refusal::Damaged { kind: "zip", message: member::shown(&error.to_string()) },
    }
}

/// How often the signature of a member's record is in the file: at least as often as there are members.
fn signatures(file: &mut File, enough: usize) -> std::io::Result<usize> {
    const RECORD: [u8; 4] = *b"PK\x01\x02";
    const CHUNK_BYTES: usize = 1 << 16;
    let (mut count, mut kept) = (0, 0);
    let mut buffer = vec![0; CHUNK_BYTES];
    loop {
        let read = file.read(&mut buffer[kept..])?;
        if read == 0 || count > enough {
            break;
        }
        let filled = kept + read;
        count += buffer[..filled].windows(RECORD.len()).filter(|window| **window == RECORD).count();
        kept = filled.min(RECORD.len() - 1);
        buffer.copy_within(filled - kept..filled, 0);
    }
    file.rewind()?;
    Ok(count)
}

/// How many members the central directory has. The archive's own list holds equal names once, so that two members of
/// one name, of which other tools take the first or the last, would not be seen.
fn names(path: &Path, start: u64) -> std::io::Result<usize> {
    let mut file = BufReader::new(File::open(path)?);
    file.seek(SeekFrom::Start(start))?;
    let (mut count, mut header) = (0, [0; 46]);
    loop {
        match file.read_exact(&mut header) {
            Ok(()) if header.starts_with(b"PK\x01\x02") => count += 1,
            _ => return Ok(count),
        }
        let length = |at: usize| i64::from(u16::from_le_bytes([header[at], header[at + 1]]));
        // The name's length, the extra field's, the comment's (APPNOTE 4.3.12).
        file.seek_relative(length(28) + length(30) + length(32))?;
    }
}

/// Unpacks the member when somebody reads it, one byte further than a file may be long.
struct Lazy<'a> {
    archive: &'a mut Archive,
    index: usize,
    caps: &'a Caps,
    read: Option<std::io::Cursor<Vec<u8>>>,
}

impl Read for Lazy<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.read.is_none() {
            let entry = self.archive.by_index(self.index).map_err(std::io::Error::other)?;
            let mut bytes = Vec::new();
            entry.take(self.caps.file_bytes + 1).read_to_end(&mut bytes)?;
            self.read = Some(std::io::Cursor::new(bytes));
        }
        self.read.as_mut().map_or(Ok(0), |bytes| bytes.read(buffer))
    }
}
