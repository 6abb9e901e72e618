//! The report in Markdown, for the summary of a CI job. Whatever somebody else wrote stands in code: there, nobody is
//! mentioned, nothing is linked, and no HTML is read.

use std::fmt::Write as _;
use std::io;

use super::model::{Look, Report, StudentReport, Told};
use super::{text, words};
use crate::verdict::Outcome;

/// Bytes of what is told of failures. GitHub takes 1 MiB of a step's summary, and of more than that nothing:
/// <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#step-isolation-and-limits>
const DETAILS_MOST_BYTES: usize = 900_000;

/// The class as a table, then what failed, as far as a summary may go.
pub fn summary(report: &Report) -> io::Result<String> {
    let mut shown = String::from("# Marks\n\n");
    if !report.class.is_empty() {
        push(&mut shown, &format!("Class {}. ", code(&report.class)));
    }
    let shard = report.shard.map(|shard| format!(", part {} of {}", shard.index, shard.count));
    push(
        &mut shown,
        &format!(
            "{} students{}; sandbox: {}; journal of {} records, `{}`.\n\n",
            report.students.len(),
            shard.unwrap_or_default(),
            report.tier,
            report.journal.records,
            report.journal.sum
        ),
    );
    push(&mut shown, "| student |");
    for exercise in &report.exercises {
        push(&mut shown, &format!(" exercise {} |", exercise.number));
    }
    push(&mut shown, " total |\n|---|");
    push(&mut shown, &"---|".repeat(report.exercises.len()));
    push(&mut shown, "---:|\n");
    for student in &report.students {
        push(&mut shown, &format!("| {} |", student_name(student)));
        for exercise in &student.exercises {
            let points = exercise.points.map_or_else(|| "–".into(), |points| points.to_string());
            let late = words::late(exercise);
            let late = if late.is_empty() { late } else { format!(", {late}") };
            let unstable = if exercise.unstable { ", **unstable**" } else { "" };
            let state = words::state(exercise);
            push(
                &mut shown,
                &format!(" {points} of {}, {state}{late}{unstable} |", exercise.points_possible),
            );
        }
        push(&mut shown, &format!(" {} |\n", words::percent(student.total)));
    }
    for_a_person(&report.for_a_person()?, &mut shown);
    failures(report, &mut shown)?;
    for note in &report.notes {
        push(&mut shown, &format!("\nNote: {}\n", code(note)));
    }
    Ok(text::for_log(&shown))
}

fn for_a_person(found: &[Look<'_>], shown: &mut String) {
    if found.is_empty() {
        return;
    }
    push(shown, "\n## For a person to look at\n\n");
    for Look { student, exercise, why, note } in found {
        push(shown, &format!("- {}, exercise {}: {why}", student_name(student), exercise.number));
        if let Some(note) = note {
            push(shown, &format!(": {}", code(note)));
        }
        push(shown, "\n");
    }
}

fn failures(report: &Report, shown: &mut String) -> io::Result<()> {
    let most = shown.len() + DETAILS_MOST_BYTES;
    let failed: Vec<&StudentReport> = report
        .students
        .iter()
        .filter(|student| student.exercises.iter().any(|one| failing(one.outcome)))
        .collect();
    for (told, student) in failed.iter().enumerate() {
        let before = shown.len();
        details(&report.told(student)?, shown);
        if shown.len() > most {
            shown.truncate(before);
            let rest = failed.len() - told;
            push(
                shown,
                &format!("\nOf {rest} more there is no room here: the report's other files have them.\n"),
            );
            break;
        }
    }
    Ok(())
}

fn failing(outcome: Option<Outcome>) -> bool {
    outcome.is_some_and(|outcome| outcome != Outcome::Pass)
}

fn details(told: &Told<'_>, shown: &mut String) {
    push(shown, &format!("\n## {}\n", student_name(told.student)));
    for exercise in told.exercises.iter().filter(|one| failing(one.row.outcome)) {
        let row = exercise.row;
        push(shown, &format!("\n### Exercise {}: {}\n", row.number, words::state(row)));
        for note in &exercise.notes {
            block(shown, note);
        }
        for step in exercise.steps.iter().filter(|step| failing(step.outcome)) {
            let title = code(&step.title);
            push(shown, &format!("\nStep {}, {title}: {}\n", step.number, words::step(step)));
            block(shown, &words::failures(row.number, step));
        }
    }
}

fn student_name(student: &StudentReport) -> String {
    if student.name.is_empty() {
        code(&student.id)
    } else {
        format!("{} ({})", code(&student.name), code(&student.id))
    }
}

/// `text` as code in a line, also in a table, where a bar would end the cell.
fn code(text: &str) -> String {
    let text = text::line(text).replace('|', "¦");
    if text.is_empty() {
        return "–".into();
    }
    let fence = "`".repeat(longest_run(&text) + 1);
    format!("{fence} {text} {fence}")
}

/// `text` as a block of code, with a fence that is not in it.
fn block(shown: &mut String, text: &str) {
    let text = text::visible(text);
    if text.trim().is_empty() {
        return;
    }
    let fence = "`".repeat(longest_run(&text).max(2) + 1);
    push(shown, &format!("\n{fence}text\n{text}\n{fence}\n"));
}

fn longest_run(text: &str) -> usize {
    text.split(|letter| letter != '`').map(str::len).max().unwrap_or(0)
}

fn push(shown: &mut String, text: &str) {
    shown.write_str(text).expect("a string takes every write");
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::sample;
    use super::*;

    #[test]
    fn whatever_somebody_else_wrote_stands_in_code() {
        let shown = summary(&sample::report()).unwrap();
        sample::is_plain(&shown);
        assert!(!shown.contains(sample::HIDDEN));
        // What is left when code is taken away holds nothing that a renderer would act on.
        let mut outside = String::new();
        let mut fence = None;
        for line in shown.lines() {
            let run = line.len() - line.trim_start_matches('`').len();
            match fence {
                None if run >= 3 => fence = Some(run),
                Some(open) if run >= open && line.len() == run => fence = None,
                None => outside.push_str(line),
                Some(_) => {}
            }
        }
        assert_eq!(fence, None, "a block is not closed");
        let spans = without_spans(&outside);
        for hostile in ["<script", "@everyone", "](http", "<img", "HYPERLINK"] {
            assert!(!spans.contains(hostile), "{hostile} is outside of code: {spans}");
        }
    }

    #[test]
    fn a_summary_has_an_end_and_says_of_how_many_it_does_not_tell() {
        let mut report = sample::report();
        report.students.retain(|student| student.id == "bob");
        report.students[0].name = "Zoe".into();
        let told = |shown: &str| shown.lines().filter(|line| line.starts_with("## ` Zoe `")).count();
        assert_eq!(told(&summary(&report).unwrap()), 1);
        report.students = std::iter::repeat_n(report.students.remove(0), 10_000).collect();
        let shown = summary(&report).unwrap();
        let rest = shown.lines().find_map(|line| line.strip_prefix("Of ")?.split(' ').next()?.parse().ok());
        let rest: usize = rest.expect("it says how many there are");
        assert_eq!(told(&shown) + rest, 10_000);
        assert!(told(&shown) > 1 && rest > 1, "told of {}", told(&shown));
    }

    /// The text without its code spans, as `CommonMark` reads them (§6.1): a run of backticks to the next equal one.
    fn without_spans(text: &str) -> String {
        let mut left = String::new();
        let mut rest = text;
        while let Some(at) = rest.find('`') {
            left.push_str(&rest[..at]);
            let run = rest[at..].len() - rest[at..].trim_start_matches('`').len();
            let after = &rest[at + run..];
            let mut from = 0;
            let end = loop {
                let Some(next) = after[from..].find('`').map(|next| next + from) else { break None };
                let closing = after[next..].len() - after[next..].trim_start_matches('`').len();
                if closing == run {
                    break Some(next + closing);
                }
                from = next + closing;
            };
            rest = end.map_or(after, |end| &after[end..]);
        }
        left + rest
    }

    proptest! {
        #[test]
        fn no_text_gets_out_of_its_span(text in "[a`|\\\\<>@ \n]{0,40}") {
            let span = code(&text);
            let outside = without_spans(&span);
            prop_assert_eq!(outside.trim_matches('–'), "");
            prop_assert!(!span.contains(['|', '\n']));
        }
    }
}
