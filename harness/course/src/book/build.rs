//! Runs mdBook in this process, into a staging folder, and collects every problem.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use mdbook_driver::MDBook;
use mdbook_driver::config::Config;

use super::preprocess::{Directives, Found};
use super::problem::{Place, Problem};
use super::site::Site;
use super::{links, log};
use crate::failure::Failure;

/// A book that was built, with what is wrong in it.
#[derive(Debug)]
pub struct Built {
    /// What is wrong, by place. The pages are there all the same, with the problem where the thing should be.
    pub problems: Vec<Problem>,
    /// How long it took.
    pub took: Duration,
}

/// Builds the book in `book` into `folder`, which is emptied before.
///
/// Fails with [`Failure::Book`] where mdBook can't build it at all: a page of the summary is missing, `book.toml` is broken.
pub fn build(book: &Path, folder: &Path) -> Result<Built, Failure> {
    let start = Instant::now();
    let found = Arc::new(Mutex::new(Found::default()));
    let (result, heard) = log::listen(|| run_mdbook(book, folder, &found));
    let found = std::mem::take(&mut *found.lock().unwrap_or_else(PoisonError::into_inner));
    let mut problems = found.problems;
    let shown = |path: &Path| {
        book.file_name().map_or_else(PathBuf::new, PathBuf::from).join(path).display().to_string()
    };
    problems.extend(heard.into_iter().map(|message| {
        let place = Place::file(shown(Path::new("book.toml")));
        Problem::new(
            place,
            format!("mdBook: {}", message.trim()),
            "mdBook names the page; mend what it names",
        )
    }));
    if let Err(message) = result {
        let remedy = "nothing can be shown before this is mended";
        problems.insert(0, Problem::new(Place::file(shown(Path::new("book.toml"))), message, remedy));
        return Err(Failure::Book { problems });
    }
    let of_links = links::check(folder, &found.links).map_err(|source| Failure::Io {
        doing: "read",
        path: folder.to_owned(),
        source,
    })?;
    problems.extend(of_links);
    problems.sort();
    problems.dedup();
    Ok(Built { problems, took: start.elapsed() })
}

/// Builds the book and reads it into memory; the folder in between is gone.
pub fn build_site(book: &Path) -> Result<(Site, Built), Failure> {
    let io = |doing, path: &Path| {
        let path = path.to_owned();
        move |source| Failure::Io { doing, path, source }
    };
    let parent = std::env::temp_dir();
    let staging = tempfile::Builder::new()
        .prefix("course-book-")
        .tempdir_in(&parent)
        .map_err(io("make a folder in", &parent))?;
    let built = build(book, staging.path())?;
    let site = Site::read(staging.path()).map_err(io("read", staging.path()))?;
    Ok((site, built))
}

/// Builds the book without a problem, or not at all: `out` is replaced when everything is there.
pub fn build_strict(book: &Path, out: &Path) -> Result<Duration, Failure> {
    let io = |doing, path: &Path| {
        let path = path.to_owned();
        move |source| Failure::Io { doing, path, source }
    };
    let parent = out.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(parent).map_err(io("make", parent))?;
    // Beside its place, so that moving it there is one step.
    let staging = tempfile::Builder::new()
        .prefix(".book-")
        .tempdir_in(parent)
        .map_err(io("make a folder in", parent))?;
    let new = staging.path().join("new");
    let built = build(book, &new)?;
    if !built.problems.is_empty() {
        return Err(Failure::Book { problems: built.problems });
    }
    if out.exists() {
        std::fs::rename(out, staging.path().join("old")).map_err(io("move", out))?;
    }
    std::fs::rename(&new, out).map_err(io("make", out))?;
    Ok(built.took)
}

fn run_mdbook(book: &Path, folder: &Path, found: &Arc<Mutex<Found>>) -> Result<(), String> {
    let file = book.join("book.toml");
    let tell = |error: mdbook_driver::errors::Error| {
        error.chain().map(ToString::to_string).collect::<Vec<_>>().join(": ")
    };
    let mut config = Config::from_disk(&file).map_err(tell)?;
    folder.clone_into(&mut config.build.build_dir);
    // A page that is missing is a mistake, not a wish.
    config.build.create_missing = false;
    let mut mdbook = MDBook::load_with_config(book, config).map_err(tell)?;
    // Of the same name as the one that book.toml declares: it takes its place in the order.
    mdbook.with_preprocessor(Directives::collecting(Arc::clone(found)));
    mdbook.build().map_err(tell)
}
