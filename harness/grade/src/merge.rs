//! Joins the journals of a class that was graded in parts.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use crate::intake::Standing;
use crate::journal::{Graded, Journal, JournalError, Opened, Reader, Record, Shard, Student, Submission};

/// Parts that are missing are named up to here: a journal may say that it is one of any number.
const MISSING_NAMED: usize = 20;

/// Journals that don't belong together.
#[derive(Debug, thiserror::Error)]
pub enum MergeError {
    /// There is none.
    #[error("there is no journal to merge")]
    Nothing,
    /// A journal says nothing.
    #[error("{path} holds no record of a grader", path = path.display())]
    Empty {
        /// Which.
        path: PathBuf,
    },
    /// Two were graded by something else.
    #[error("{one} and {other} were graded by different {what}: their marks can't stand side by side", one = one.display(), other = other.display())]
    Differ {
        /// One of them.
        one: PathBuf,
        /// The other.
        other: PathBuf,
        /// `seeds or limits`, `versions of exercise 1`, `policies`.
        what: String,
    },
    /// The journal to write is not empty.
    #[error("{path} is not empty", path = path.display())]
    NotEmpty {
        /// Which.
        path: PathBuf,
    },
    /// It could not be written.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

/// Writes everything in `parts` into `journal`, which is empty. What contradicts itself is left to a person: two
/// verdicts on one work make it unstable in the report, two submissions of one student have no mark.
pub fn merge(parts: &[Reader], journal: &mut Journal) -> Result<Vec<String>, MergeError> {
    let opened = parts.iter().map(last_opened).collect::<Result<Vec<_>, _>>()?;
    let (first, rest) = opened.split_first().ok_or(MergeError::Nothing)?;
    for (other, part) in rest.iter().zip(&parts[1..]) {
        if let Some(what) = difference(first, other) {
            let (one, other) = (parts[0].path().to_owned(), part.path().to_owned());
            return Err(MergeError::Differ { one, other, what });
        }
    }
    let notes = missing(&opened);
    journal.append(&Record::Opened(joined(&opened, &notes)))?;
    let mut submissions: BTreeMap<(String, u32), Submission> = BTreeMap::new();
    for part in parts {
        // Within a part the last one counts.
        let mut of_part: BTreeMap<(String, u32), Submission> = BTreeMap::new();
        let mut written = Ok(());
        part.scan(&mut |_, record| match record {
            Record::Verdict { .. } if written.is_ok() => written = journal.append(&record),
            Record::Opened(_) | Record::Verdict { .. } => {}
            Record::Submission(one) => {
                of_part.insert((one.student.clone(), one.exercise), one);
            }
        })?;
        written?;
        for (key, one) in of_part {
            match submissions.get_mut(&key) {
                Some(before) if (&before.digest, before.standing) != (&one.digest, one.standing) => {
                    *before = contradiction(one);
                }
                Some(_) => {}
                None => {
                    submissions.insert(key, one);
                }
            }
        }
    }
    for one in submissions.into_values() {
        journal.append(&Record::Submission(one))?;
    }
    Ok(notes)
}

fn last_opened(part: &Reader) -> Result<Opened, MergeError> {
    let mut students: BTreeMap<String, Student> = BTreeMap::new();
    let mut last = None;
    part.scan(&mut |_, record| {
        if let Record::Opened(opened) = record {
            students.extend(opened.students.iter().map(|student| (student.id.clone(), student.clone())));
            last = Some(opened);
        }
    })?;
    let last = last.ok_or_else(|| MergeError::Empty { path: part.path().to_owned() })?;
    Ok(Opened { students: students.into_values().collect(), ..last })
}

fn difference(one: &Opened, other: &Opened) -> Option<String> {
    if one.settings != other.settings {
        return Some("seeds or limits".into());
    }
    if one.policy != other.policy {
        return Some("policies".into());
    }
    let version = |opened: &Opened, number: u32| {
        opened
            .exercises
            .iter()
            .find(|exercise| exercise.number == number)
            .map(|exercise| exercise.version.clone())
    };
    let numbers = one.exercises.iter().map(|exercise| exercise.number);
    numbers
        .filter(|number| {
            version(other, *number).is_some_and(|of_other| Some(of_other) != version(one, *number))
        })
        .map(|number| format!("versions of exercise {number}"))
        .next()
}

fn joined(opened: &[Opened], notes: &[String]) -> Opened {
    let mut exercises: BTreeMap<u32, Graded> = BTreeMap::new();
    let mut students: BTreeMap<String, Student> = BTreeMap::new();
    let mut told: Vec<String> = Vec::new();
    for one in opened {
        for exercise in &one.exercises {
            exercises.entry(exercise.number).or_insert_with(|| exercise.clone()).asked |= exercise.asked;
        }
        students.extend(one.students.iter().map(|student| (student.id.clone(), student.clone())));
        told.extend(one.notes.iter().filter(|note| !told.contains(note)).cloned().collect::<Vec<_>>());
    }
    told.extend(notes.iter().cloned());
    Opened {
        exercises: exercises.into_values().collect(),
        students: students.into_values().collect(),
        notes: told,
        shard: None,
        ..opened[0].clone()
    }
}

/// Parts of the class of which there is no journal.
fn missing(opened: &[Opened]) -> Vec<String> {
    let shards: Vec<Shard> = opened.iter().filter_map(|one| one.shard).collect();
    let Some(count) = shards.iter().map(|shard| shard.count).max() else { return Vec::new() };
    if shards.iter().any(|shard| shard.count != count) {
        return vec!["the parts are not of one whole: they count differently".into()];
    }
    let there: BTreeSet<usize> = shards.iter().map(|shard| shard.index).collect();
    let mut notes: Vec<String> = (1..=count)
        .filter(|index| !there.contains(index))
        .take(MISSING_NAMED)
        .map(|index| format!("part {index} of {count} is missing"))
        .collect();
    let known = there.iter().filter(|index| (1..=count).contains(*index)).count();
    let others = count - known - notes.len();
    if others > 0 {
        notes.push(format!("{others} more parts of {count} are missing"));
    }
    notes
}

fn contradiction(one: Submission) -> Submission {
    Submission {
        digest: None,
        standing: Some(Standing::Unreadable),
        notes: vec![
            "two of the merged journals have different submissions; grade the one that counts".into(),
        ],
        ..one
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::journal::MemoryStore;
    use crate::report::{self, Report, sample};
    use crate::verdict::{Outcome, Verdict};

    /// What a journal says, with the name that messages call it by.
    type Part = (String, Vec<Record>);

    /// The sample, cut in `count` parts as `--shard` cuts a class.
    fn parts(count: usize) -> Vec<Part> {
        let records = sample::records();
        let Record::Opened(opened) = &records[0] else { panic!("the first record is of the opening") };
        (1..=count)
            .map(|index| {
                let students: Vec<Student> =
                    opened.students.iter().enumerate().filter(|(at, _)| at % count == index - 1).map(|(_, one)| one.clone()).collect();
                let shard = Some(Shard { index, count });
                let mut own = vec![Record::Opened(Opened { shard, students: students.clone(), ..opened.clone() })];
                let is_own = |id: &str| students.iter().any(|student| student.id == id);
                for pair in &records[1..] {
                    match pair {
                        Record::Submission(one) if is_own(&one.student) => own.push(pair.clone()),
                        Record::Verdict { digest, .. } => {
                            let of_own = records.iter().any(|record| {
                                matches!(record, Record::Submission(one) if one.digest.as_ref() == Some(digest) && is_own(&one.student))
                            });
                            if of_own {
                                own.push(pair.clone());
                            }
                        }
                        _ => {}
                    }
                }
                (format!("part-{index}"), own)
            })
            .collect()
    }

    fn merged(parts: &[Part]) -> Result<(Report, Vec<String>), MergeError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("merged");
        let (mut journal, _) = Journal::open(&path, &mut |_| {}).unwrap();
        let parts: Vec<Reader> = parts.iter().map(|(name, records)| sample::journal(name, records)).collect();
        let notes = merge(&parts, &mut journal)?;
        drop(journal);
        Ok((Report::of(Reader::open(&path).unwrap(), None).unwrap(), notes))
    }

    fn students(report: &Report) -> serde_json::Value {
        serde_json::from_str::<serde_json::Value>(&report::json(report).unwrap()).unwrap()["students"].take()
    }

    #[test]
    fn the_parts_of_a_class_make_the_report_of_the_whole() {
        for count in [1, 2, 3, 20] {
            let (report, notes) = merged(&parts(count)).unwrap();
            assert_eq!(notes, Vec::<String>::new());
            assert_eq!(students(&report), students(&sample::report()), "{count} parts");
        }
    }

    #[test]
    fn a_part_that_is_missing_is_told() {
        let mut parts = parts(3);
        parts.remove(1);
        assert_eq!(merged(&parts).unwrap().1, ["part 2 of 3 is missing"]);
    }

    #[test]
    fn of_many_missing_parts_the_first_are_named_and_the_others_counted() {
        let mut parts = parts(1);
        if let Record::Opened(opened) = &mut parts[0].1[0] {
            opened.shard = Some(Shard { index: 2, count: usize::MAX });
        }
        let notes = merged(&parts).unwrap().1;
        assert_eq!(notes.len(), MISSING_NAMED + 1);
        assert_eq!(notes[1], format!("part 3 of {} is missing", usize::MAX));
        let others = usize::MAX - 1 - MISSING_NAMED;
        assert_eq!(notes[MISSING_NAMED], format!("{others} more parts of {} are missing", usize::MAX));
    }

    #[test]
    fn what_was_graded_otherwise_is_not_put_side_by_side() {
        let mut parts = parts(2);
        if let Record::Opened(opened) = &mut parts[1].1[0] {
            opened.settings = "other".into();
        }
        let error = merged(&parts).err().unwrap().to_string();
        assert!(error.contains("part-1 and part-2 were graded by different seeds or limits"), "{error}");
        assert!(matches!(merged(&[]), Err(MergeError::Nothing)));
    }

    #[test]
    fn two_verdicts_on_one_work_are_unstable_and_the_lower_counts() {
        let mut parts = parts(1);
        let mut again = ("again".to_owned(), parts[0].1.clone());
        for record in &mut again.1 {
            if let Record::Verdict { verdict, .. } = record {
                *verdict = Verdict { outcome: Outcome::Fail, ..verdict.clone() };
                if let Some(step) = verdict.steps.first_mut() {
                    step.outcome = Outcome::Fail;
                }
            }
        }
        parts.push(again);
        let (report, _) = merged(&parts).unwrap();
        let anna = report.students.iter().find(|student| student.id == "anna").unwrap();
        assert_eq!((anna.exercises[0].unstable, anna.exercises[0].points), (true, Some(25)));
    }

    #[test]
    fn two_submissions_of_one_student_have_no_mark() {
        let mut parts = parts(1);
        let mut other = ("other".to_owned(), parts[0].1.clone());
        for record in &mut other.1 {
            if let Record::Submission(one) = record {
                one.digest = None;
                one.standing = Some(Standing::Missing);
            }
        }
        parts.push(other);
        let (report, _) = merged(&parts).unwrap();
        let anna = report.students.iter().find(|student| student.id == "anna").unwrap();
        assert_eq!(anna.exercises[0].mark, None);
    }

    #[test]
    fn a_journal_without_a_grader_is_told() {
        let store = Box::new(MemoryStore::default());
        let (mut journal, _) = Journal::on(store, Path::new("x"), &mut |_| {}).unwrap();
        let error = merge(&[sample::journal("empty", &[])], &mut journal).unwrap_err();
        assert!(matches!(error, MergeError::Empty { .. }));
    }
}
