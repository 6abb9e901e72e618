//! From the plan to files, index and `HEAD`. An update that is stopped half-way can be run again.

use std::collections::BTreeSet;
use std::path::Path;

use super::newer::{Files, Newer, files};
use super::{Plan, plan};
use crate::backup::Backup;
use crate::course::Course;
use crate::failure::Failure;
use crate::file_tree::FileTree;
use crate::git::Git;

/// Brings the newer course under the reader's work. `backup` keeps what is written over.
pub fn apply(
    course: &Course,
    newer: &Newer,
    git: &Git,
    plan: &Plan,
    backup: &mut Backup<'_>,
) -> Result<(), Failure> {
    let folder = tempfile::tempdir().map_err(Failure::io("make", &std::env::temp_dir()))?;
    let index = git.with_index(&folder.path().join("index"));
    stage(&index, &newer.commit, plan)?;
    let head = commit(course, newer, git, &folder.path().join("committed"))?;
    keep(course, newer, git, plan, backup)?;
    remove(course, newer, plan)?;
    // What is equal already keeps its time of change, so that cargo builds only what changed.
    let _ = index.ask(["update-index", "-q", "--refresh"]);
    let of_reader: Vec<&String> =
        plan.files.iter().filter(|(_, bytes)| bytes.is_some()).map(|(path, _)| path).collect();
    for path in of_reader {
        index.ask(["checkout-index", "--force", "--quiet", "--", path])?;
    }
    index.ask(["checkout-index", "--all", "--force", "--quiet"])?;
    git.ask(["update-ref", "-m", "cargo course update", "HEAD", &head])?;
    git.ask(["read-tree", &head])?;
    let _ = git.ask(["update-index", "-q", "--refresh"]);
    clear(course, newer, backup)
}

/// Fills an index: the newer course's files, with the reader's in their places.
fn stage(index: &Git, commit: &str, plan: &Plan) -> Result<(), Failure> {
    index.ask(["read-tree", commit])?;
    for (path, bytes) in &plan.files {
        match bytes {
            Some(bytes) => {
                let blob = index.feed(["hash-object", "-w", "--stdin", "--path", path], bytes)?;
                index.ask(["update-index", "--add", "--cacheinfo", &format!("100644,{blob},{path}")])?;
            }
            None => drop(index.ask(["update-index", "--force-remove", "--", path])?),
        }
    }
    Ok(())
}

/// The commit that `HEAD` becomes: the newer course's own, or a merge of it with what the reader has committed.
/// What the reader has not committed stays uncommitted.
fn commit(course: &Course, newer: &Newer, git: &Git, index: &Path) -> Result<String, Failure> {
    let head = git.ask(["rev-parse", "HEAD"])?;
    if git.holds(["merge-base", "--is-ancestor", &head, &newer.commit]) {
        return Ok(newer.commit.clone());
    }
    let committed = files(git, &head)?;
    let of_head = plan(course, newer, git, |exercise| {
        let prefix = format!("{}/", course.shown(&exercise.folder));
        let mut tree = FileTree::default();
        for (path, entry) in &committed {
            if let Some(inner) = path.strip_prefix(&prefix).filter(|inner| inner.starts_with("src/")) {
                tree.0.insert(inner.to_owned(), git.bytes(["cat-file", "blob", &entry.blob])?);
            }
        }
        Ok(tree)
    })?;
    let index = git.with_index(index);
    stage(&index, &newer.commit, &of_head)?;
    let none = Files::new();
    let base = newer.base.as_ref().unwrap_or(&none);
    let left = left_folders(course, newer);
    for (path, entry) in &committed {
        if left
            .iter()
            .any(|folder| path.strip_prefix(folder.as_str()).is_some_and(|rest| rest.starts_with('/')))
        {
            continue;
        }
        // Files of the reader's own, which no course has ever had.
        if !base.contains_key(path) && !newer.files.contains_key(path) && !of_head.files.contains_key(path) {
            index.ask([
                "update-index",
                "--add",
                "--cacheinfo",
                &format!("{},{},{path}", entry.mode, entry.blob),
            ])?;
        }
    }
    let tree = index.ask(["write-tree"])?;
    let title = format!("Update the course to {}", newer.title);
    let mut arguments = Vec::new();
    if git.ask(["config", "user.email"]).is_err() {
        arguments.extend(["-c", "user.name=Reader", "-c", "user.email=reader@localhost"]);
    }
    arguments.extend(["commit-tree", &tree, "-p", &head, "-p", &newer.commit, "-m", &title]);
    git.ask(arguments)
}

/// Keeps every file that the reader has edited and that becomes another.
fn keep(
    course: &Course,
    newer: &Newer,
    git: &Git,
    plan: &Plan,
    backup: &mut Backup<'_>,
) -> Result<(), Failure> {
    for path in plan.merged.iter().chain(&plan.conflicts) {
        backup.keep(&course.root.join(path))?;
    }
    let none = Files::new();
    let base = newer.base.as_ref().unwrap_or(&none);
    let paths: BTreeSet<&String> = newer.files.keys().chain(base.keys()).collect();
    for path in paths {
        let file = course.root.join(path);
        let is_readers = plan.files.get(path).is_some_and(Option::is_some);
        if is_readers || !file.is_file() {
            continue;
        }
        let blob = git.ask(["hash-object", "--", path])?;
        let known = [base.get(path), newer.files.get(path)];
        if !known.into_iter().flatten().any(|entry| entry.blob == blob) {
            backup.keep(&file)?;
        }
    }
    Ok(())
}

/// Removes what the newer course does not have any more.
fn remove(course: &Course, newer: &Newer, plan: &Plan) -> Result<(), Failure> {
    let gone = newer.base.iter().flatten().map(|(path, _)| path);
    let gone = gone.filter(|path| !newer.files.contains_key(*path) && !plan.files.contains_key(*path));
    let goes = plan.files.iter().filter(|(_, bytes)| bytes.is_none()).map(|(path, _)| path);
    for path in gone.chain(goes) {
        remove_file(course, path)?;
    }
    Ok(())
}

/// The folders of the course's own exercises that the newer course has elsewhere, or not at all.
fn left_folders(course: &Course, newer: &Newer) -> Vec<String> {
    let new = &newer.course.exercises;
    let was_ours = |folder: &str| {
        newer.base.as_ref().is_some_and(|base| base.contains_key(&format!("{folder}/exercise.toml")))
    };
    let folders = course.exercises.iter().map(|exercise| (exercise, course.shown(&exercise.folder)));
    let left = folders.filter(|(exercise, folder)| {
        let has_moved = new.iter().any(|new| new.uuid == exercise.uuid);
        !new.iter().any(|new| new.slug() == exercise.slug()) && (has_moved || was_ours(folder))
    });
    left.map(|(_, folder)| folder).collect()
}

/// Takes away what the reader has added to such a folder, after a backup: a folder of `exercises/` without a manifest is
/// one that cargo refuses, and with it the whole workspace. What can't be kept stays, and so does its folder.
fn clear(course: &Course, newer: &Newer, backup: &mut Backup<'_>) -> Result<(), Failure> {
    for folder in left_folders(course, newer) {
        for (file, bytes) in FileTree::read(&course.root.join(&folder))?.0 {
            let path = format!("{folder}/{file}");
            backup.keep_as(&path, &bytes)?;
            remove_file(course, &path)?;
        }
    }
    Ok(())
}

/// Removes a file and the folders above it that are empty then; one that is not stays.
fn remove_file(course: &Course, path: &str) -> Result<(), Failure> {
    let file = course.root.join(path);
    if file.is_file() {
        std::fs::remove_file(&file).map_err(Failure::io("remove", &file))?;
    }
    for folder in file.ancestors().skip(1).take_while(|folder| *folder != course.root) {
        if std::fs::remove_dir(folder).is_err() {
            break;
        }
    }
    Ok(())
}
