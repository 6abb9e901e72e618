//! The report in a terminal, or in the log of a CI job.

use std::fmt::Write as _;
use std::io;

use super::model::{ExerciseReport, Look, Report, StudentReport, Told};
use super::{text, words};
use crate::verdict::Outcome;

/// The widest that a student's name is shown.
const NAME_COLUMNS: usize = 28;

/// A table of the class, and what a person should look at.
pub fn table(report: &Report) -> io::Result<String> {
    let mut shown = String::new();
    let names: Vec<String> = report.students.iter().map(name).collect();
    let width = names.iter().map(|name| columns(name)).max().unwrap_or(0).max("student".len());
    let mut head = pad("student", width);
    for exercise in &report.exercises {
        write!(head, "  {:>22}", format!("exercise {}", exercise.number))
            .expect("a string takes every write");
    }
    writeln!(shown, "{head}  {:>7}", "total").expect("a string takes every write");
    for (student, name) in report.students.iter().zip(&names) {
        let mut row = pad(name, width);
        for exercise in &student.exercises {
            write!(row, "  {:>22}", cell(exercise)).expect("a string takes every write");
        }
        writeln!(shown, "{row}  {:>7}", words::percent(student.total)).expect("a string takes every write");
    }
    shown.push('\n');
    summary(report, &report.for_a_person()?, &mut shown);
    Ok(text::for_log(&shown))
}

/// One submission's steps, with what failed and how to see it.
pub fn details(report: &Report, told: &Told<'_>) -> String {
    let mut shown = String::new();
    for exercise in &told.exercises {
        let row = exercise.row;
        let title = report.exercises.iter().find(|one| one.number == row.number);
        let title = title.map_or("", |one| one.title.as_str());
        line(&mut shown, &format!("{}. {}: {}", row.number, text::line(title), words::state(row)));
        for note in &exercise.notes {
            for note in text::visible(note).lines() {
                line(&mut shown, &format!("  {note}"));
            }
        }
        for step in &exercise.steps {
            let (earned, points) = (step.earned, step.points);
            let title = text::line(&step.title);
            line(
                &mut shown,
                &format!("  {:>2}. {title}: {} ({earned} of {points})", step.number, words::step(step)),
            );
            for one in words::failures(row.number, step).lines() {
                line(&mut shown, format!("      {one}").trim_end());
            }
        }
        let points = row.points.map_or_else(|| "no mark yet".into(), |points| points.to_string());
        let late = words::late(row);
        let late = if late.is_empty() { late } else { format!(" ({late})") };
        line(&mut shown, &format!("  points: {points} of {}{late}", row.points_possible));
        line(&mut shown, "");
    }
    text::for_log(&shown)
}

fn summary(report: &Report, found: &[Look<'_>], shown: &mut String) {
    let exercises = || report.students.iter().flat_map(|student| &student.exercises);
    let of = |outcome| exercises().filter(|one| one.outcome == Some(outcome)).count();
    let without = exercises().filter(|one| one.mark.is_none()).count();
    line(
        shown,
        &format!(
            "{} students, {} works that pass in full, {} without a mark; sandbox: {}; journal: {} records, {}",
            report.students.len(),
            of(Outcome::Pass),
            without,
            report.tier,
            report.journal.records,
            &report.journal.sum[..12]
        ),
    );
    if !found.is_empty() {
        line(shown, "for a person to look at:");
    }
    for Look { student, exercise, why, note } in found {
        let note = note.as_ref().map(|note| format!(": {}", text::line(note))).unwrap_or_default();
        line(shown, &format!("  {}, exercise {}: {why}{note}", name(student), exercise.number));
    }
    for note in &report.notes {
        line(shown, &format!("note: {}", text::line(note)));
    }
}

fn line(shown: &mut String, text: &str) {
    shown.push_str(text);
    shown.push('\n');
}

fn cell(exercise: &ExerciseReport) -> String {
    match exercise.points {
        Some(points) => {
            let sign = if exercise.unstable { " ?" } else { "" };
            let late = if exercise.late.is_some_and(|late| late.days > 0) { " late" } else { "" };
            format!("{points}/{}{late}{sign}", exercise.points_possible)
        }
        None => words::state(exercise).to_owned(),
    }
}

fn name(student: &StudentReport) -> String {
    let whole = if student.name.is_empty() {
        text::line(&student.id)
    } else {
        text::line(&format!("{} ({})", student.name, student.id))
    };
    // What a log would take for a command is made harmless before columns are counted.
    let whole = text::for_log(&whole);
    if whole.chars().count() <= NAME_COLUMNS {
        return whole;
    }
    whole.chars().take(NAME_COLUMNS - 1).chain(['…']).collect()
}

fn pad(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(columns(text))))
}

/// East Asian letters take two columns in a terminal; close enough without a table of all of them.
fn columns(text: &str) -> usize {
    let wide = |letter: char| matches!(u32::from(letter), 0x1100..=0x115e | 0x2e80..=0xa4cf | 0xac00..=0xd7a3 | 0xf900..=0xfaff | 0xff01..=0xff60);
    text.chars().map(|letter| if wide(letter) { 2 } else { 1 }).sum()
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn the_table_has_a_row_a_student_and_names_what_needs_a_person() {
        let report = sample::report();
        let shown = table(&report).unwrap();
        for wanted in ["35/35", "10/35 late", "grader failed", "李四 (li)", "for a person to look at:"] {
            assert!(shown.contains(wanted), "{wanted} is not in\n{shown}");
        }
        assert!(shown.lines().count() > report.students.len());
    }

    #[test]
    fn the_rows_of_the_table_end_in_one_column() {
        let report = sample::report();
        let shown = table(&report).unwrap();
        let ends: Vec<usize> = shown.lines().take(report.students.len() + 1).map(columns).collect();
        assert!(ends.iter().all(|end| *end == ends[0]), "{ends:?} in\n{shown}");
    }

    #[test]
    fn hostile_text_reaches_neither_terminal_nor_the_machine_that_reads_the_log() {
        let report = sample::report();
        let details = report.all_told().map(|told| details(&report, &told.unwrap()));
        for shown in std::iter::once(table(&report).unwrap()).chain(details) {
            sample::is_plain(&shown);
            for line in shown.lines() {
                assert!(!line.trim_start().starts_with("::") && !line.contains("##["), "{line}");
            }
        }
    }

    #[test]
    fn a_failure_tells_the_command_that_shows_it_and_no_hidden_input() {
        let report = sample::report();
        let shown = details(&report, &sample::told(&report, "bob"));
        assert!(shown.contains("cargo course grade --self --exercise 1 --seed 7 ."), "{shown}");
        assert!(!shown.contains(sample::HIDDEN), "{shown}");
    }
}
