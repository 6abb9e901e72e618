//! Sees what was saved, waits until the editor is done, and says what it means.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use notify::{EventKind, PollWatcher, RecommendedWatcher, RecursiveMode, Watcher as _};

use crate::failure::Failure;

/// Silence after which a save is over: editors write a neighbor, rename it, and set its times.
const QUIET: Duration = Duration::from_millis(50);
/// A save is acted on after this time even where something is written without a pause.
const PATIENCE: Duration = Duration::from_millis(500);
/// How often folders are looked through where the system can't tell.
const POLL_EVERY: Duration = Duration::from_secs(1);
/// The folders of the course whose files mean something.
const WATCHED: [&str; 3] = ["exercises", "book", "solutions"];

/// What was saved, in the course's terms.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Saved {
    /// Folders' names of exercises whose code or tests changed, each with the last file.
    pub exercises: Vec<(String, String)>,
    /// Something that the book shows changed.
    pub book: bool,
    /// The last file that the book shows, from the course's root.
    pub shown: String,
    /// An `exercise.toml` changed.
    pub manifests: bool,
}

/// Watches until it is dropped.
#[derive(Debug)]
pub struct Watcher {
    _kind: Kind,
    root: PathBuf,
    /// What changed and was not acted on yet; taken by `on_saved`.
    changed: Option<Receiver<PathBuf>>,
    /// Whether folders are looked through, because the system could not watch them.
    pub polls: bool,
}

/// What watches: it works by being there.
#[derive(Debug)]
enum Kind {
    System { _watcher: RecommendedWatcher },
    Poll { _watcher: PollWatcher },
}

impl Watcher {
    /// Calls `act` from a thread of its own for every save, those since the watching began included.
    pub fn on_saved(&mut self, mut act: impl FnMut(Saved) + Send + 'static) {
        let Some(changed) = self.changed.take() else { return };
        let root = self.root.clone();
        std::thread::spawn(move || {
            debounce(&changed, QUIET, PATIENCE, |batch| {
                let saved = meaning(&root, &batch);
                if saved != Saved::default() {
                    act(saved);
                }
            });
        });
    }
}

/// Watches the course at `root` from now on. What is saved waits until `on_saved` says what to do with it, so that
/// nothing is missed while a session is put together.
pub fn watch(root: &Path) -> Result<Watcher, Failure> {
    let (sender, changed) = mpsc::channel();
    let (kind, polls) = start(root, &sender)?;
    Ok(Watcher { _kind: kind, root: root.to_owned(), changed: Some(changed), polls })
}

fn start(root: &Path, sender: &mpsc::Sender<PathBuf>) -> Result<(Kind, bool), Failure> {
    let handler = |sender: mpsc::Sender<PathBuf>| {
        move |event: notify::Result<notify::Event>| {
            let Ok(event) = event else { return };
            if !matches!(event.kind, EventKind::Access(_)) {
                for path in event.paths {
                    // The session is over where nobody receives.
                    let _ = sender.send(path);
                }
            }
        }
    };
    let watch_all = |watcher: &mut dyn notify::Watcher| {
        WATCHED
            .iter()
            .map(|folder| root.join(folder))
            .filter(|folder| folder.is_dir())
            .try_for_each(|folder| watcher.watch(&folder, RecursiveMode::Recursive))
    };
    let config = notify::Config::default().with_poll_interval(POLL_EVERY);
    if has_events(root)
        && let Ok(mut watcher) = RecommendedWatcher::new(handler(sender.clone()), config)
        && watch_all(&mut watcher).is_ok()
    {
        return Ok((Kind::System { _watcher: watcher }, false));
    }
    // No more inotify watches, or a file system without them.
    let failed =
        |error: notify::Error| Failure::Watch { folder: root.to_owned(), message: error.to_string() };
    let mut watcher = PollWatcher::new(handler(sender.clone()), config).map_err(failed)?;
    watch_all(&mut watcher).map_err(failed)?;
    Ok((Kind::Poll { _watcher: watcher }, true))
}

/// `statfs(2)`: NFS, SMB, SMB2, 9P, FUSE (virtiofs says the same).
#[cfg(target_os = "linux")]
const WITHOUT_EVENTS: [u64; 5] = [0x6969, 0xff53_4d42, 0xfe53_4d42, 0x0102_1997, 0x6573_5546];

/// Whether the file system tells of what is saved. That of another machine does not, though it takes the watch: one over a
/// network, Windows' own under WSL, a folder that a virtual machine shares.
#[cfg(target_os = "linux")]
fn has_events(root: &Path) -> bool {
    let kind = rustix::fs::statfs(root).ok().and_then(|found| u64::try_from(found.f_type).ok());
    kind.is_none_or(|kind| !WITHOUT_EVENTS.contains(&kind))
}

#[cfg(not(target_os = "linux"))]
fn has_events(_: &Path) -> bool {
    true
}

/// Collects paths until none has come for `quiet`, or `patience` is over, and hands them on; ends with the sender.
fn debounce(
    paths: &Receiver<PathBuf>,
    quiet: Duration,
    patience: Duration,
    mut on_batch: impl FnMut(BTreeSet<PathBuf>),
) {
    while let Ok(first) = paths.recv() {
        let deadline = Instant::now() + patience;
        let mut batch = BTreeSet::from([first]);
        loop {
            let wait = quiet.min(deadline.saturating_duration_since(Instant::now()));
            match paths.recv_timeout(wait) {
                Ok(path) => {
                    batch.insert(path);
                }
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => break,
            }
        }
        on_batch(batch);
    }
}

/// What the changed files mean.
fn meaning(root: &Path, paths: &BTreeSet<PathBuf>) -> Saved {
    let mut saved = Saved::default();
    for path in paths {
        let Ok(path) = path.strip_prefix(root) else { continue };
        let parts: Vec<&str> = path
            .components()
            .filter_map(|part| match part {
                Component::Normal(name) => name.to_str(),
                _ => None,
            })
            .collect();
        if parts.iter().any(|part| is_ignored(part)) {
            continue;
        }
        match parts[..] {
            ["exercises", slug, "exercise.toml"] => {
                saved.manifests = true;
                saved.show(&parts);
                saved.rerun(slug, "exercise.toml");
            }
            ["exercises", slug, "src" | "tests", ..] | ["exercises", slug, "Cargo.toml"] => {
                saved.rerun(slug, &parts[2..].join("/"));
            }
            // What is built is no source, even where it is built among them.
            ["book", "book", ..] => {}
            ["book", ..]
            | ["solutions", _, "src" | "examples", ..]
            | ["exercises", _, "recordings" | "consoles", ..] => {
                saved.show(&parts);
            }
            _ => {}
        }
    }
    saved
}

impl Saved {
    fn show(&mut self, parts: &[&str]) {
        self.book = true;
        self.shown = parts.join("/");
    }

    fn rerun(&mut self, slug: &str, file: &str) {
        self.exercises.retain(|(other, _)| other != slug);
        self.exercises.push((slug.to_owned(), file.to_owned()));
    }
}

/// Files that editors and tools leave beside the one that is saved.
fn is_ignored(name: &str) -> bool {
    name.starts_with('.')
        || name.ends_with('~')
        || name == "target"
        // What vim creates to see whether it may.
        || name == "4913"
        || [".swp", ".swx", ".tmp", ".snap.new", ".orig", ".bk"].iter().any(|end| name.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meaning_of(paths: &[&str]) -> Saved {
        meaning(Path::new("/c"), &paths.iter().map(|path| PathBuf::from("/c").join(path)).collect())
    }

    #[test]
    fn a_folder_of_the_kernels_own_tells_of_what_is_saved() {
        assert!(has_events(Path::new("/proc")) && has_events(Path::new("/nowhere")));
    }

    #[test]
    fn a_save_of_code_or_tests_reruns_its_exercise() {
        assert_eq!(
            meaning_of(&["exercises/01-a/src/lib.rs", "exercises/01-a/src/lib.rs~"]),
            Saved { exercises: vec![("01-a".into(), "src/lib.rs".into())], ..Saved::default() }
        );
        assert_eq!(meaning_of(&["exercises/01-a/tests/steps/main.rs"]).exercises.len(), 1);
    }

    #[test]
    fn a_manifest_reruns_its_exercise_and_builds_the_book() {
        let saved = meaning_of(&["exercises/01-a/exercise.toml"]);
        assert!(saved.manifests && saved.book && saved.exercises.len() == 1);
    }

    #[test]
    fn what_the_book_shows_builds_it_and_reruns_nothing() {
        for path in [
            "book/src/map.md",
            "book/quizzes/a.toml",
            "solutions/01-a/examples/x.rs",
            "exercises/01-a/recordings/x.txt",
        ] {
            assert_eq!(
                meaning_of(&[path]),
                Saved { book: true, shown: path.into(), ..Saved::default() },
                "{path}"
            );
        }
    }

    #[test]
    fn what_tools_leave_means_nothing() {
        for path in [
            "exercises/01-a/src/.lib.rs.swp",
            "exercises/01-a/src/4913",
            "exercises/01-a/tests/steps/snapshots/a.snap.new",
            "exercises/01-a/target/debug/x",
            "book/book/index.html",
            "exercises",
            "elsewhere/src/lib.rs",
        ] {
            assert_eq!(meaning_of(&[path]), Saved::default(), "{path}");
        }
    }

    #[test]
    fn a_burst_is_one_batch_and_a_pause_begins_another() {
        let (sender, paths) = mpsc::channel();
        let (batches, received) = mpsc::channel();
        std::thread::spawn(move || debounce(&paths, QUIET, PATIENCE, |batch| batches.send(batch).unwrap()));
        for index in 0..20 {
            sender.send(PathBuf::from(format!("{index}"))).unwrap();
        }
        let limit = Duration::from_secs(10);
        assert_eq!(received.recv_timeout(limit).unwrap().len(), 20);
        sender.send(PathBuf::from("again")).unwrap();
        assert_eq!(received.recv_timeout(limit).unwrap().len(), 1);
    }

    #[test]
    fn writing_without_a_pause_is_acted_on_all_the_same() {
        let (sender, paths) = mpsc::channel();
        let (batches, received) = mpsc::channel();
        let patience = Duration::from_millis(100);
        std::thread::spawn(move || debounce(&paths, QUIET, patience, |batch| drop(batches.send(batch))));
        let writer = std::thread::spawn(move || {
            for _ in 0..300 {
                if sender.send(PathBuf::from("log")).is_err() {
                    return;
                }
                std::thread::sleep(Duration::from_millis(2));
            }
        });
        assert!(received.recv_timeout(Duration::from_secs(10)).is_ok());
        assert!(!writer.is_finished(), "the batch came only after the writing ended");
        writer.join().unwrap();
    }
}
