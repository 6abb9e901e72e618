//! What a journal held when it was opened, as far as a batch that resumes needs it.

use std::collections::HashMap;

use super::cache::Cache;
use crate::journal::{Opened, Record, Submission};

/// Taken from the journal record by record; of a verdict, what progress shows.
#[derive(Debug, Default)]
pub struct Resumption {
    pub(super) cache: Cache,
    handed_in: HashMap<(String, u32), Submission>,
    opened: Option<Opened>,
}

impl Resumption {
    /// Takes a record; of those that say the same thing, the last one counts.
    pub fn take(&mut self, record: Record) {
        match record {
            Record::Verdict { digest, verdict, .. } => self.cache.know(digest, &verdict),
            Record::Submission(submission) => {
                self.handed_in.insert((submission.student.clone(), submission.exercise), submission);
            }
            Record::Opened(opened) => self.opened = Some(opened),
        }
    }

    /// By what was graded the last time.
    pub fn opened(&self) -> Option<&Opened> {
        self.opened.as_ref()
    }

    /// Whether the journal ends in the same for this student and exercise: a resumed run writes nothing twice.
    pub(super) fn is_known(&self, record: &Record) -> bool {
        let Record::Submission(submission) = record else { return false };
        self.handed_in.get(&(submission.student.clone(), submission.exercise)) == Some(submission)
    }
}
