//! Brings a newer course under the reader's work.
//!
//! A reader edits tracked files, and may commit them, so that neither `git pull` nor a checkout would do. Here every
//! file belongs to one of two: what is below `exercises/*/src` and not given is the reader's, everything else is the
//! course's. The reader's files are merged with three sides (the old starter's copy, theirs, the new one's); where
//! that can't be done theirs stays. What the reader has added elsewhere stays, unless its folder goes: then it is kept in
//! the backup. The course's files become the new course's, after a backup of any that was edited.
//!
//! - [`merge`]: three sides of a file
//! - [`newer`]: the newer course, fetched and read
//! - [`apply`]: from the plan to files, index and `HEAD`

pub mod apply;
pub mod merge;
pub mod newer;

use std::collections::BTreeMap;

use crate::course::Course;
use crate::failure::Failure;
use crate::file_tree::FileTree;
use crate::git::Git;
use crate::starter;
use merge::Merged;
use newer::Newer;

/// What becomes of the reader's files.
#[derive(Debug, Default)]
pub struct Plan {
    /// The reader's files in the new course, by path from the root; `None` where the file goes.
    pub files: BTreeMap<String, Option<Vec<u8>>>,
    /// Edited by the reader, and as they were.
    pub kept: Vec<String>,
    /// Edited by both, without touching each other.
    pub merged: Vec<String>,
    /// Edited by both in the same place: the reader's stays.
    pub conflicts: Vec<String>,
}

/// Merges the reader's files with the new course's; `work` gives the reader's side of an exercise.
pub fn plan(
    course: &Course,
    newer: &Newer,
    git: &Git,
    work: impl Fn(&lab_manifest::exercise::Exercise) -> Result<FileTree, Failure>,
) -> Result<Plan, Failure> {
    let mut plan = Plan::default();
    for new in &newer.course.exercises {
        // A chapter may have been renumbered: it is the same one by its uuid.
        let Some(old) = course.exercises.iter().find(|old| old.uuid == new.uuid) else { continue };
        let (base, mine, theirs) = (starter::files(old)?, work(old)?, starter::files(new)?);
        let paths = base.0.keys().chain(mine.0.keys()).chain(theirs.0.keys());
        let paths: std::collections::BTreeSet<&String> =
            paths.filter(|path| !new.given.contains(path)).collect();
        for path in paths {
            let shown = format!("exercises/{}/{path}", new.slug());
            let (base, mine, theirs) = (base.0.get(path), mine.0.get(path), theirs.0.get(path));
            let merged = merge::three(git, [base, mine, theirs])?;
            match &merged {
                Merged::Course(_) => {}
                Merged::Readers(_) => plan.kept.push(shown.clone()),
                Merged::Both(_) => plan.merged.push(shown.clone()),
                Merged::Conflict(_) => plan.conflicts.push(shown.clone()),
            }
            plan.files.insert(shown, merged.into_bytes());
        }
    }
    Ok(plan)
}
