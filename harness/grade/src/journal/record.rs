//! What a journal says, a record a line.

use serde::{Deserialize, Serialize};

use crate::intake::Standing;
use crate::policy::Policy;
use crate::verdict::{Digest, Verdict};

/// A record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "record", rename_all = "snake_case")]
pub enum Record {
    /// A grader began to write: the first record, and one at each resumption.
    Opened(Opened),
    /// What came of a work. Several submissions may be the same work.
    Verdict {
        /// Names the work and everything else that the verdict depends on.
        digest: Digest,
        /// The N of `exercise-N`.
        exercise: u32,
        /// Which attempt this was, from 1: those before were failures of the grader.
        attempt: u32,
        /// Milliseconds that judging took.
        milliseconds: u64,
        /// What came of it.
        verdict: Verdict,
    },
    /// What somebody handed in for an exercise.
    Submission(Submission),
}

/// By what is graded, from here on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opened {
    /// The version of the program that wrote this.
    pub program: String,
    /// Names the seeds and limits; not the seeds.
    pub settings: String,
    /// Weights, deadlines, late policy.
    pub policy: Policy,
    /// The exercises that are graded.
    pub exercises: Vec<Graded>,
    /// Which part of the class, where it is a part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<Shard>,
    /// Everybody in this part of the class, also those who handed nothing in.
    pub students: Vec<Student>,
    /// What to tell of the whole.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// An exercise that is graded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Graded {
    /// The N of `exercise-N`.
    pub number: u32,
    /// Its stable id.
    pub uuid: String,
    /// What it is called.
    pub title: String,
    /// Of the course, as far as a verdict depends on it.
    pub version: String,
    /// Its steps, in order.
    pub steps: Vec<GradedStep>,
    /// Somebody asked for it, so that who has nothing of it has no points.
    pub asked: bool,
}

/// A step of an exercise that is graded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GradedStep {
    /// The step's stable id.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// What it is worth.
    pub points: u32,
}

/// A part of a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shard {
    /// Which, from 1.
    pub index: usize,
    /// Of how many.
    pub count: usize,
}

/// Somebody whose work is graded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Student {
    /// Unique in the class.
    pub id: String,
    /// May be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// When the work came in, as the roster or the instructor says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub submitted: Option<String>,
}

/// What somebody handed in for an exercise. The last one counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Submission {
    /// The student's id.
    pub student: String,
    /// The N of `exercise-N`.
    pub exercise: u32,
    /// The work, whose verdict is another record's. Absent where there was nothing to judge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
    /// Why there was nothing to judge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standing: Option<Standing>,
    /// What a person should know: where it was found, what was left out, why it was refused.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}
