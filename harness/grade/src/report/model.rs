//! The report: what the journal says of whom, with the marks that the policy makes of it.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::intake::Standing;
use crate::journal::{Contents, Graded, Opened, Record, Shard, Student, Submission};
use crate::policy::{Lateness, Policy};
use crate::verdict::{Digest, Outcome, SeedKind, Tier, Verdict, sum_of};

/// The version of the document's form.
pub const VERSION: u32 = 1;

/// What is told of a journal.
#[derive(Clone, Debug, PartialEq, Serialize)]
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
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shard: Option<Shard>,
    /// Everybody has every mark.
    pub complete: bool,
    /// The exercises.
    pub exercises: Vec<Exercise>,
    /// By id.
    pub students: Vec<StudentReport>,
    /// What to tell of the whole.
    pub notes: Vec<String>,
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

/// What is told of a student.
#[derive(Clone, Debug, PartialEq, Serialize)]
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

/// What is told of an exercise of a student.
#[derive(Clone, Debug, PartialEq, Serialize)]
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
    /// The steps, in order.
    pub steps: Vec<Step>,
    /// What a person should know.
    pub notes: Vec<String>,
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

/// What the journal says, by student and digest.
#[derive(Default)]
struct Said {
    opened: Option<Opened>,
    exercises: BTreeMap<u32, Graded>,
    students: BTreeMap<String, Student>,
    submissions: BTreeMap<(String, u32), Submission>,
    verdicts: BTreeMap<Digest, Judged>,
}

struct Judged {
    verdict: Verdict,
    attempts: u32,
    milliseconds: u64,
}

impl Report {
    /// The report of a journal. `policy` stands in for the journal's own, where somebody corrected a deadline.
    pub fn of(contents: Contents, policy: Option<&Policy>) -> Self {
        let head = Head { records: contents.head.count, sum: contents.head.sum };
        let said = Said::by(contents.records);
        let opened = said.opened.clone();
        let own = opened.as_ref().map(|opened| opened.policy.clone()).unwrap_or_default();
        let policy = policy.unwrap_or(&own);
        let mut notes = opened.as_ref().map(|opened| opened.notes.clone()).unwrap_or_default();
        if contents.torn_bytes > 0 {
            notes.push(format!(
                "the journal's last line is torn: {} bytes are not told here",
                contents.torn_bytes
            ));
        }
        let exercises: Vec<&Graded> = said.exercises.values().filter(|one| said.is_told(one)).collect();
        let students: Vec<StudentReport> = said
            .students
            .values()
            .map(|student| said.student(student, &exercises, policy, &mut notes))
            .collect();
        let ran = students.iter().flat_map(|student| &student.exercises).map(|one| one.tier);
        Self {
            version: VERSION,
            program: opened.as_ref().map(|opened| opened.program.clone()).unwrap_or_default(),
            class: policy.class.clone(),
            settings: opened.as_ref().map(|opened| opened.settings.clone()).unwrap_or_default(),
            journal: head,
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
        }
    }

    /// What somebody should look at: student, exercise, why.
    pub fn for_a_person(&self) -> Vec<(&StudentReport, &ExerciseReport, &'static str)> {
        let mut found = Vec::new();
        for student in &self.students {
            for exercise in &student.exercises {
                let why = match exercise.state {
                    State::Unreadable => "could not be read",
                    State::InfraError => "the grader failed",
                    State::Refused => "was refused",
                    _ if exercise.unstable => "two runs differed",
                    _ if exercise.outcome == Some(Outcome::Forbidden) => "asked for what is forbidden",
                    _ => continue,
                };
                found.push((student, exercise, why));
            }
        }
        found
    }
}

impl Said {
    fn by(records: Vec<Record>) -> Self {
        let mut said = Self::default();
        for record in records {
            match record {
                Record::Opened(opened) => {
                    for one in &opened.exercises {
                        said.exercises.insert(one.number, one.clone());
                    }
                    for student in &opened.students {
                        said.students.insert(student.id.clone(), student.clone());
                    }
                    said.opened = Some(opened);
                }
                Record::Submission(one) => {
                    said.submissions.insert((one.student.clone(), one.exercise), one);
                }
                Record::Verdict { digest, attempt, milliseconds, verdict, .. } => {
                    said.verdict(digest, Judged { verdict, attempts: attempt, milliseconds });
                }
            }
        }
        said
    }

    /// Two verdicts on one work that differ make it unstable, and the lower one counts: nobody gets better by being
    /// graded again.
    fn verdict(&mut self, digest: Digest, new: Judged) {
        let Some(old) = self.verdicts.get_mut(&digest) else {
            self.verdicts.insert(digest, new);
            return;
        };
        if old.verdict.is_infra_error() {
            *old = new;
        } else if !new.verdict.is_infra_error() && ends(&old.verdict) != ends(&new.verdict) {
            if new.verdict.points() < old.verdict.points() {
                *old = new;
            }
            old.verdict.unstable = true;
        }
    }

    /// An exercise that nobody asked for, and of which nobody has anything, is not told.
    fn is_told(&self, exercise: &Graded) -> bool {
        exercise.asked
            || self.submissions.values().any(|one| {
                one.exercise == exercise.number
                    && one.standing.is_none_or(|standing| standing != Standing::Missing)
            })
    }

    fn student(
        &self,
        student: &Student,
        exercises: &[&Graded],
        policy: &Policy,
        notes: &mut Vec<String>,
    ) -> StudentReport {
        let submitted = student.submitted.as_ref().and_then(|text| match policy.submitted(text) {
            Ok(time) => Some(time),
            Err(error) => {
                notes.push(format!("the time of {}'s submission is not known: {error}", student.id));
                None
            }
        });
        let mut told = Vec::new();
        for exercise in exercises {
            let mut one = self.exercise(&student.id, exercise);
            if let Some(submitted) = &submitted {
                one.late = policy.lateness(exercise.number, submitted).ok();
            }
            let left = 100 - one.late.unwrap_or_default().penalty_percent;
            one.mark = one.points.map(|points| {
                let whole = f64::from(points) / f64::from(one.points_possible.max(1));
                rounded(whole * f64::from(left))
            });
            told.push(one);
        }
        let weights: Vec<u32> = exercises.iter().map(|one| policy.weight(one.number)).collect();
        StudentReport {
            id: student.id.clone(),
            name: student.name.clone(),
            submitted: student.submitted.clone(),
            total: total(&told, &weights),
            exercises: told,
        }
    }

    fn exercise(&self, student: &str, exercise: &Graded) -> ExerciseReport {
        let mut told = ExerciseReport {
            number: exercise.number,
            state: State::Pending,
            outcome: None,
            points: None,
            points_possible: possible(exercise),
            late: None,
            mark: None,
            unstable: false,
            attempts: 0,
            tier: Tier::None,
            milliseconds: 0,
            digest: None,
            steps: unrun(exercise),
            notes: Vec::new(),
        };
        let Some(submission) = self.submissions.get(&(student.to_owned(), exercise.number)) else {
            return told;
        };
        told.notes.clone_from(&submission.notes);
        told.digest.clone_from(&submission.digest);
        match submission.standing {
            Some(Standing::Missing) => (told.state, told.points) = (State::Missing, Some(0)),
            Some(Standing::Refused) => {
                (told.state, told.points) = (State::Refused, Some(0));
                told.outcome = Some(Outcome::Forbidden);
            }
            Some(Standing::Unreadable) => told.state = State::Unreadable,
            None => {
                if let Some(judged) = submission.digest.as_ref().and_then(|digest| self.verdicts.get(digest))
                {
                    tell(&mut told, judged);
                }
            }
        }
        told
    }
}

fn tell(told: &mut ExerciseReport, judged: &Judged) {
    let verdict = &judged.verdict;
    let infra =
        verdict.is_infra_error() || verdict.steps.iter().any(|step| step.outcome == Outcome::InfraError);
    told.state = if infra { State::InfraError } else { State::Graded };
    told.outcome = Some(verdict.outcome);
    told.points = (!infra).then(|| verdict.points());
    told.unstable = verdict.unstable;
    told.attempts = judged.attempts;
    told.tier = verdict.tier;
    told.milliseconds = judged.milliseconds;
    told.notes.extend(verdict.notes.iter().cloned());
    if verdict.steps.is_empty() {
        return;
    }
    told.points_possible = verdict.points_possible();
    told.steps = verdict
        .steps
        .iter()
        .enumerate()
        .map(|(index, step)| Step {
            id: step.step.clone(),
            number: index + 1,
            title: step.title.clone(),
            points: step.points,
            earned: step.earned(),
            outcome: Some(step.outcome),
            tests: step.tests.iter().map(test).collect(),
        })
        .collect();
}

/// What a hidden seed made of the work stays hidden, whatever the journal holds.
fn test(verdict: &crate::verdict::TestVerdict) -> Test {
    let is_hidden = matches!(verdict.seed, SeedKind::Hidden(_));
    let disclosed = |text: &Option<String>| if is_hidden { None } else { text.clone() };
    Test {
        test: verdict.test.clone(),
        seed: verdict.seed,
        outcome: verdict.outcome,
        expected: disclosed(&verdict.expected),
        actual: disclosed(&verdict.actual),
        cause: verdict.cause.clone(),
    }
}

fn unrun(exercise: &Graded) -> Vec<Step> {
    let steps = exercise.steps.iter().enumerate();
    steps
        .map(|(index, step)| Step {
            id: step.id.clone(),
            number: index + 1,
            title: step.title.clone(),
            points: step.points,
            earned: 0,
            outcome: None,
            tests: Vec::new(),
        })
        .collect()
}

fn ends(verdict: &Verdict) -> Vec<(&str, Outcome)> {
    verdict.steps.iter().map(|step| (step.step.as_str(), step.outcome)).collect()
}

fn possible(exercise: &Graded) -> u32 {
    sum_of(exercise.steps.iter().map(|step| step.points))
}

/// Percent; absent while a mark that counts is. Where nothing counts, the total is 0.
fn total(exercises: &[ExerciseReport], weights: &[u32]) -> Option<f64> {
    let mut sum = 0.0;
    for (exercise, weight) in exercises.iter().zip(weights) {
        if *weight > 0 {
            sum += exercise.mark? * f64::from(*weight);
        }
    }
    let weight: f64 = weights.iter().copied().map(f64::from).sum();
    Some(rounded(sum / weight.max(1.0)))
}

/// To hundredths: marks are compared and added by people.
fn rounded(percent: f64) -> f64 {
    (percent * 100.0).round() / 100.0
}
