//! A submission that is a tar archive, packed by gzip or not. It is read as a stream and never written anywhere.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;
use tar::EntryType;

use super::bounded::{self, Meter};
use super::caps::Caps;
use super::member::{self, Kind, Member, Name};
use super::refusal::Refusal;
use super::visit::Visit;

/// Shows every member of the archive at `path`.
pub fn visit(path: &Path, gzip: bool, caps: &Caps, visit: &mut dyn Visit) -> Result<(), Refusal> {
    let file = BufReader::new(File::open(path).map_err(Refusal::io(path))?);
    if gzip {
        stream(MultiGzDecoder::new, file, "tar.gz", caps, visit)
    } else {
        stream(std::convert::identity, file, "tar", caps, visit)
    }
}

fn stream<R: Read, D: Read>(
    unpack: impl FnOnce(bounded::Packed<R>) -> D,
    file: R,
    kind: &'static str,
    caps: &Caps,
    visit: &mut dyn Visit,
) -> Result<(), Refusal> {
    let (packed, count) = bounded::packed(file);
    let (unpacked, meter) = bounded::unpacked(unpack(packed), count, caps);
    let mut archive = tar::Archive::new(unpacked);
    let damaged = |meter: &Meter, error: &std::io::Error| {
        meter
            .refusal()
            .unwrap_or_else(|| Refusal::Damaged { kind, message: member::shown(&error.to_string()) })
    };
    let entries = archive.entries().map_err(|error| damaged(&meter, &error))?;
    for (index, entry) in entries.enumerate() {
        if index >= caps.entries {
            return Err(Refusal::too_much("members", &caps.entries));
        }
        let mut entry = entry.map_err(|error| damaged(&meter, &error))?;
        let Some(kind_of) = kind_of(entry.header().entry_type()) else { continue };
        let path = match member::name(&entry.path_bytes(), false, caps)? {
            Name::Inside(path) => path,
            Name::Itself => continue,
            Name::LeftOut(why) => {
                visit.left_out(why);
                continue;
            }
        };
        if kind_of == Kind::Folder {
            continue;
        }
        visit.member(&Member { path, kind: kind_of }, &mut entry).map_err(|refusal| match refusal {
            Refusal::Io { source, .. } => damaged(&meter, &source),
            other => other,
        })?;
    }
    Ok(())
}

/// `None` for what is no member but says something about the next one.
fn kind_of(entry_type: EntryType) -> Option<Kind> {
    Some(match entry_type {
        EntryType::Regular | EntryType::Continuous => Kind::File,
        EntryType::Directory => Kind::Folder,
        EntryType::Symlink => Kind::Irregular("symbolic link"),
        EntryType::Link => Kind::Irregular("hard link"),
        EntryType::Fifo => Kind::Irregular("FIFO"),
        EntryType::Char | EntryType::Block => Kind::Irregular("device"),
        // What it unpacks to has nothing to do with what it takes in the archive.
        EntryType::GNUSparse => Kind::Irregular("sparse file"),
        EntryType::XGlobalHeader | EntryType::XHeader => return None,
        _ => Kind::Irregular("special file"),
    })
}
