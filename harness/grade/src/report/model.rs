//! The report: what the journal says of whom, with the marks that the policy makes of it.
//!
//! A report holds a row a student. What is told of the work ([`Told`]) is read from the journal when it is asked for, a
//! student at a time: a class has more of it than memory should hold.

use std::io;

use serde::ser::{Error as _, SerializeSeq as _, SerializeStruct as _};
use serde::{Serialize, Serializer};

use super::said::Said;
use crate::journal::{Graded, JournalError, Reader, Shard};
use crate::policy::{Lateness, Policy};
use crate::verdict::{Digest, Outcome, SeedKind, Tier, sum_of};

/// The version of the document's form.
pub const VERSION: u32 = 1;

/// What is told of a journal.
pub struct Report {
    /// [`VERSION`].
    pub version: u32,
    /// The version of the program that graded.
    pub program: String,
    /// The class's name; may be empty.
    pub class: String,
    /// Names the seeds and limits; not the seeds.
    pub settings: String,
    /// Records in the journal, and the last one's checksum.
    pub journal: Head,
    /// The weakest sandbox that anything ran in; `none` where nothing ran.
    pub tier: Tier,
    /// Which part of the class, where it is a part.
    pub shard: Option<Shard>,
    /// Everybody has every mark.
    pub complete: bool,
    /// The exercises.
    pub exercises: Vec<Exercise>,
    /// By id.
    pub students: Vec<StudentReport>,
    /// What to tell of the whole.
    pub notes: Vec<String>,
    said: Said,
    reader: Reader,
}

/// Which journal this is a report of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Head {
    /// How many records it has.
    pub records: u64,
    /// The last one's checksum.
    pub sum: String,
}

/// An exercise that was graded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Exercise {
    /// The N of `exercise-N`.
    pub number: u32,
    /// Its stable id.
    pub uuid: String,
    /// What it is called.
    pub title: String,
    /// Of the course, as far as a verdict depends on it.
    pub version: String,
    /// All that can be earned.
    pub points: u32,
    /// Its share of the total.
    pub weight: u32,
    /// As the policy has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deadline: Option<String>,
}

/// A student's row.
#[derive(Clone, Debug, Serialize)]
pub struct StudentReport {
    /// What the gradebook is joined on.
    pub id: String,
    /// May be empty.
    pub name: String,
    /// When the work came in, as the roster or the instructor says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub submitted: Option<String>,
    /// Percent, by the weights; absent while a mark is.
    pub total: Option<f64>,
    /// In the order of the exercises.
    #[serde(skip)]
    pub exercises: Vec<ExerciseReport>,
}

/// Where an exercise of a student stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It has a verdict.
    Graded,
    /// Nothing was handed in.
    Missing,
    /// It holds what no submission may hold.
    Refused,
    /// It could not be read: no mark until somebody has looked.
    Unreadable,
    /// The grader failed: no mark yet.
    InfraError,
    /// The batch has not come to it.
    Pending,
}

/// A cell of a student's row.
#[derive(Clone, Debug, Serialize)]
pub struct ExerciseReport {
    /// The N of `exercise-N`.
    pub number: u32,
    /// Where it stands.
    pub state: State,
    /// What came of it; absent where there was nothing to judge.
    pub outcome: Option<Outcome>,
    /// Earned; absent where there is no mark.
    pub points: Option<u32>,
    /// All that can be earned.
    pub points_possible: u32,
    /// How late it came; absent where that is not known, or does not matter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub late: Option<Lateness>,
    /// Percent, after what lateness costs; absent where there is no mark.
    pub mark: Option<f64>,
    /// Two runs differed: for a person to look at.
    pub unstable: bool,
    /// How often the grader tried.
    pub attempts: u32,
    /// The sandbox that it ran in.
    pub tier: Tier,
    /// What judging took; 0 where it was known.
    pub milliseconds: u64,
    /// Names the work.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
}

/// A student, with what is told of the work.
#[derive(Debug, Serialize)]
pub struct Told<'a> {
    /// The row.
    #[serde(flatten)]
    pub student: &'a StudentReport,
    /// In the order of the exercises.
    pub exercises: Vec<ToldExercise<'a>>,
}

/// An exercise of a student, with what is told of the work.
#[derive(Debug, Serialize)]
pub struct ToldExercise<'a> {
    /// The cell.
    #[serde(flatten)]
    pub row: &'a ExerciseReport,
    /// The steps, in order.
    pub steps: Vec<Step>,
    /// What a person should know.
    pub notes: Vec<String>,
}

/// What somebody should look at.
#[derive(Debug)]
pub struct Look<'a> {
    /// Whose.
    pub student: &'a StudentReport,
    /// Which.
    pub exercise: &'a ExerciseReport,
    /// Why.
    pub why: &'static str,
    /// The first thing that is told of it.
    pub note: Option<String>,
}

/// What is told of a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// Its stable id.
    pub id: String,
    /// Its place among the steps, from 1.
    pub number: usize,
    /// What it is called.
    pub title: String,
    /// What it is worth.
    pub points: u32,
    /// What was earned.
    pub earned: u32,
    /// How it ended; absent where it did not run.
    pub outcome: Option<Outcome>,
    /// The tests that did not pass, and with the disclosed seed those that did.
    pub tests: Vec<Test>,
}

/// What is told of a test.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Test {
    /// Module and name.
    pub test: String,
    /// Which seed it ran with.
    pub seed: SeedKind,
    /// How it ended.
    pub outcome: Outcome,
    /// What the reference observed; never of a hidden seed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// What was observed of the work; never of a hidden seed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actual: Option<String>,
    /// Why.
    pub cause: String,
}

impl Report {
    /// The report of a journal. `policy` stands in for the journal's own, where somebody corrected a deadline.
    pub fn of(reader: Reader, policy: Option<&Policy>) -> Result<Self, JournalError> {
        let (said, end) = Said::by(&reader)?;
        let opened = said.opened.as_ref();
        let own = opened.map(|opened| opened.policy.clone()).unwrap_or_default();
        let policy = policy.unwrap_or(&own);
        let mut notes = opened.map(|opened| opened.notes.clone()).unwrap_or_default();
        if end.torn_bytes > 0 {
            notes
                .push(format!("the journal's last line is torn: {} bytes are not told here", end.torn_bytes));
        }
        let exercises: Vec<&Graded> = said.exercises.values().filter(|one| said.is_told(one)).collect();
        let students: Vec<StudentReport> = said
            .students
            .values()
            .map(|student| said.student(student, &exercises, policy, &mut notes))
            .collect();
        let ran = students.iter().flat_map(|student| &student.exercises).map(|one| one.tier);
        Ok(Self {
            version: VERSION,
            program: opened.map(|opened| opened.program.clone()).unwrap_or_default(),
            class: policy.class.clone(),
            settings: opened.map(|opened| opened.settings.clone()).unwrap_or_default(),
            journal: Head { records: end.head.count, sum: end.head.sum },
            tier: ran.filter(|tier| *tier != Tier::None).min().unwrap_or(Tier::None),
            shard: opened.and_then(|opened| opened.shard),
            complete: students.iter().all(|student| student.total.is_some()),
            exercises: exercises
                .iter()
                .map(|one| Exercise {
                    number: one.number,
                    uuid: one.uuid.clone(),
                    title: one.title.clone(),
                    version: one.version.clone(),
                    points: possible(one),
                    weight: policy.weight(one.number),
                    deadline: policy
                        .exercises
                        .iter()
                        .find(|of_policy| of_policy.number == one.number)
                        .and_then(|of_policy| of_policy.deadline.clone()),
                })
                .collect(),
            students,
            notes,
            said,
            reader,
        })
    }

    /// `student`, with what is told of the work: read from the journal.
    pub fn told<'a>(&self, student: &'a StudentReport) -> io::Result<Told<'a>> {
        let exercises = student
            .exercises
            .iter()
            .map(|exercise| self.said.told(&student.id, exercise, &self.reader).map_err(io::Error::other));
        Ok(Told { student, exercises: exercises.collect::<io::Result<_>>()? })
    }

    /// Everybody, one after the other, with what is told of the work.
    pub fn all_told(&self) -> impl Iterator<Item = io::Result<Told<'_>>> {
        self.students.iter().map(|student| self.told(student))
    }

    /// What somebody should look at.
    pub fn for_a_person(&self) -> io::Result<Vec<Look<'_>>> {
        let mut found = Vec::new();
        for student in &self.students {
            for (index, exercise) in student.exercises.iter().enumerate() {
                let why = match exercise.state {
                    State::Unreadable => "could not be read",
                    State::InfraError => "the grader failed",
                    State::Refused => "was refused",
                    _ if exercise.unstable => "two runs differed",
                    _ if exercise.outcome == Some(Outcome::Forbidden) => "asked for what is forbidden",
                    _ => continue,
                };
                let note = self.told(student)?.exercises.swap_remove(index).notes.into_iter().next();
                found.push(Look { student, exercise, why, note });
            }
        }
        Ok(found)
    }
}

impl Serialize for Report {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut report = serializer.serialize_struct("Report", 11)?;
        report.serialize_field("version", &self.version)?;
        report.serialize_field("program", &self.program)?;
        report.serialize_field("class", &self.class)?;
        report.serialize_field("settings", &self.settings)?;
        report.serialize_field("journal", &self.journal)?;
        report.serialize_field("tier", &self.tier)?;
        if let Some(shard) = &self.shard {
            report.serialize_field("shard", shard)?;
        }
        report.serialize_field("complete", &self.complete)?;
        report.serialize_field("exercises", &self.exercises)?;
        report.serialize_field("students", &AllTold(self))?;
        report.serialize_field("notes", &self.notes)?;
        report.end()
    }
}

struct AllTold<'a>(&'a Report);

impl Serialize for AllTold<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut students = serializer.serialize_seq(Some(self.0.students.len()))?;
        for told in self.0.all_told() {
            students.serialize_element(&told.map_err(S::Error::custom)?)?;
        }
        students.end()
    }
}

/// All points of an exercise.
pub(super) fn possible(exercise: &Graded) -> u32 {
    sum_of(exercise.steps.iter().map(|step| step.points))
}
