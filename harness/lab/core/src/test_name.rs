//! A test's name and its place in the course.

use std::path::{Component, Path, PathBuf};

use lab_manifest::workspace;

use crate::Infra;

/// What a test is called: derived from the type of its closure and the place of its call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TestName {
    /// The module, such as `step_3_views`.
    pub(crate) module: String,
    /// The function, such as `twenty_views_at_once_are_all_counted`.
    pub(crate) function: String,
    /// The path of libtest's test `process` in the same binary.
    pub(crate) process: String,
}

impl TestName {
    /// From a closure's type name: `steps::steps::step_3_views::twenty_views::{{closure}}`.
    pub(crate) fn parse(type_name: &str) -> Result<Self, Infra> {
        let path = type_name.split("::{{").next().unwrap_or_default();
        // The first segment is the crate, which libtest leaves out.
        let segments: Vec<&str> = path.split("::").skip(1).collect();
        let [parents @ .., module, function] = segments.as_slice() else {
            return Err(Infra::Misplaced(format!(
                "lab::step must be called by a test in a module of the step, with a closure of its own; this is {path}"
            )));
        };
        let process = parents.iter().copied().chain(["process"]).collect::<Vec<_>>().join("::");
        Ok(Self { module: (*module).into(), function: (*function).into(), process })
    }

    /// Module and function, as libtest prints them for an exercise.
    pub(crate) fn full(&self) -> String {
        format!("{}::{}", self.module, self.function)
    }

    /// The statement that the name is: `twenty views at once are all counted`.
    pub(crate) fn sentence(&self) -> String {
        self.function.replace('_', " ")
    }

    /// The name of the test's files.
    pub(crate) fn file_stem(&self) -> String {
        format!("{}__{}", self.module, self.function)
    }
}

/// The folders that belong to a test's source file.
#[derive(Clone, Debug)]
pub(crate) struct TestPlace {
    /// `…/exercises/NN-slug`, absolute, also where a solution includes the file.
    pub(crate) exercise: PathBuf,
    /// `…/tests/steps/snapshots`.
    pub(crate) snapshots: PathBuf,
    /// The workspace's root.
    pub(crate) root: PathBuf,
}

impl TestPlace {
    /// `file` is what the compiler calls the test's source: relative to the workspace's root.
    pub(crate) fn find(file: &str) -> Result<Self, Infra> {
        let here = std::env::var_os("CARGO_MANIFEST_DIR")
            .map(PathBuf::from)
            .or_else(|| std::env::current_dir().ok());
        let root = here.as_deref().and_then(workspace::root).ok_or_else(|| {
            Infra::Misplaced("the course's folder was not found above the working directory".into())
        })?;
        let folder = normal(&root.join(file)).parent().map(Path::to_owned).unwrap_or_default();
        let exercise = folder.ancestors().nth(2).map(Path::to_owned).unwrap_or_default();
        Ok(Self { exercise, snapshots: folder.join("snapshots"), root })
    }
}

/// Without `..`, so that the path is the one that a reader knows. The files are no symbolic links.
fn normal(path: &Path) -> PathBuf {
    path.components().fold(PathBuf::new(), |mut path, component| {
        match component {
            Component::ParentDir => drop(path.pop()),
            Component::CurDir => {}
            other => path.push(other),
        }
        path
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_is_named_by_its_closure() {
        let name = TestName::parse("steps::step_3_views::all_are_counted::{{closure}}").unwrap();
        assert_eq!(name.full(), "step_3_views::all_are_counted");
        assert_eq!(name.sentence(), "all are counted");
        assert_eq!(name.process, "process");
        assert_eq!(name.file_stem(), "step_3_views__all_are_counted");
    }

    #[test]
    fn a_solution_that_includes_the_tests_finds_its_own_process() {
        let name = TestName::parse("steps::steps::step_3_views::all_are_counted::{{closure}}").unwrap();
        assert_eq!(name.full(), "step_3_views::all_are_counted");
        assert_eq!(name.process, "steps::process");
    }

    #[test]
    fn a_call_outside_of_a_module_is_refused() {
        assert!(TestName::parse("steps::test::{{closure}}").is_err());
    }

    #[test]
    fn a_path_loses_its_detours() {
        assert_eq!(
            normal(Path::new("/a/solutions/01/tests/../../../exercises/01/tests")),
            Path::new("/a/exercises/01/tests")
        );
    }
}
