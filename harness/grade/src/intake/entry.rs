//! Who handed in what: every PATH that `grade` is given becomes entries.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::member;
use super::placement::Wanted;
use super::roster::{Roster, RosterError};

/// What somebody handed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Unique in a class; what the gradebook is joined on.
    pub id: String,
    /// What the reports call the student; empty where nobody says.
    pub name: String,
    /// The folder or archive, if there is one.
    pub path: Option<PathBuf>,
    /// When it came in, as the roster writes it.
    pub submitted: Option<String>,
    /// Why it can't be graded, known before anything is opened.
    pub unclear: Option<String>,
}

/// Everybody whose work is to be graded.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Class {
    /// By id.
    pub entries: Vec<Entry>,
    /// What to tell of the whole.
    pub notes: Vec<String>,
}

/// A PATH that is nothing to be graded.
#[derive(Debug, thiserror::Error)]
pub enum ClassError {
    /// It could not be read.
    #[error("could not read {path}: {source}", path = path.display())]
    Read {
        /// The path.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// It is a file of another kind.
    #[error("{path} is neither a folder, nor an archive (.tar, .tar.gz, .tgz, .zip), nor a roster (.csv)", path = path.display())]
    Kind {
        /// The path.
        path: PathBuf,
    },
    /// There is nothing in it.
    #[error("{path} holds no submission: no folder and no archive is in it", path = path.display())]
    Empty {
        /// The path.
        path: PathBuf,
    },
    /// The roster can't be used.
    #[error(transparent)]
    Roster(#[from] RosterError),
}

const ARCHIVES: [&str; 4] = [".tar.gz", ".tgz", ".tar", ".zip"];

impl Class {
    /// Everybody in `paths`. `exercises` tell a checkout from a folder of submissions.
    pub fn find(paths: &[PathBuf], exercises: &[Wanted]) -> Result<Self, ClassError> {
        let mut class = Self::default();
        for path in paths {
            let metadata =
                std::fs::metadata(path).map_err(|source| ClassError::Read { path: path.clone(), source })?;
            if metadata.is_dir() && is_submission(path, exercises) {
                class.push(submission(path));
            } else if metadata.is_dir() {
                class.folder(path)?;
            } else if archive_stem(path).is_some() {
                class.push(submission(path));
            } else if path.extension().is_some_and(|end| end.eq_ignore_ascii_case("csv")) {
                class.roster(path)?;
            } else {
                return Err(ClassError::Kind { path: path.clone() });
            }
        }
        class.tell_doubles();
        class.entries.sort_by(|one, other| one.id.cmp(&other.id));
        Ok(class)
    }

    /// The share of shard `index` (counted from 1) of `count`: every entry is in exactly one.
    #[must_use]
    pub fn shard(mut self, index: usize, count: usize) -> Self {
        let mut at = 0;
        self.entries.retain(|_| {
            at += 1;
            (at - 1) % count == index - 1
        });
        self
    }

    fn push(&mut self, entry: Entry) {
        self.entries.push(entry);
    }

    fn folder(&mut self, path: &Path) -> Result<(), ClassError> {
        let read = |source| ClassError::Read { path: path.to_owned(), source };
        let before = self.entries.len();
        for entry in std::fs::read_dir(path).map_err(read)? {
            let entry = entry.map_err(read)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let file_type = entry.file_type().map_err(read)?;
            if name.starts_with('.') {
                continue;
            }
            if file_type.is_dir() || (file_type.is_file() && archive_stem(&entry.path()).is_some()) {
                self.push(submission(&entry.path()));
            } else {
                let what =
                    if file_type.is_symlink() { "a symbolic link" } else { "no folder and no archive" };
                self.notes.push(format!("{} is {what} and is left out", member::shown(&name)));
            }
        }
        if self.entries.len() == before {
            return Err(ClassError::Empty { path: path.to_owned() });
        }
        Ok(())
    }

    fn roster(&mut self, path: &Path) -> Result<(), ClassError> {
        let roster = Roster::read(path)?;
        let beside = path.parent().unwrap_or_else(|| Path::new("."));
        self.notes.extend(roster.notes);
        if roster.rows.is_empty() {
            self.notes.push(format!("{} names nobody", path.display()));
        }
        for row in roster.rows {
            let is_named = !row.path.is_empty();
            let found = if is_named { Some(beside.join(&row.path)) } else { called(beside, &row.id) };
            // What an instructor names may be a link. What lies there by a student's name may be that student's work.
            let link = found.as_ref().filter(|path| !is_named && path.is_symlink()).map(|path| {
                let name = member::shown(&path.file_name().unwrap_or_default().to_string_lossy());
                format!("{name} is a symbolic link: name what it leads to in the roster's column `path`")
            });
            self.push(Entry {
                unclear: roster.unclear.get(&row.id).cloned().or(link),
                path: found.filter(|path| std::fs::symlink_metadata(path).is_ok()),
                submitted: Some(row.submitted).filter(|text| !text.is_empty()),
                name: row.name,
                id: row.id,
            });
        }
        Ok(())
    }

    /// Two entries of one id, say `anna/` and `anna.zip`: neither is graded, since nobody knows which one counts.
    fn tell_doubles(&mut self) {
        let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for entry in &self.entries {
            let place = entry.path.as_ref().map_or_else(String::new, |path| path.display().to_string());
            places.entry(entry.id.clone()).or_default().push(place);
        }
        let mut seen = std::collections::BTreeSet::new();
        self.entries.retain(|entry| seen.insert(entry.id.clone()));
        for entry in &mut self.entries {
            let of_id = &places[&entry.id];
            if of_id.len() > 1 {
                entry.unclear = Some(format!(
                    "there are {} submissions of {}: {}",
                    of_id.len(),
                    entry.id,
                    of_id.join(", ")
                ));
            }
        }
    }
}

/// Whether the folder is one submission, and not a folder of them.
fn is_submission(path: &Path, exercises: &[Wanted]) -> bool {
    let is_own_source = |name: &str| exercises.iter().any(|one| one.starter.contains(&format!("src/{name}")));
    ["exercises", "src", "Cargo.toml"].iter().any(|name| path.join(name).exists())
        || exercises.iter().any(|one| {
            path.join(&one.slug).join("src").is_dir()
                || path.join(format!("exercise-{}", one.number)).join("src").is_dir()
        })
        || std::fs::read_dir(path).is_ok_and(|entries| {
            entries.flatten().any(|entry| is_own_source(&entry.file_name().to_string_lossy()))
        })
}

fn submission(path: &Path) -> Entry {
    let id = archive_stem(path).unwrap_or_else(|| own_name(path));
    Entry { id, name: String::new(), path: Some(path.to_owned()), submitted: None, unclear: None }
}

/// The folder's own name, also of `.`.
fn own_name(path: &Path) -> String {
    let whole = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    whole.file_name().map_or_else(|| "submission".into(), |name| name.to_string_lossy().into_owned())
}

fn archive_stem(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_string_lossy().into_owned();
    let lower = name.to_ascii_lowercase();
    ARCHIVES
        .iter()
        .find_map(|end| lower.strip_suffix(end).map(|stem| name[..stem.len()].to_owned()))
        .filter(|stem| !stem.is_empty())
}

/// The folder or archive beside the roster that is called like the student. An id is no path: it can't lead elsewhere.
fn called(beside: &Path, id: &str) -> Option<PathBuf> {
    if id.contains(['/', '\\']) || id.starts_with('.') {
        return None;
    }
    std::iter::once(String::new())
        .chain(ARCHIVES.iter().map(|end| (*end).to_owned()))
        .map(|end| beside.join(format!("{id}{end}")))
        .find(|path| path.exists())
}
