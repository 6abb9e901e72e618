//! The course's own starter: whoever hands it in as it is has done nothing, and nothing needs to run to know that.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::journal::GradedStep;
use crate::verdict::{Outcome, StepVerdict, Tier, Verdict};

/// The files that the course ships, without what editors and version control change in passing.
#[derive(Clone, Debug, Default)]
pub struct Starter(BTreeMap<PathBuf, Vec<u8>>);

impl Starter {
    /// The starter that consists of `files`, relative to the package.
    pub fn new(files: BTreeMap<PathBuf, Vec<u8>>) -> Self {
        Self(files.into_iter().map(|(path, bytes)| (path, plain(&bytes))).collect())
    }

    /// Whether `files` are the starter.
    pub fn is(&self, files: &BTreeMap<PathBuf, Vec<u8>>) -> bool {
        !self.0.is_empty()
            && self.0.len() == files.len()
            && files.iter().all(|(path, bytes)| self.0.get(path).is_some_and(|own| *own == plain(bytes)))
    }
}

/// Without a byte order mark, and with LF alone.
fn plain(bytes: &[u8]) -> Vec<u8> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut plain = Vec::with_capacity(bytes.len());
    for (index, byte) in bytes.iter().enumerate() {
        if *byte != b'\r' || bytes.get(index + 1) != Some(&b'\n') {
            plain.push(*byte);
        }
    }
    plain
}

/// The verdict on a starter. That each of its steps fails is what `cargo course verify` holds it to.
pub fn verdict(steps: &[GradedStep]) -> Verdict {
    let steps = steps.iter().map(|step| StepVerdict {
        step: step.id.clone(),
        title: step.title.clone(),
        points: step.points,
        outcome: Outcome::Fail,
        tests: Vec::new(),
    });
    Verdict {
        outcome: Outcome::Fail,
        tier: Tier::None,
        steps: steps.collect(),
        notes: vec!["this is the starter as the course ships it; nothing was run".into()],
        unstable: false,
    }
}
