//! What a failure probably means: rules beside the step, matched on what was observed.

use std::collections::HashSet;

use regex::Regex;
use serde::Deserialize;

use crate::table;

/// A rule. It fires when every pattern that it gives matches; the first rule of a step that fires is told.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Diagnosis {
    /// Stable within the step.
    pub id: String,
    /// Matches a line that was observed and not expected.
    pub yours: Option<String>,
    /// Matches a line that was expected and not observed.
    pub missing: Option<String>,
    /// Matches the message of a panic.
    pub panic: Option<String>,
    /// What it probably means, in Markdown, without the answer.
    pub says: String,
    /// Where to read: a page of the built book and an anchor. The step's own place where absent.
    pub read: Option<String>,
}

/// What a failing test showed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Evidence<'a> {
    /// The reference's observation.
    pub expected: &'a str,
    /// The reader's.
    pub yours: &'a str,
    /// The message of a panic, where the test ended in one.
    pub panic: &'a str,
}

impl Diagnosis {
    /// Whether the rule fits what was seen.
    pub fn fits(&self, evidence: Evidence<'_>) -> bool {
        let Evidence { expected, yours, panic } = evidence;
        holds(self.yours.as_deref(), || only_in(yours, expected))
            && holds(self.missing.as_deref(), || only_in(expected, yours))
            && holds(self.panic.as_deref(), || panic.lines().collect())
    }

    pub(crate) fn check(&self) -> Result<(), String> {
        let patterns = [&self.yours, &self.missing, &self.panic];
        if patterns.iter().all(|pattern| pattern.is_none()) {
            return Err(format!("diagnosis {} has no pattern, so it would fit everything", self.id));
        }
        for pattern in patterns.into_iter().flatten() {
            // A course has hundreds of patterns, and to compile one takes a millisecond; every test process would.
            regex_syntax::parse(pattern).map_err(|error| format!("diagnosis {}: {error}", self.id))?;
        }
        Ok(())
    }
}

/// The first of a step's rules that fits, if one does.
pub fn likeliest<'a>(rules: &'a [Diagnosis], evidence: Evidence<'_>) -> Option<&'a Diagnosis> {
    rules.iter().find(|rule| rule.fits(evidence))
}

/// A pattern that is absent asks for nothing; one that is present must match a line.
fn holds<'a>(pattern: Option<&str>, lines: impl FnOnce() -> Vec<&'a str>) -> bool {
    let Some(pattern) = pattern else { return true };
    let lines = lines();
    // To compile a pattern takes a thousand times longer than to match a line.
    !lines.is_empty()
        && Regex::new(pattern).is_ok_and(|pattern| lines.into_iter().any(|line| pattern.is_match(line)))
}

/// The lines of `this` that are not in `other`, as they are. A row is in it whatever room its cells take there.
fn only_in<'a>(this: &'a str, other: &str) -> Vec<&'a str> {
    let (aligned, other) = table::aligned(this, other);
    let others: HashSet<&str> = other.lines().collect();
    this.lines()
        .zip(aligned.lines())
        .filter(|(_, aligned)| !others.contains(aligned))
        .map(|(line, _)| line)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(yours: Option<&str>, missing: Option<&str>, panic: Option<&str>) -> Diagnosis {
        Diagnosis {
            id: "rule".into(),
            yours: yours.map(Into::into),
            missing: missing.map(Into::into),
            panic: panic.map(Into::into),
            says: String::new(),
            read: None,
        }
    }

    const LOST: Evidence<'_> =
        Evidence { expected: "views: 20\nsent: 20", yours: "views: 14\nsent: 20", panic: "" };

    #[test]
    fn a_rule_looks_only_at_lines_that_differ() {
        assert!(rule(Some(r"^views: 1\d$"), None, None).fits(LOST));
        assert!(!rule(Some(r"^sent: 20$"), None, None).fits(LOST));
        assert!(!rule(None, Some(r"^sent"), None).fits(LOST));
    }

    #[test]
    fn a_row_that_only_takes_more_room_does_not_differ() {
        let expected = "t:\n  a  b\n  -  -\n  1  2\n  3  4\n";
        let yours = "t:\n  a   b\n  --  -\n  1   2\n  33  4\n";
        let evidence = Evidence { expected, yours, panic: "" };
        assert!(!rule(Some("1 +2"), None, None).fits(evidence));
        assert!(!rule(Some("--"), None, None).fits(evidence));
        assert!(rule(Some("33 +4"), Some("3 +4"), None).fits(evidence));
    }

    #[test]
    fn every_pattern_given_must_match() {
        assert!(rule(Some("views: 14"), Some("views: 20"), None).fits(LOST));
        assert!(!rule(Some("views: 14"), Some("views: 20"), Some("overflow")).fits(LOST));
    }

    #[test]
    fn a_rule_without_a_pattern_is_refused() {
        assert!(rule(None, None, None).check().is_err());
        assert!(rule(Some("("), None, None).check().is_err());
    }

    #[test]
    fn no_rule_is_told_where_none_fits() {
        let rules = [rule(Some("views: 3"), None, None)];
        assert!(likeliest(&rules, LOST).is_none());
    }
}
