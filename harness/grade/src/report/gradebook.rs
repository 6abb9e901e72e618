//! The gradebook as CSV, for spreadsheets and learning platforms. A cell that a spreadsheet would take for a formula
//! begins with an apostrophe.

use super::model::Report;
use super::{text, words};

/// The document: a row a student; an exercise has its points, its mark after lateness, and where it stands.
pub fn document(report: &Report) -> String {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    let mut head = vec!["id".to_owned(), "name".into(), "submitted".into(), "total".into()];
    for exercise in &report.exercises {
        for column in ["points", "possible", "mark", "state", "late_days", "unstable"] {
            head.push(format!("exercise_{}_{column}", exercise.number));
        }
    }
    write(&mut writer, &head);
    for student in &report.students {
        let mut row = vec![
            cell(&student.id),
            cell(&student.name),
            cell(student.submitted.as_deref().unwrap_or_default()),
            number(student.total),
        ];
        for exercise in &student.exercises {
            row.push(exercise.points.map_or_else(String::new, |points| points.to_string()));
            row.push(exercise.points_possible.to_string());
            row.push(number(exercise.mark));
            row.push(words::state(exercise).into());
            row.push(exercise.late.map_or_else(String::new, |late| late.days.to_string()));
            row.push(if exercise.unstable { "unstable".into() } else { String::new() });
        }
        write(&mut writer, &row);
    }
    String::from_utf8(writer.into_inner().expect("memory takes every write")).expect("only text was written")
}

fn write(writer: &mut csv::Writer<Vec<u8>>, row: &[String]) {
    writer.write_record(row).expect("memory takes every write, and every row has the same columns");
}

/// A mark that is absent is an empty cell: not a zero.
fn number(mark: Option<f64>) -> String {
    mark.map_or_else(String::new, |mark| format!("{mark:.2}"))
}

/// Text that a spreadsheet shows and does not compute (OWASP, CSV injection): also where it begins with white space, or
/// with the full-width form of a sign.
fn cell(text: &str) -> String {
    let text = text::line(text);
    if text.starts_with(['=', '+', '-', '@', '|', '%', '＝', '＋', '－', '＠', '\'']) {
        format!("'{text}")
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::sample;
    use super::*;

    fn rows(text: &str) -> Vec<csv::StringRecord> {
        csv::Reader::from_reader(text.as_bytes()).records().map(Result::unwrap).collect()
    }

    #[test]
    fn a_row_a_student_and_an_absent_mark_is_no_zero() {
        let report = sample::report();
        let text = document(&report);
        let rows = rows(&text);
        assert_eq!(rows.len(), report.students.len());
        let total_of = |id: &str| rows.iter().find(|row| &row[0] == id).unwrap()[3].to_owned();
        assert_eq!(total_of("anna"), "100.00");
        assert_eq!(total_of("dan"), "", "the grader failed");
        assert_eq!(total_of("eve"), "0.00", "nothing was handed in");
    }

    #[test]
    fn no_cell_is_a_formula() {
        let text = document(&sample::report());
        sample::is_plain(&text.replace("\r\n", "\n"));
        assert!(text.contains("'=HYPERLINK"), "{text}");
    }

    proptest! {
        #[test]
        fn whatever_the_text_no_cell_begins_like_a_formula(text in "[ \t\r\n=+@|%＝\\-a'\u{feff}]{0,12}") {
            let cell = cell(&text);
            prop_assert!(!cell.trim_start().starts_with(['=', '+', '-', '@', '|', '%', '＝', '\t', '\r']));
        }
    }
}
