//! What ends the grader: with a remedy and an exit code, as its help lists them.

use course::terminal::Terminal;
use grade::course_toml::CourseTomlError;
use grade::intake::entry::ClassError;
use grade::journal::JournalError;
use grade::merge::MergeError;

pub use course::failure::Failure as CourseFailure;

/// Exit codes of the grader's own failures.
pub const UNUSABLE: u8 = 3;
pub const NOT_WRITTEN: u8 = 4;
pub const REFUSED: u8 = 8;

/// What can go wrong.
#[derive(Debug)]
pub enum Failure {
    /// What can go wrong in any command of the course.
    Course(CourseFailure),
    /// The grader can't do what was asked of it.
    Grading {
        /// What is wrong.
        message: String,
        /// What to do about it.
        remedy: String,
        /// As the help lists them.
        exit_code: u8,
    },
}

impl Failure {
    /// What the process ends with.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Course(failure) => failure.exit_code(),
            Self::Grading { exit_code, .. } => *exit_code,
        }
    }

    /// Prints the message and the remedy.
    pub fn tell(&self, terminal: &Terminal) {
        match self {
            Self::Course(failure) => failure.tell(terminal),
            Self::Grading { message, remedy, .. } => course::failure::tell(terminal, message, Some(remedy)),
        }
    }
}

impl From<CourseFailure> for Failure {
    fn from(failure: CourseFailure) -> Self {
        Self::Course(failure)
    }
}

impl From<CourseTomlError> for Failure {
    fn from(error: CourseTomlError) -> Self {
        let (exit_code, remedy) = match &error {
            CourseTomlError::Read { .. } => (NOT_WRITTEN, "name the document with --config".to_owned()),
            CourseTomlError::Invalid { remedy, .. } => (UNUSABLE, remedy.clone()),
        };
        Self::Grading { message: error.to_string(), remedy, exit_code }
    }
}

impl From<ClassError> for Failure {
    fn from(error: ClassError) -> Self {
        let (exit_code, remedy) = match &error {
            ClassError::Read { .. } => (NOT_WRITTEN, "see that the path is right, and that you may read it"),
            ClassError::Kind { .. } | ClassError::Empty { .. } => {
                (UNUSABLE, "name a checkout, a folder of submissions, an archive or a roster")
            }
            ClassError::Roster(_) => (UNUSABLE, "`cargo course grade --help` tells a roster's columns"),
        };
        Self::Grading { message: error.to_string(), remedy: remedy.into(), exit_code }
    }
}

impl From<JournalError> for Failure {
    fn from(error: JournalError) -> Self {
        let exit_code = match &error {
            JournalError::Locked { .. } => REFUSED,
            JournalError::Line { .. } => UNUSABLE,
            JournalError::Full { .. } | JournalError::Io { .. } => NOT_WRITTEN,
        };
        Self::Grading { message: error.to_string(), remedy: error.remedy(), exit_code }
    }
}

impl From<MergeError> for Failure {
    fn from(error: MergeError) -> Self {
        let remedy = match error {
            MergeError::Journal(error) => return error.into(),
            MergeError::Nothing => "name the journals to join",
            MergeError::Empty { .. } => "leave it out, or grade that part again",
            MergeError::Differ { .. } => "grade all parts with the same course.toml, secret and course",
            MergeError::NotEmpty { .. } => "name another with --journal, or remove it",
        };
        Self::Grading { message: error.to_string(), remedy: remedy.into(), exit_code: UNUSABLE }
    }
}
