//! What outcomes are called, and a step told in plain text: the same in every format for people.

use super::model::{ExerciseReport, State, Step, Test};
use super::text;
use crate::verdict::{Outcome, SeedKind};

/// A word for a cell of a table.
pub fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pass => "passed",
        Outcome::Fail => "failed",
        Outcome::CompileError => "does not compile",
        Outcome::Forbidden => "forbidden",
        Outcome::Timeout => "time was up",
        Outcome::Oom => "memory was up",
        Outcome::Crash => "crashed",
        Outcome::OutputLimit => "wrote too much",
        Outcome::InfraError => "grader failed",
    }
}

/// How an exercise stands, in a few words.
pub fn state(exercise: &ExerciseReport) -> &'static str {
    match (exercise.state, exercise.outcome) {
        (State::Missing, _) => "nothing handed in",
        (State::Refused, _) => "refused",
        (State::Unreadable, _) => "unreadable",
        (State::InfraError, _) => "grader failed",
        (State::Pending, _) | (State::Graded, None) => "not graded yet",
        (State::Graded, Some(one)) => outcome(one),
    }
}

/// How a step ended.
pub fn step(step: &Step) -> &'static str {
    step.outcome.map_or("did not run", outcome)
}

/// Which seed a test ran with, and how to see it again.
pub fn seed(seed: SeedKind) -> String {
    match seed {
        SeedKind::Disclosed(seed) => format!("seed {seed}"),
        SeedKind::Hidden(index) => format!("hidden seed {index}"),
        SeedKind::Found(seed) => format!("seed {seed}, which fails as a hidden one does"),
    }
}

/// The command that shows the failure on the reader's own machine, if there is one.
pub fn command(exercise: u32, seed: SeedKind) -> Option<String> {
    match seed {
        SeedKind::Hidden(_) => None,
        SeedKind::Disclosed(seed) | SeedKind::Found(seed) => {
            Some(format!("cargo course grade --self --exercise {exercise} --seed {seed} ."))
        }
    }
}

/// A test that did not pass, in plain text: the command that shows it is on a line of its own.
pub fn test(exercise: u32, test: &Test) -> String {
    let mut lines =
        vec![format!("{}: {} ({})", text::line(&test.test), outcome(test.outcome), seed(test.seed))];
    if !test.cause.is_empty() {
        lines.push(text::visible(&test.cause));
    }
    if let Some(command) = command(exercise, test.seed) {
        lines.push(format!("to see it: {command}"));
    }
    for (head, observed) in [("expected", &test.expected), ("actual", &test.actual)] {
        if let Some(observed) = observed {
            lines.push(format!("{head}:"));
            lines.extend(text::visible(observed).lines().map(|line| format!("  {line}")));
        }
    }
    lines.join("\n")
}

/// What did not pass in a step, in plain text.
pub fn failures(exercise: u32, step: &Step) -> String {
    let failing = step.tests.iter().filter(|one| one.outcome != Outcome::Pass);
    failing.map(|one| test(exercise, one)).collect::<Vec<_>>().join("\n\n")
}

/// A mark, or a dash where there is none.
pub fn percent(mark: Option<f64>) -> String {
    mark.map_or_else(|| "–".into(), |mark| format!("{mark:.2}"))
}

/// How late it came and what that cost; empty where it was in time.
pub fn late(exercise: &ExerciseReport) -> String {
    match exercise.late {
        Some(late) if late.stopped => format!("{} days late, after the hard stop", late.days),
        Some(late) if late.days > 0 => {
            let days = if late.days == 1 { "1 day".into() } else { format!("{} days", late.days) };
            format!("{days} late, −{} %", late.penalty_percent)
        }
        _ => String::new(),
    }
}
