//! `cargo course update`: a newer course, under the reader's work.

use crate::backup::Backup;
use crate::course::Course;
use crate::failure::Failure;
use crate::git::Git;
use crate::starter;
use crate::terminal::{Style, Terminal};
use crate::update::apply::apply;
use crate::update::newer::Newer;
use crate::update::{Plan, plan};
use crate::verify::finding::count;

/// What `update` takes.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Where the newer course is: a remote's name, an address, or a folder on this machine
    #[arg(long, default_value = "origin")]
    from: String,
    /// The branch there
    #[arg(long, default_value = "main")]
    branch: String,
}

/// Fetches, merges the reader's files, and takes over everything else.
pub fn run(course: &Course, args: Args) -> Result<(), Failure> {
    let Args { from, branch } = args;
    let terminal = Terminal::stdout();
    let git = Git::open(&course.root)?;
    let Some(newer) = Newer::fetch(&git, &from, &branch)? else {
        terminal.text("This is the newest course already.");
        return Ok(());
    };
    if let Some(broken) = newer.course.broken.first() {
        return Err(Failure::Refused {
            message: format!("the newer course is broken, and nothing was changed: {broken}"),
            remedy: "wait for the next one, or tell its authors".into(),
        });
    }
    let plan = plan(course, &newer, &git, starter::work)?;
    let mut backup = Backup::new(course);
    apply(course, &newer, &git, &plan, &mut backup)?;
    tell(&terminal, &newer, &plan, backup.shown().as_deref());
    Ok(())
}

fn tell(terminal: &Terminal, newer: &Newer, plan: &Plan, backup: Option<&str>) {
    terminal.entry(&terminal.paint(Style::Good, "updated to"), &newer.title);
    if !plan.kept.is_empty() {
        terminal.entry("yours, as they were:", &count(plan.kept.len(), "file"));
    }
    for path in &plan.merged {
        terminal.entry("yours and the course's, merged:", path);
    }
    for path in &plan.conflicts {
        let own = path.replacen("/src/", &format!("/{}/src/", starter::FOLDER), 1);
        let both = format!("{path}: both changed the same lines. Yours is in place; the course's is {own}");
        terminal.entry(&terminal.paint(Style::Note, "to look at:"), &both);
    }
    if let Some(backup) = backup {
        terminal.entry("what was edited and is another now, or has no folder any more, is kept in", backup);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;
    use std::path::{Path, PathBuf};
    use std::process::Command;

    /// The course's own repository, and a reader's clone of it.
    struct World {
        folder: tempfile::TempDir,
    }

    const LONG: &str = "// 1\n// 2\n// 3\n// 4\n// 5\n// 6\n// 7\n";

    impl World {
        fn new() -> Self {
            let world = Self { folder: tempfile::tempdir().unwrap() };
            let author = world.author();
            std::fs::create_dir(&author).unwrap();
            sample::course(&author);
            std::fs::write(author.join(".gitignore"), "/.course\n/target\n").unwrap();
            world.write_starter("one", &format!("{}{LONG}", sample::STARTER));
            git(&author, &["init", "--quiet", "--initial-branch=main"]);
            commit(&author, "The course");
            git(world.folder.path(), &["clone", "--quiet", "author", "reader"]);
            world
        }

        fn author(&self) -> PathBuf {
            self.folder.path().join("author")
        }

        fn reader(&self) -> PathBuf {
            self.folder.path().join("reader")
        }

        fn write_starter(&self, file: &str, text: &str) {
            let folder = self.author().join("exercises/01-sample");
            std::fs::write(folder.join(format!("src/{file}.rs")), text).unwrap();
            starter::keep(&lab_manifest::exercise::Exercise::read(&folder).unwrap()).unwrap();
        }

        fn write(&self, path: &str, text: &str) {
            std::fs::write(self.reader().join(path), text).unwrap();
        }

        fn read(&self, path: &str) -> String {
            std::fs::read_to_string(self.reader().join(path)).unwrap()
        }

        fn publish(&self) {
            commit(&self.author(), "A newer course");
        }

        fn update(&self) -> Result<(), Failure> {
            let course = Course::read(&self.reader());
            run(&course, Args { from: "origin".into(), branch: "main".into() })
        }

        fn status(&self) -> String {
            git(&self.reader(), &["status", "--porcelain"])
        }

        fn backups(&self) -> Vec<String> {
            let tree = crate::file_tree::FileTree::read(&self.reader().join(".course/backups")).unwrap();
            tree.0.keys().filter_map(|path| path.split_once('/')).map(|(_, path)| path.to_owned()).collect()
        }
    }

    fn git(folder: &Path, arguments: &[&str]) -> String {
        let output = Command::new("git")
            .current_dir(folder)
            .args(["-c", "user.name=Somebody", "-c", "user.email=somebody@example.org"])
            .args(arguments)
            .output()
            .unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
    }

    fn commit(folder: &Path, title: &str) {
        git(folder, &["add", "."]);
        git(folder, &["commit", "--quiet", "-m", title]);
    }

    const ONE: &str = "exercises/01-sample/src/one.rs";
    const TESTS: &str = "exercises/01-sample/tests/steps/main.rs";

    fn improved() -> String {
        format!("{}{}", sample::STARTER, LONG.replace("// 7", "// 7, improved"))
    }

    fn solved() -> String {
        format!("{}{LONG}", sample::SOLUTION)
    }

    fn solved_and_improved() -> String {
        format!("{}{}", sample::SOLUTION, LONG.replace("// 7", "// 7, improved"))
    }

    #[test]
    fn an_untouched_clone_becomes_the_newer_course() {
        let world = World::new();
        world.write_starter("one", &improved());
        std::fs::write(world.author().join(TESTS), "// newer\n").unwrap();
        world.publish();
        world.update().unwrap();
        assert_eq!((world.read(ONE), world.read(TESTS).as_str()), (improved(), "// newer\n"));
        assert_eq!(world.status(), "");
        assert_eq!(
            git(&world.reader(), &["rev-parse", "HEAD"]),
            git(&world.author(), &["rev-parse", "HEAD"])
        );
        assert_eq!(world.backups(), Vec::<String>::new());
        world.update().unwrap();
    }

    #[test]
    fn uncommitted_work_is_merged_and_stays_uncommitted() {
        let world = World::new();
        world.write(ONE, &solved());
        world.write_starter("one", &improved());
        world.publish();
        world.update().unwrap();
        assert_eq!(world.read(ONE), solved_and_improved());
        assert_eq!(world.status(), format!(" M {ONE}"));
        assert_eq!(world.backups(), [ONE]);
    }

    #[test]
    fn committed_work_is_merged_in_a_merge_and_own_files_stay() {
        let world = World::new();
        world.write(ONE, &solved());
        world.write("notes.md", "mine\n");
        world.write("exercises/01-sample/src/mine.rs", "// mine\n");
        commit(&world.reader(), "Solve step 1");
        world.write_starter("one", &improved());
        world.publish();
        world.update().unwrap();
        assert_eq!(world.read(ONE), solved_and_improved());
        assert_eq!((world.read("notes.md").as_str(), world.status().as_str()), ("mine\n", ""));
        assert_eq!(git(&world.reader(), &["show", "HEAD:exercises/01-sample/src/mine.rs"]), "// mine");
        assert_eq!(git(&world.reader(), &["log", "--format=%s", "-1"]).split(' ').next(), Some("Update"));
        // The next update starts from there.
        std::fs::write(world.author().join(TESTS), "// newest\n").unwrap();
        world.publish();
        world.update().unwrap();
        assert_eq!((world.read(ONE), world.read(TESTS).as_str()), (solved_and_improved(), "// newest\n"));
        assert_eq!(world.status(), "");
    }

    #[test]
    fn in_one_place_the_readers_work_stays_and_both_are_kept() {
        let world = World::new();
        let mine = format!("{}{LONG}", sample::STARTER.replace("todo!(\"step 1: give one\")", "1"));
        world.write(ONE, &mine);
        world.write_starter(
            "one",
            &format!("{}{LONG}", sample::STARTER.replace("give one", "give the number one")),
        );
        world.publish();
        world.update().unwrap();
        assert_eq!(world.read(ONE), mine);
        assert!(world.read("exercises/01-sample/.starter/src/one.rs").contains("give the number one"));
        assert_eq!(world.backups(), [ONE]);
    }

    #[test]
    fn an_edited_test_becomes_the_courses_after_a_backup() {
        let world = World::new();
        world.write(TESTS, "// easier\n");
        std::fs::write(world.author().join(TESTS), "// newer\n").unwrap();
        world.publish();
        world.update().unwrap();
        assert_eq!(world.read(TESTS), "// newer\n");
        assert_eq!(world.backups(), [TESTS]);
    }

    #[test]
    fn a_chapter_that_was_renumbered_takes_the_work_along() {
        let world = World::new();
        world.write(ONE, &solved());
        world.write("exercises/01-sample/src/committed.rs", "// mine");
        world.write("exercises/01-sample/committed.md", "what I have learned");
        commit(&world.reader(), "My work");
        world.write("exercises/01-sample/src/mine.rs", "// mine, too");
        world.write("exercises/01-sample/notes.md", "what is left to do");
        let author = world.author();
        for of in ["exercises", "solutions"] {
            std::fs::rename(author.join(of).join("01-sample"), author.join(of).join("02-sample")).unwrap();
        }
        let document = author.join("exercises/02-sample/exercise.toml");
        let text = std::fs::read_to_string(&document).unwrap();
        std::fs::write(&document, text.replace("number = 1", "number = 2")).unwrap();
        world.publish();
        world.update().unwrap();
        assert_eq!(world.read("exercises/02-sample/src/one.rs"), solved());
        assert_eq!(world.read("exercises/02-sample/src/committed.rs"), "// mine");
        assert_eq!(world.read("exercises/02-sample/src/mine.rs"), "// mine, too");
        // Cargo refuses a folder of `exercises/` without a manifest. What is no source is kept elsewhere.
        assert!(!world.reader().join("exercises/01-sample").exists());
        assert!(git(&world.reader(), &["ls-files", "exercises/01-sample"]).is_empty());
        for kept in ["committed.md", "notes.md"] {
            let kept = format!("exercises/01-sample/{kept}");
            assert!(
                world.backups().iter().any(|path| path.ends_with(&kept)),
                "{kept}: {:?}",
                world.backups()
            );
        }
    }

    #[test]
    fn an_exercise_of_the_readers_own_stays() {
        let world = World::new();
        std::fs::create_dir_all(world.reader().join("exercises/09-own")).unwrap();
        let document = world.read("exercises/01-sample/exercise.toml");
        let uuid = document.lines().find(|line| line.starts_with("uuid")).unwrap();
        let own = document.replace("number = 1", "number = 9").replace(uuid, "uuid = \"own\"");
        world.write("exercises/09-own/exercise.toml", &own);
        commit(&world.reader(), "An exercise of my own");
        world.write("exercises/09-own/notes.md", "to be continued");
        world.write_starter("one", &improved());
        world.publish();
        world.update().unwrap();
        assert_eq!(world.read("exercises/09-own/exercise.toml"), own);
        assert_eq!(world.read("exercises/09-own/notes.md"), "to be continued");
        assert_eq!(git(&world.reader(), &["ls-files", "exercises/09-own"]), "exercises/09-own/exercise.toml");
    }

    #[test]
    fn without_a_network_it_says_so_and_changes_nothing() {
        let world = World::new();
        world.write(ONE, &solved());
        std::fs::rename(world.author(), world.folder.path().join("away")).unwrap();
        let failure = world.update().unwrap_err();
        assert_eq!(failure.exit_code(), 7);
        assert!(failure.to_string().contains("nothing was changed"), "{failure}");
        assert_eq!(world.read(ONE), solved());
    }
}
