//! Gate 3: what the starter offers, the solution offers too, with the same signatures; what is given is the same.

use lab_manifest::exercise::Exercise;

use super::finding::{Report, count};
use super::signatures::Signatures;
use crate::course::Course;
use crate::diff;
use crate::failure::Failure;
use crate::file_tree::{FileTree, same_text};
use crate::starter;

/// Holds the starter's interface against the solution's.
pub fn check(exercise: &Exercise, course: &Course, report: &mut Report) -> Result<(), Failure> {
    let own = starter::files(exercise)?;
    let solution = starter::sources(&course.solution(exercise))?;
    compare(&own, &solution, report);
    for file in &exercise.given {
        given(file, exercise, course, &own, &solution, report)?;
    }
    for step in &exercise.steps {
        for file in step.files.iter().filter(|file| !solution.0.contains_key(*file)) {
            report.find(file, format!("step {} names it, and the solution does not have it", step.id));
        }
        for file in step.files.iter().filter(|file| exercise.given.contains(file)) {
            report.find(file, format!("it is given, and step {} asks the reader to edit it", step.id));
        }
    }
    report.checked(count(exercise.given.len(), "given file"));
    Ok(())
}

fn compare(own: &FileTree, solution: &FileTree, report: &mut Report) {
    let read = |sources: &FileTree, whose: &str, report: &mut Report| match Signatures::of(sources) {
        Ok(signatures) => Some(signatures),
        Err(message) => {
            report.find(whose, message);
            None
        }
    };
    let (Some(own), Some(theirs)) = (read(own, "starter", report), read(solution, "solution", report)) else {
        return;
    };
    for (name, signatures) in &own.0 {
        for signature in signatures {
            match theirs.0.get(name) {
                None => report.find(name, format!("the solution does not offer it: {signature}")),
                Some(theirs) if theirs.contains(signature) => {}
                Some(theirs) => {
                    let theirs: Vec<&str> = theirs.iter().map(String::as_str).collect();
                    let detail = format!("starter   {signature}\nsolution  {}", theirs.join("\n          "));
                    report.find_with(name, "the solution offers it with another signature", detail);
                }
            }
        }
    }
    report.checked(count(own.0.len(), "public item"));
}

fn given(
    file: &str,
    exercise: &Exercise,
    course: &Course,
    own: &FileTree,
    solution: &FileTree,
    report: &mut Report,
) -> Result<(), Failure> {
    let of = |tree: &FileTree, package: &std::path::Path| -> Result<Option<Vec<u8>>, Failure> {
        if let Some(bytes) = tree.0.get(file) {
            return Ok(Some(bytes.clone()));
        }
        let path = package.join(file);
        if path.is_file() {
            std::fs::read(&path).map(Some).map_err(Failure::io("read", &path))
        } else {
            Ok(None)
        }
    };
    match (of(own, &exercise.folder)?, of(solution, &course.solution(exercise))?) {
        (Some(own), Some(theirs)) if same_text(&own, &theirs) => {}
        (Some(own), Some(theirs)) => {
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            let detail = diff::unified(file, &text(&own), &text(&theirs));
            report.find_with(file, "it is given, and the solution has it otherwise", detail);
        }
        (None, _) => report.find(file, "it is given, and the starter does not have it"),
        (_, None) => report.find(file, "it is given, and the solution does not have it"),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    fn findings(change: impl FnOnce(&Course, &mut Exercise)) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        let course = sample::course(folder.path());
        let mut exercise = course.exercises[0].clone();
        change(&course, &mut exercise);
        let mut report = Report::default();
        check(&exercise, &course, &mut report).unwrap();
        report.findings.into_iter().map(|finding| format!("{}: {}", finding.place, finding.message)).collect()
    }

    #[test]
    fn a_sample_agrees() {
        assert_eq!(findings(|_, _| {}), Vec::<String>::new());
    }

    #[test]
    fn another_signature_is_found() {
        let found = findings(|course, exercise| {
            std::fs::write(course.solution(exercise).join("src/one.rs"), "pub fn one() -> u64 { 1 }")
                .unwrap();
        });
        assert_eq!(found, ["one::one: the solution offers it with another signature"]);
    }

    #[test]
    fn a_given_file_that_differs_is_found() {
        let found = findings(|_, exercise| exercise.given.push("src/one.rs".into()));
        assert_eq!(
            found,
            [
                "src/one.rs: it is given, and the solution has it otherwise",
                "src/one.rs: it is given, and step one asks the reader to edit it"
            ]
        );
    }
}
