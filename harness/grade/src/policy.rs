//! What turns verdicts into marks: weights, deadlines, and what late work costs.

use std::str::FromStr;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, Unit, ZonedDateTime};
use serde::{Deserialize, Serialize};

/// What turns verdicts into marks. It is kept in the journal, so that a report needs nothing else.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// The class's name; may be empty.
    pub class: String,
    /// IANA name of the zone that times without an offset are in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// The exercises that count, if not all of them do alike.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exercises: Vec<ExercisePolicy>,
    /// What late work costs; nothing where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub late: Option<Late>,
}

/// An exercise's share and deadline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExercisePolicy {
    /// The N of `exercise-N`.
    pub number: u32,
    /// Its share of the total.
    pub weight: u32,
    /// In the policy's time zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<String>,
}

/// What late work costs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Late {
    /// Percent of the mark for each started day.
    pub per_day_percent: u32,
    /// After the deadline that is not late yet, such as `15 minutes`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grace: Option<String>,
    /// After the deadline; what comes later counts nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hard_stop: Option<String>,
}

/// How late a submission is, and what that costs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lateness {
    /// Started days after the deadline; 0 is in time.
    pub days: u32,
    /// Of the mark, 0 to 100.
    pub penalty_percent: u32,
    /// It came after the hard stop.
    pub stopped: bool,
}

/// A policy that says nothing, or a time that is none.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// There is no such time zone.
    #[error("there is no time zone {0:?}")]
    Zone(String),
    /// A time can't be read.
    #[error("{0:?} is no time")]
    Time(String),
    /// A time has neither an offset nor a zone.
    #[error("{0:?} has no time zone")]
    NoZone(String),
    /// A duration can't be read.
    #[error("{0:?} is no duration")]
    Duration(String),
    /// An exercise is listed more than once.
    #[error("it has exercise {0} twice")]
    Twice(u32),
}

impl PolicyError {
    /// What to write instead.
    pub fn remedy(&self) -> String {
        match self {
            Self::Zone(_) => "give its name in the IANA database, such as \"Europe/Prague\"",
            Self::Time(_) => {
                "write it as \"2026-11-30 23:59\", or with an offset: \"2026-11-30T23:59:00+01:00\""
            }
            Self::NoZone(_) => "add `time-zone` to [grading], or an offset to the time",
            Self::Duration(_) => "write it as \"15 minutes\" or \"7 days\"",
            Self::Twice(_) => "list each exercise once",
        }
        .into()
    }
}

impl Policy {
    /// Finds what can't be read in it.
    pub fn check(&self) -> Result<(), PolicyError> {
        self.zone()?;
        let mut numbers = std::collections::BTreeSet::new();
        for exercise in &self.exercises {
            if !numbers.insert(exercise.number) {
                return Err(PolicyError::Twice(exercise.number));
            }
            if let Some(deadline) = self.deadline(exercise.number)? {
                self.ends(&deadline)?;
            }
        }
        if let Some(late) = &self.late {
            for text in [&late.grace, &late.hard_stop].into_iter().flatten() {
                span(text)?;
            }
        }
        Ok(())
    }

    /// When grace is over, and when the hard stop is, as far as there are any.
    fn ends(&self, deadline: &ZonedDateTime) -> Result<[Option<Timestamp>; 2], PolicyError> {
        let Some(late) = &self.late else { return Ok([None; 2]) };
        let after = |text: &Option<String>| -> Result<Option<Timestamp>, PolicyError> {
            let Some(text) = text else { return Ok(None) };
            // Past the last year that can be told there is no time.
            let end = deadline.checked_add(span(text)?).map_err(|_| PolicyError::Duration(text.clone()))?;
            Ok(Some(end.timestamp()))
        };
        Ok([after(&late.grace)?, after(&late.hard_stop)?])
    }

    /// The exercise's share of the total: 1 where nothing is said, 0 where others are listed and it is not.
    pub fn weight(&self, exercise: u32) -> u32 {
        match self.exercises.iter().find(|one| one.number == exercise) {
            Some(one) => one.weight,
            None => u32::from(self.exercises.is_empty()),
        }
    }

    /// The exercise's deadline, if it has one.
    pub fn deadline(&self, exercise: u32) -> Result<Option<ZonedDateTime>, PolicyError> {
        let text =
            self.exercises.iter().find(|one| one.number == exercise).and_then(|one| one.deadline.as_ref());
        // Of a time that a clock shows twice in a night, the later is meant: doubt is to nobody's disadvantage.
        text.map(|text| self.time(text, true)).transpose()
    }

    /// A time of submission, as a roster or an instructor writes it.
    pub fn submitted(&self, text: &str) -> Result<ZonedDateTime, PolicyError> {
        self.time(text, false)
    }

    /// How late work on `exercise` is that came in at `submitted`.
    pub fn lateness(&self, exercise: u32, submitted: &ZonedDateTime) -> Result<Lateness, PolicyError> {
        let Some(deadline) = self.deadline(exercise)? else { return Ok(Lateness::default()) };
        let [grace, stop] = self.ends(&deadline)?;
        let submitted = submitted.timestamp();
        if submitted <= grace.unwrap_or(deadline.timestamp()) {
            return Ok(Lateness::default());
        }
        let days = started_days(&deadline, submitted);
        let stopped = stop.is_some_and(|stop| submitted > stop);
        let per_day = self.late.as_ref().map_or(0, |late| late.per_day_percent);
        let penalty_percent = if stopped { 100 } else { days.saturating_mul(per_day).min(100) };
        Ok(Lateness { days, penalty_percent, stopped })
    }

    fn zone(&self) -> Result<Option<TimeZone>, PolicyError> {
        let Some(name) = &self.time_zone else { return Ok(None) };
        TimeZone::get(name).map(Some).map_err(|_| PolicyError::Zone(name.clone()))
    }

    fn time(&self, text: &str, later: bool) -> Result<ZonedDateTime, PolicyError> {
        let zone = self.zone()?;
        if let Ok(timestamp) = Timestamp::from_str(text) {
            return Ok(timestamp.to_zoned_datetime(zone.unwrap_or(TimeZone::UTC)));
        }
        let time = DateTime::from_str(text).map_err(|_| PolicyError::Time(text.to_owned()))?;
        let zone = zone.ok_or_else(|| PolicyError::NoZone(text.to_owned()))?;
        let ambiguous = zone.to_ambiguous_zoned_datetime(time);
        if later { ambiguous.later() } else { ambiguous.earlier() }
            .map_err(|_| PolicyError::Time(text.to_owned()))
    }
}

/// Days by the calendar of the deadline's zone: the one on which clocks change has 23 or 25 hours.
fn started_days(deadline: &ZonedDateTime, submitted: Timestamp) -> u32 {
    let submitted = submitted.to_zoned_datetime(deadline.time_zone().clone());
    let Ok(whole) = deadline.until((Unit::Day, &submitted)) else { return u32::MAX };
    let days = u32::try_from(whole.get_days()).unwrap_or(0);
    let rest = deadline.checked_add(Span::new().days(whole.get_days())).is_ok_and(|day| day < submitted);
    days + u32::from(rest)
}

fn span(text: &str) -> Result<Span, PolicyError> {
    let span: Span = text.parse().map_err(|_| PolicyError::Duration(text.to_owned()))?;
    if span.is_negative() { Err(PolicyError::Duration(text.to_owned())) } else { Ok(span) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn policy(deadline: &str, late: Option<Late>) -> Policy {
        Policy {
            class: "class".into(),
            time_zone: Some("Europe/Prague".into()),
            exercises: vec![ExercisePolicy { number: 1, weight: 1, deadline: Some(deadline.into()) }],
            late,
        }
    }

    fn late() -> Late {
        Late { per_day_percent: 10, grace: Some("15 minutes".into()), hard_stop: Some("7 days".into()) }
    }

    fn lateness(policy: &Policy, submitted: &str) -> Lateness {
        policy.lateness(1, &policy.submitted(submitted).unwrap()).unwrap()
    }

    #[test]
    fn each_started_day_costs_and_after_the_hard_stop_nothing_is_left() {
        let policy = policy("2026-11-30 23:59", Some(late()));
        for (submitted, days, penalty_percent, stopped) in [
            ("2026-11-30 23:59", 0, 0, false),
            ("2026-12-01 00:14:00", 0, 0, false),
            ("2026-12-01 00:14:01", 1, 10, false),
            ("2026-12-01T23:59:00+01:00", 1, 10, false),
            ("2026-12-01T22:59:01Z", 2, 20, false),
            ("2026-12-07 23:59", 7, 70, false),
            ("2026-12-07 23:59:01", 8, 100, true),
        ] {
            assert_eq!(
                lateness(&policy, submitted),
                Lateness { days, penalty_percent, stopped },
                "{submitted}"
            );
        }
    }

    #[test]
    fn a_day_on_which_clocks_change_is_a_day() {
        // On 2026-10-25 clocks in Prague go back: that day has 25 hours.
        let policy = policy("2026-10-24 12:00", Some(late()));
        assert_eq!(lateness(&policy, "2026-10-25 12:00").days, 1);
        assert_eq!(lateness(&policy, "2026-10-25 12:00:01").days, 2);
    }

    #[test]
    fn a_time_that_a_clock_shows_twice_is_to_nobodys_disadvantage() {
        let of_deadline = policy("2026-10-25 02:30", None);
        assert_eq!(lateness(&of_deadline, "2026-10-25T02:30:00+01:00").days, 0);
        let other = policy("2026-10-25T02:30:00+02:00", None);
        assert_eq!(lateness(&other, "2026-10-25 02:30").days, 0);
    }

    #[test]
    fn without_a_policy_late_work_is_marked_and_counts_in_full() {
        let policy = policy("2026-11-30 23:59", None);
        let found = lateness(&policy, "2026-12-02 12:00");
        assert_eq!(found, Lateness { days: 2, penalty_percent: 0, stopped: false });
    }

    #[test]
    fn a_time_after_the_last_year_is_told_before_anybody_is_late() {
        let late = Late { hard_stop: Some("9000 years".into()), ..late() };
        let error = policy("2026-11-30 23:59", Some(late)).check().unwrap_err();
        assert_eq!(error, PolicyError::Duration("9000 years".into()));
    }

    #[test]
    fn an_exercise_that_is_not_listed_counts_only_where_none_is() {
        assert_eq!((policy("2026-11-30 23:59", None).weight(2), Policy::default().weight(2)), (0, 1));
    }

    proptest! {
        #[test]
        fn later_never_costs_less(first in 0_i64..2_000_000, more in 0_i64..2_000_000) {
            let policy = policy("2026-10-20 12:00", Some(late()));
            let at = |seconds: i64| {
                let start: Timestamp = "2026-10-18T00:00:00Z".parse().unwrap();
                let time = (start + jiff::SignedDuration::from_secs(seconds)).to_zoned_datetime(TimeZone::UTC);
                policy.lateness(1, &time).unwrap().penalty_percent
            };
            prop_assert!(at(first) <= at(first + more));
        }

        #[test]
        fn any_text_is_a_time_or_an_error(text in "\\PC{0,30}") {
            let _ = Policy::default().submitted(&text);
            let _ = span(&text);
        }
    }
}
