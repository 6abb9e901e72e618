//! `cargo course reset N`: an exercise as the course ships it; what the reader wrote is kept in a backup.

use lab_manifest::exercise::Exercise;
use lab_manifest::reference;

use crate::backup::Backup;
use crate::course::Course;
use crate::failure::Failure;
use crate::git::Git;
use crate::progress::{Progress, Status, write_whole};
use crate::starter;
use crate::terminal::Terminal;

/// What `reset` takes.
#[derive(Debug, Default, clap::Args)]
pub struct Args {
    /// The exercise's number
    exercise: u32,
    /// Only the files of this step, by its number or id
    step: Option<String>,
    /// The tests and snapshots instead of your own code
    #[arg(long, conflicts_with = "step")]
    tests: bool,
}

/// Brings the course's own files back, after a backup of what is there.
pub fn run(course: &Course, args: Args) -> Result<(), Failure> {
    let Args { exercise, step, tests } = args;
    let exercise = course.exercise(exercise)?;
    let plan = match (&step, tests) {
        (_, true) => of_tests(course, exercise)?,
        (Some(step), false) => of_sources(exercise, Some(&course.step(exercise, step)?.1.files))?,
        (None, false) => of_sources(exercise, None)?,
    };
    let terminal = Terminal::stdout();
    if plan.0.is_empty() {
        terminal.text("Everything is as the course ships it; nothing was changed.");
        return Ok(());
    }
    let mut backup = Backup::new(course);
    for path in plan.0.keys() {
        backup.keep(&exercise.folder.join(path))?;
    }
    for (path, wanted) in &plan.0 {
        let file = exercise.folder.join(path);
        match wanted {
            Some(bytes) => write_whole(&file, bytes).map_err(Failure::io("write", &file))?,
            None => std::fs::remove_file(&file).map_err(Failure::io("remove", &file))?,
        }
        let done = if wanted.is_some() { "restored" } else { "removed" };
        terminal.line(&format!("{done}  {}", course.shown(&file)));
    }
    if let Some(folder) = backup.shown() {
        terminal.entry("what was there is kept in", &folder);
    }
    if !tests {
        forget(course, exercise, step.as_deref())?;
    }
    Ok(())
}

/// What is to be written, or removed where there is nothing to write; by path from the exercise.
struct Plan(std::collections::BTreeMap<String, Option<Vec<u8>>>);

fn of_sources(exercise: &Exercise, only: Option<&[String]>) -> Result<Plan, Failure> {
    if !exercise.folder.join(starter::FOLDER).is_dir() {
        return Err(Failure::Refused {
            message: format!("{} is not there, so there is nothing to go back to", exercise.folder.join(starter::FOLDER).display()),
            remedy: "`git checkout -- exercises` brings back what was deleted there, your own uncommitted work too: \
                     copy that first"
                .into(),
        });
    }
    let (own, work) = (starter::files(exercise)?, starter::work(exercise)?);
    let changed = own.differing(&work).into_iter();
    let wanted = changed.filter(|path| only.is_none_or(|only| only.contains(path)));
    Ok(Plan(wanted.map(|path| (path.clone(), own.0.get(&path).cloned())).collect()))
}

/// Tests are no reader's work, so there is no second copy of them: `reference.lock` knows them by checksum, and git's
/// history has the text.
fn of_tests(course: &Course, exercise: &Exercise) -> Result<Plan, Failure> {
    let edited = reference::edited(&exercise.folder)?;
    let mut plan = std::collections::BTreeMap::new();
    if edited.is_empty() {
        return Ok(Plan(plan));
    }
    let git = Git::open(&course.root)?;
    let folder = course.shown(&exercise.folder);
    for path in edited {
        let wanted = if reference::is_locked(&exercise.folder, &path)? {
            Some(from_history(&git, exercise, &folder, &path)?)
        } else {
            None
        };
        plan.insert(path, wanted);
    }
    Ok(Plan(plan))
}

/// The newest version in git's history whose checksum is the lock's: a reader may have committed an edit.
fn from_history(git: &Git, exercise: &Exercise, folder: &str, path: &str) -> Result<Vec<u8>, Failure> {
    let full = format!("{folder}/{path}");
    let commits = git.ask(["log", "--all", "--format=%H", "--", &full])?;
    for commit in commits.lines() {
        if let Ok(bytes) = git.bytes(["show", &format!("{commit}:{full}")])
            && reference::is_own(&exercise.folder, path, &bytes)?
        {
            return Ok(bytes);
        }
    }
    Err(Failure::Git {
        message: format!("no commit has {full} as the course ships it"),
        remedy: "`git fetch --unshallow` gets the history of a shallow clone; `cargo course update` brings the course's newest"
            .into(),
    })
}

/// Steps whose code is gone are to be done again. That they once passed stays known.
fn forget(course: &Course, exercise: &Exercise, only: Option<&str>) -> Result<(), Failure> {
    let only = only.map(|step| course.step(exercise, step)).transpose()?;
    Progress::update(course, |progress| {
        for step in &exercise.steps {
            if only.is_none_or(|(_, only)| only.id == step.id)
                && progress.step(exercise, step).status != Status::Unknown
            {
                progress.step_mut(exercise, step).forget();
            }
        }
    })?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file_tree::FileTree;
    use crate::sample;
    use lab_manifest::report::Outcome;
    use std::path::Path;
    use std::process::Command;

    fn reset(course: &Course, step: Option<&str>, tests: bool) -> Result<(), Failure> {
        run(course, Args { exercise: 1, step: step.map(Into::into), tests })
    }

    fn read(course: &Course, path: &str) -> String {
        std::fs::read_to_string(course.exercises[0].folder.join(path)).unwrap()
    }

    fn backups(course: &Course) -> Vec<FileTree> {
        let folder = course.own_folder().join("backups");
        let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
        entries.map(|entry| FileTree::read(&entry.unwrap().path()).unwrap()).collect()
    }

    fn edited_course(root: &Path) -> Course {
        let course = sample::course(root);
        let exercise = &course.exercises[0];
        starter::keep(exercise).unwrap();
        for file in ["src/one.rs", "src/two.rs", "src/mine.rs"] {
            std::fs::write(exercise.folder.join(file), "mine\n").unwrap();
        }
        course
    }

    #[test]
    fn the_whole_exercise_comes_back_and_nothing_is_lost() {
        let folder = tempfile::tempdir().unwrap();
        let course = edited_course(folder.path());
        reset(&course, None, false).unwrap();
        let exercise = &course.exercises[0];
        assert_eq!(starter::work(exercise).unwrap(), starter::files(exercise).unwrap());
        let kept = &backups(&course)[0];
        let paths: Vec<&String> = kept.0.keys().collect();
        assert_eq!(
            paths,
            [
                "exercises/01-sample/src/mine.rs",
                "exercises/01-sample/src/one.rs",
                "exercises/01-sample/src/two.rs"
            ]
        );
        assert!(kept.0.values().all(|bytes| bytes == b"mine\n"));
    }

    #[test]
    fn one_step_leaves_the_others() {
        let folder = tempfile::tempdir().unwrap();
        let course = edited_course(folder.path());
        reset(&course, Some("1"), false).unwrap();
        assert_eq!(read(&course, "src/one.rs"), sample::STARTER);
        assert_eq!(read(&course, "src/two.rs"), "mine\n");
    }

    #[test]
    fn a_second_reset_changes_nothing_and_makes_no_backup() {
        let folder = tempfile::tempdir().unwrap();
        let course = edited_course(folder.path());
        reset(&course, None, false).unwrap();
        reset(&course, None, false).unwrap();
        assert_eq!(backups(&course).len(), 1);
    }

    #[test]
    fn a_step_that_is_reset_is_open_again_and_stays_passed_once() {
        let folder = tempfile::tempdir().unwrap();
        let course = edited_course(folder.path());
        let exercise = &course.exercises[0];
        let test = lab_manifest::report::TestReport {
            exercise: exercise.uuid.clone(),
            step: "one".into(),
            test: "step_1_one::a_test".into(),
            outcome: Outcome::Passed,
            expected: String::new(),
            yours: String::new(),
            panic: String::new(),
            happened: String::new(),
            place: None,
            diagnosis: None,
            cause: String::new(),
            read: String::new(),
            remarks: Vec::new(),
            edited: Vec::new(),
        };
        Progress::update(&course, |progress| progress.record(exercise, &[test])).unwrap();
        reset(&course, None, false).unwrap();
        let progress = Progress::read(&course).unwrap();
        assert_eq!(progress.step(exercise, &exercise.steps[0]).status, Status::Unknown);
        assert!(progress.has_passed(exercise, &exercise.steps[0]));
    }

    #[test]
    fn tests_come_back_from_history_even_where_the_edit_was_committed() {
        let folder = tempfile::tempdir().unwrap();
        let course = sample::course(folder.path());
        let exercise = &course.exercises[0];
        let main = exercise.folder.join("tests/steps/main.rs");
        let own = std::fs::read_to_string(&main).unwrap();
        reference::write(&exercise.folder).unwrap();
        let git = |arguments: &[&str]| {
            let identity = ["-c", "user.name=Reader", "-c", "user.email=reader@example.org"];
            let status = Command::new("git")
                .current_dir(folder.path())
                .args(identity)
                .args(arguments)
                .output()
                .unwrap();
            assert!(status.status.success(), "{status:?}");
        };
        git(&["init", "--quiet"]);
        git(&["add", "."]);
        git(&["commit", "--quiet", "-m", "The course"]);
        std::fs::write(&main, "fn edited() {}\n").unwrap();
        std::fs::write(main.with_file_name("own.rs"), "fn own() {}\n").unwrap();
        git(&["commit", "--quiet", "-a", "-m", "Mine"]);
        reset(&course, None, true).unwrap();
        assert_eq!(std::fs::read_to_string(&main).unwrap(), own);
        assert!(!main.with_file_name("own.rs").exists());
        assert_eq!(backups(&course)[0].0.len(), 2);
    }

    #[test]
    fn without_the_courses_own_copy_nothing_is_touched() {
        let folder = tempfile::tempdir().unwrap();
        let course = sample::course(folder.path());
        std::fs::write(course.exercises[0].folder.join("src/one.rs"), "mine\n").unwrap();
        assert_eq!(reset(&course, None, false).unwrap_err().exit_code(), 8);
        assert_eq!(read(&course, "src/one.rs"), "mine\n");
    }
}
