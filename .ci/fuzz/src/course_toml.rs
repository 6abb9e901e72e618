//! `course.toml`: whatever it holds is a policy that can be applied, or an error that names a line of it.
//!
//! After the document come times of submission.

use std::path::Path;

use grade::course_toml::{CourseTomlError, Grading};

/// Whatever `bytes` are.
pub fn check(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let mut parts = super::parts(text);
    let document = parts.next().unwrap_or_default();
    let grading = match Grading::parse(document, Path::new("course.toml")) {
        Ok(grading) => grading,
        Err(CourseTomlError::Invalid { place, message, remedy }) => {
            let line: usize =
                place.rsplit(':').next().and_then(|line| line.parse().ok()).expect("a line is named");
            assert!((1..=document.matches('\n').count() + 1).contains(&line), "{place} of {document:?}");
            return assert!(!message.is_empty() && !remedy.is_empty());
        }
        Err(error) => panic!("{error}"),
    };
    assert!((1..=32).contains(&grading.seeds) && (1..=10).contains(&grading.repeats) && grading.retries <= 5);
    let policy = &grading.policy;
    policy.check().expect("what was read can be applied");
    let exercises: Vec<u32> = policy.exercises.iter().map(|one| one.number).collect();
    let times: Vec<_> = parts.flat_map(str::lines).filter_map(|time| policy.submitted(time).ok()).collect();
    for exercise in exercises {
        for submitted in &times {
            let late = policy.lateness(exercise, submitted).expect("what was read can be applied");
            assert!(late.penalty_percent <= 100, "{late:?}");
            let deadline = policy.deadline(exercise).expect("what was read can be applied");
            let in_time = deadline.is_none_or(|deadline| submitted.timestamp() <= deadline.timestamp());
            assert!(!in_time || late == grade::policy::Lateness::default(), "{late:?} in time");
        }
    }
}
