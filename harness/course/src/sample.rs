//! A course of one small exercise, for tests.

use std::path::Path;

use lab_manifest::exercise::Exercise;

use crate::course::Course;

/// The starter's `src/one.rs`.
pub(crate) const STARTER: &str = "pub fn one() -> u32 {\n    todo!(\"step 1: give one\")\n}\n";
/// The solution's.
pub(crate) const SOLUTION: &str = "pub fn one() -> u32 {\n    1\n}\n";

/// A course at `root` with exercise 1 of two steps, and its solution.
pub(crate) fn course(root: &Path) -> Course {
    exercise(root, 1);
    std::fs::write(root.join("Cargo.toml"), "[workspace]\n").unwrap();
    Course::read(root)
}

/// Exercise `number` in the course at `root`.
pub(crate) fn exercise(root: &Path, number: u32) -> Exercise {
    let slug = format!("{number:02}-sample");
    let folder = root.join("exercises").join(&slug);
    let solution = root.join("solutions").join(&slug);
    let step = |step: u32, file: &str| {
        format!(
            "[[step]]\nid = \"{file}\"\ntitle = \"Give {file}\"\npoints = 1\nminutes = 5\nfiles = [\"src/{file}.rs\"]\n\
             tests = \"step_{step}_{file}\"\nread = \"{slug}.html#{file}\"\nhints = [\"nudge\", \"concept\", \"outline\"]\n"
        )
    };
    let document = format!(
        "format = 1\nuuid = \"sample-{number}\"\nnumber = {number}\ntitle = \"Sample\"\nchapter = \"{slug}.md\"\n\
         shape = \"call\"\nminutes = 10\ndifficulty = 1\n{}{}",
        step(1, "one"),
        step(2, "two")
    );
    for (package, one) in [(&folder, STARTER), (&solution, SOLUTION)] {
        std::fs::create_dir_all(package.join("src")).unwrap();
        std::fs::write(package.join("src/lib.rs"), "pub mod one;\npub mod two;\n").unwrap();
        std::fs::write(package.join("src/one.rs"), one).unwrap();
        std::fs::write(package.join("src/two.rs"), one.replace("one", "two").replace("step 1", "step 2"))
            .unwrap();
    }
    std::fs::create_dir_all(folder.join("tests/steps/snapshots")).unwrap();
    std::fs::write(folder.join("tests/steps/main.rs"), "mod step_1_one;\nmod step_2_two;\n").unwrap();
    std::fs::write(folder.join("exercise.toml"), document).unwrap();
    Exercise::read(&folder).unwrap()
}
