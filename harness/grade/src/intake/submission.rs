//! A submission, opened: what is in it, and what of it is taken for an exercise.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::caps::Caps;
use super::member::{self, Kind, Member};
use super::placement::{Place, Wanted};
use super::refusal::Refusal;
use super::visit::Visit;
use super::{folder, tarball, zipped};

/// How many things that were left out are named; the others are counted.
const NAMED: usize = 12;

/// A submission on disk, listed.
#[derive(Debug)]
pub struct Submission {
    path: PathBuf,
    packing: Packing,
    caps: Caps,
    /// Files and irregular members.
    paths: Vec<String>,
    left_out: LeftOut,
}

/// What was taken of a submission for an exercise.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// Contents by path relative to the package.
    pub files: BTreeMap<PathBuf, Vec<u8>>,
    /// What a person should know: where it was found, what was left out.
    pub notes: Vec<String>,
}

/// How a submission came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Packing {
    Folder,
    Tar { gzip: bool },
    Zip,
}

#[derive(Clone, Debug, Default)]
struct LeftOut {
    named: Vec<String>,
    count: usize,
}

impl LeftOut {
    fn add(&mut self, why: String) {
        self.count += 1;
        if self.named.len() < NAMED {
            self.named.push(why);
        }
    }

    fn notes(&self) -> Vec<String> {
        let mut notes: Vec<String> = self.named.iter().map(|why| format!("left out: {why}")).collect();
        if self.count > self.named.len() {
            notes.push(format!("left out: {} more", self.count - self.named.len()));
        }
        notes
    }
}

impl Submission {
    /// Opens the submission at `path`, a folder or an archive, and lists what is in it.
    pub fn open(path: &Path, caps: &Caps) -> Result<Self, Refusal> {
        let mut submission = Self {
            path: path.to_owned(),
            packing: packing(path, caps)?,
            caps: *caps,
            paths: Vec::new(),
            left_out: LeftOut::default(),
        };
        let mut listing = Listing::default();
        submission.visit(&mut listing)?;
        submission.paths = listing.paths;
        submission.left_out = listing.left_out;
        Ok(submission)
    }

    /// What it holds of `wanted`. `asked` says that it was named, so that files in no folder of their own are meant.
    pub fn take(&self, wanted: &Wanted, others: &[Wanted], asked: bool) -> Result<Taken, Refusal> {
        if self.paths.is_empty() {
            return Err(Refusal::Missing("there is no file in it".into()));
        }
        let place = wanted.find(&self.paths, others, asked)?;
        let mut taking = Taking {
            wanted,
            caps: self.caps,
            files: BTreeMap::new(),
            folded: HashMap::new(),
            bytes: 0,
            left_out: LeftOut::default(),
            beside: 0,
            place,
        };
        self.visit(&mut taking)?;
        if taking.files.is_empty() {
            return Err(Refusal::Missing(format!(
                "none of its files of exercise {} can be taken",
                wanted.number
            )));
        }
        let mut notes: Vec<String> = taking.place.note.into_iter().collect();
        notes.extend(self.left_out.notes());
        notes.extend(taking.left_out.notes());
        if taking.beside > 0 {
            notes.push(format!("left out: {} that a submission does not consist of", files(taking.beside)));
        }
        Ok(Taken { files: taking.files, notes })
    }

    fn visit(&self, visit: &mut dyn Visit) -> Result<(), Refusal> {
        match self.packing {
            Packing::Folder => folder::visit(&self.path, &self.caps, visit),
            Packing::Tar { gzip } => tarball::visit(&self.path, gzip, &self.caps, visit),
            Packing::Zip => zipped::visit(&self.path, &self.caps, visit),
        }
    }
}

fn files(count: usize) -> String {
    if count == 1 { "1 file beside the sources".into() } else { format!("{count} files beside the sources") }
}

/// Where a tar archive has its signature (POSIX, ustar).
const TAR_MAGIC_AT: usize = 257;

/// What the file at `path` is, by what is in it: an archive's name is whatever its sender called it.
fn packing(path: &Path, caps: &Caps) -> Result<Packing, Refusal> {
    // An instructor who names a link means what it leads to. Links within a submission are its sender's.
    let metadata = std::fs::metadata(path).map_err(Refusal::io(path))?;
    if metadata.is_dir() {
        return Ok(Packing::Folder);
    }
    if !metadata.is_file() {
        return Err(Refusal::Irregular { path: member::shown(&path.to_string_lossy()), kind: "device" });
    }
    if metadata.len() > caps.archive_bytes {
        return Err(Refusal::too_much("packed bytes", &format_args!("{} MiB of", caps.archive_bytes >> 20)));
    }
    let mut head = Vec::new();
    let file = File::open(path).map_err(Refusal::io(path))?;
    file.take(512).read_to_end(&mut head).map_err(Refusal::io(path))?;
    if head.starts_with(b"PK") {
        Ok(Packing::Zip)
    } else if head.starts_with(&[0x1f, 0x8b]) {
        Ok(Packing::Tar { gzip: true })
    } else if head.get(TAR_MAGIC_AT..).is_some_and(|rest| rest.starts_with(b"ustar")) {
        Ok(Packing::Tar { gzip: false })
    } else {
        let message = if head.is_empty() { "the file is empty" } else { "it has the signature of none" };
        Err(Refusal::Damaged { kind: "tar, tar.gz or zip", message: message.into() })
    }
}

#[derive(Default)]
struct Listing {
    paths: Vec<String>,
    left_out: LeftOut,
}

impl Visit for Listing {
    fn member(&mut self, member: &Member, _: &mut dyn Read) -> Result<(), Refusal> {
        self.paths.push(member.path.clone());
        Ok(())
    }

    fn left_out(&mut self, why: String) {
        self.left_out.add(why);
    }
}

struct Taking<'a> {
    wanted: &'a Wanted,
    place: Place,
    caps: Caps,
    files: BTreeMap<PathBuf, Vec<u8>>,
    /// Paths in lower case, with the path as it is written.
    folded: HashMap<String, String>,
    bytes: u64,
    left_out: LeftOut,
    /// Regular files under the exercise's folder that no pattern takes.
    beside: usize,
}

impl Visit for Taking<'_> {
    fn member(&mut self, member: &Member, content: &mut dyn Read) -> Result<(), Refusal> {
        let Some(rest) = member.path.strip_prefix(&self.place.prefix) else { return Ok(()) };
        let path = format!("{}{rest}", self.place.missing);
        // A link named like a folder would stand before everything that is in it.
        let leads = self.wanted.patterns.iter().any(|pattern| {
            let folder = pattern.folder();
            folder == path || path.starts_with(&format!("{folder}/"))
        });
        match member.kind {
            Kind::Irregular(kind) if self.wanted.takes(&path) || leads => {
                return Err(Refusal::Irregular { path, kind });
            }
            Kind::File if self.wanted.takes(&path) => {}
            // At the top of a whole checkout everything would be beside.
            _ if self.place.prefix.is_empty() => return Ok(()),
            _ => {
                self.beside += 1;
                return Ok(());
            }
        }
        if let Some(first) = self.folded.insert(path.to_lowercase(), path.clone()) {
            return Err(if first == path {
                Refusal::Twice { path }
            } else {
                Refusal::CaseClash { first, second: path }
            });
        }
        let bytes = self.read(&path, content)?;
        if std::str::from_utf8(&bytes).is_err() {
            self.left_out.add(format!("{path}: it is not UTF-8"));
            return Ok(());
        }
        self.files.insert(path.into(), bytes);
        Ok(())
    }

    fn left_out(&mut self, _: String) {
        // Told by the listing already.
    }
}

impl Taking<'_> {
    fn read(&mut self, path: &str, content: &mut dyn Read) -> Result<Vec<u8>, Refusal> {
        if self.files.len() >= self.caps.files {
            return Err(Refusal::too_much(
                &format!("files in exercise {}", self.wanted.number),
                &self.caps.files,
            ));
        }
        let mut bytes = Vec::new();
        content.take(self.caps.file_bytes + 1).read_to_end(&mut bytes).map_err(Refusal::io(path.as_ref()))?;
        if bytes.len() as u64 > self.caps.file_bytes {
            let cap = format!("{} KiB of", self.caps.file_bytes >> 10);
            return Err(Refusal::too_much(&format!("text in {path}"), &cap));
        }
        self.bytes += bytes.len() as u64;
        if self.bytes > self.caps.taken_bytes {
            return Err(Refusal::too_much("text", &format_args!("{} MiB of", self.caps.taken_bytes >> 20)));
        }
        Ok(bytes)
    }
}
