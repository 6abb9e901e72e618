//! What a journal says, by student and digest. Of a verdict it keeps what marks are made of, and where it is.

use std::collections::BTreeMap;

use super::model::{ExerciseReport, State, Step, StudentReport, Test, ToldExercise, possible};
use crate::intake::Standing;
use crate::journal::{End, Graded, JournalError, Opened, Place, Reader, Record, Student};
use crate::policy::Policy;
use crate::verdict::{Digest, Outcome, SeedKind, TestVerdict, Tier, Verdict};

/// What a journal says.
#[derive(Default)]
pub(super) struct Said {
    /// The last opening.
    pub opened: Option<Opened>,
    /// Everything that was graded.
    pub exercises: BTreeMap<u32, Graded>,
    /// Everybody.
    pub students: BTreeMap<String, Student>,
    submissions: BTreeMap<(String, u32), HandedIn>,
    verdicts: BTreeMap<Digest, Judged>,
}

struct HandedIn {
    digest: Option<Digest>,
    standing: Option<Standing>,
    place: Place,
}

struct Judged {
    place: Place,
    attempts: u32,
    milliseconds: u64,
    outcome: Outcome,
    tier: Tier,
    unstable: bool,
    points: u32,
    /// Absent where it has no steps.
    points_possible: Option<u32>,
    /// Each step and how it ended.
    ends: Vec<(String, Outcome)>,
}

impl Judged {
    fn of(place: Place, attempts: u32, milliseconds: u64, verdict: &Verdict) -> Self {
        Self {
            place,
            attempts,
            milliseconds,
            outcome: verdict.outcome,
            tier: verdict.tier,
            unstable: verdict.unstable,
            points: verdict.points(),
            points_possible: (!verdict.steps.is_empty()).then(|| verdict.points_possible()),
            ends: verdict.steps.iter().map(|step| (step.step.clone(), step.outcome)).collect(),
        }
    }

    fn is_infra_error(&self) -> bool {
        self.ends.iter().map(|(_, end)| *end).chain([self.outcome]).any(|end| end == Outcome::InfraError)
    }
}

impl Said {
    /// What the journal says, and how it ends.
    pub(super) fn by(reader: &Reader) -> Result<(Self, End), JournalError> {
        let mut said = Self::default();
        let end = reader.scan(&mut |place, record| match record {
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
                let handed_in = HandedIn { digest: one.digest, standing: one.standing, place };
                said.submissions.insert((one.student, one.exercise), handed_in);
            }
            Record::Verdict { digest, attempt, milliseconds, verdict, .. } => {
                said.verdict(digest, Judged::of(place, attempt, milliseconds, &verdict));
            }
        })?;
        Ok((said, end))
    }

    /// Two verdicts on one work that differ make it unstable, and the lower one counts: nobody gets better by being
    /// graded again.
    fn verdict(&mut self, digest: Digest, new: Judged) {
        let Some(old) = self.verdicts.get_mut(&digest) else {
            self.verdicts.insert(digest, new);
            return;
        };
        if old.is_infra_error() {
            *old = new;
        } else if !new.is_infra_error() && old.ends != new.ends {
            if new.points < old.points {
                *old = new;
            }
            old.unstable = true;
        }
    }

    /// An exercise that nobody asked for, and of which nobody has anything, is not told.
    pub(super) fn is_told(&self, exercise: &Graded) -> bool {
        exercise.asked
            || self.submissions.iter().any(|((_, number), one)| {
                *number == exercise.number
                    && one.standing.is_none_or(|standing| standing != Standing::Missing)
            })
    }

    /// The row of `student`, by `policy`.
    pub(super) fn student(
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
        };
        let Some(submission) = self.submission(student, exercise.number) else { return told };
        told.digest.clone_from(&submission.digest);
        match submission.standing {
            Some(Standing::Missing) => (told.state, told.points) = (State::Missing, Some(0)),
            Some(Standing::Refused) => {
                (told.state, told.points) = (State::Refused, Some(0));
                told.outcome = Some(Outcome::Forbidden);
            }
            Some(Standing::Unreadable) => told.state = State::Unreadable,
            None => {
                if let Some(judged) = self.judged(submission) {
                    mark(&mut told, judged);
                }
            }
        }
        told
    }

    /// What is told of `exercise` of `student`: read from the journal.
    pub(super) fn told<'a>(
        &self,
        student: &str,
        exercise: &'a ExerciseReport,
        reader: &Reader,
    ) -> Result<ToldExercise<'a>, JournalError> {
        let steps = self.exercises.get(&exercise.number).map(unrun).unwrap_or_default();
        let mut told = ToldExercise { row: exercise, steps, notes: Vec::new() };
        let Some(handed_in) = self.submission(student, exercise.number) else { return Ok(told) };
        if let Record::Submission(submission) = reader.record(handed_in.place)? {
            told.notes = submission.notes;
        }
        let judged = if handed_in.standing.is_none() { self.judged(handed_in) } else { None };
        let Some(judged) = judged else { return Ok(told) };
        if let Record::Verdict { verdict, .. } = reader.record(judged.place)? {
            told.notes.extend(verdict.notes);
            if !verdict.steps.is_empty() {
                told.steps = verdict.steps.into_iter().enumerate().map(step).collect();
            }
        }
        Ok(told)
    }

    fn submission(&self, student: &str, exercise: u32) -> Option<&HandedIn> {
        self.submissions.get(&(student.to_owned(), exercise))
    }

    fn judged(&self, submission: &HandedIn) -> Option<&Judged> {
        submission.digest.as_ref().and_then(|digest| self.verdicts.get(digest))
    }
}

fn mark(told: &mut ExerciseReport, judged: &Judged) {
    let infra = judged.is_infra_error();
    told.state = if infra { State::InfraError } else { State::Graded };
    told.outcome = Some(judged.outcome);
    told.points = (!infra).then_some(judged.points);
    told.unstable = judged.unstable;
    told.attempts = judged.attempts;
    told.tier = judged.tier;
    told.milliseconds = judged.milliseconds;
    if let Some(possible) = judged.points_possible {
        told.points_possible = possible;
    }
}

fn step((index, step): (usize, crate::verdict::StepVerdict)) -> Step {
    Step {
        number: index + 1,
        earned: step.earned(),
        id: step.step,
        title: step.title,
        points: step.points,
        outcome: Some(step.outcome),
        tests: step.tests.into_iter().map(test).collect(),
    }
}

/// What a hidden seed made of the work stays hidden, whatever the journal holds.
fn test(verdict: TestVerdict) -> Test {
    let is_hidden = matches!(verdict.seed, SeedKind::Hidden(_));
    let disclosed = |text: Option<String>| if is_hidden { None } else { text };
    Test {
        test: verdict.test,
        seed: verdict.seed,
        outcome: verdict.outcome,
        expected: disclosed(verdict.expected),
        actual: disclosed(verdict.actual),
        cause: verdict.cause,
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
