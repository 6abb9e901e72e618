//! A submission that is a folder: a checkout, or what somebody unpacked.
//!
//! No link is followed, nothing but a regular file is opened, and git is never asked: a submission's `.git` may name
//! programs to run.

use std::io::Read;
use std::path::Path;

use super::caps::Caps;
use super::member::{self, Kind, Member, Name};
use super::refusal::Refusal;
use super::visit::Visit;

/// Folders that hold nothing that could be submitted, and often very much.
const SKIPPED: [&str; 4] = [".git", "target", "node_modules", ".course"];

/// Shows every member of the folder at `root`.
pub fn visit(root: &Path, caps: &Caps, visit: &mut dyn Visit) -> Result<(), Refusal> {
    let mut seen = 0;
    level(root, "", caps, &mut seen, visit)
}

fn level(
    folder: &Path,
    prefix: &str,
    caps: &Caps,
    seen: &mut usize,
    visit: &mut dyn Visit,
) -> Result<(), Refusal> {
    let mut entries = std::fs::read_dir(folder)
        .map_err(Refusal::io(folder))?
        .take(caps.entries + 1)
        .collect::<Result<Vec<_>, _>>()
        .map_err(Refusal::io(folder))?;
    *seen += entries.len();
    if *seen > caps.entries {
        return Err(Refusal::too_much("files and folders", &caps.entries));
    }
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let own_name = entry.file_name();
        let raw = format!("{prefix}{}", own_name.to_string_lossy());
        let name = if own_name.to_str().is_some() {
            member::name(raw.as_bytes(), false, caps)?
        } else {
            Name::LeftOut(format!("{}: its name is not UTF-8", member::shown(&raw)))
        };
        let path = match name {
            Name::Inside(path) => path,
            Name::Itself => continue,
            Name::LeftOut(why) => {
                visit.left_out(why);
                continue;
            }
        };
        let place = entry.path();
        // Of the entry itself, not of what a link points at.
        let metadata = std::fs::symlink_metadata(&place).map_err(Refusal::io(&place))?;
        let kind = kind(&metadata);
        if kind == Kind::Folder {
            if !SKIPPED.contains(&own_name.to_string_lossy().as_ref()) {
                level(&place, &format!("{path}/"), caps, seen, visit)?;
            }
            continue;
        }
        let member = Member { path, kind };
        match kind {
            Kind::File => visit.member(&member, &mut Lazy { place: &place, opened: None })?,
            _ => visit.member(&member, &mut std::io::empty())?,
        }
    }
    Ok(())
}

fn kind(metadata: &std::fs::Metadata) -> Kind {
    let file_type = metadata.file_type();
    if file_type.is_symlink() {
        return Kind::Irregular("symbolic link");
    }
    if file_type.is_dir() {
        return Kind::Folder;
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::{FileTypeExt, MetadataExt};
        if file_type.is_fifo() {
            return Kind::Irregular("FIFO");
        }
        if file_type.is_socket() {
            return Kind::Irregular("socket");
        }
        if file_type.is_block_device() || file_type.is_char_device() {
            return Kind::Irregular("device");
        }
        // The same file has another name somewhere, perhaps outside; `cp -r` makes a copy that has not.
        if metadata.nlink() > 1 {
            return Kind::Irregular("hard link");
        }
    }
    if file_type.is_file() { Kind::File } else { Kind::Irregular("special file") }
}

/// Opens the file when somebody reads it: most members are only looked at.
struct Lazy<'a> {
    place: &'a Path,
    opened: Option<std::fs::File>,
}

impl Read for Lazy<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.opened.is_none() {
            self.opened = Some(std::fs::File::open(self.place)?);
        }
        self.opened.as_mut().map_or(Ok(0), |file| file.read(buffer))
    }
}
