//! A small class for the tests of the formats, with a student for everything that can come of a submission, and with
//! text that no format may let through.

use std::path::Path;

use crate::intake::Standing;
use crate::journal::{self, Graded, GradedStep, Head, Opened, Reader, Record, Student};
use crate::policy::{ExercisePolicy, Late, Policy};
use crate::verdict::{Digest, Outcome, SeedKind, StepVerdict, TestVerdict, Tier, Verdict};

use super::model::{Report, Told};

/// What a hidden seed gave: in no report.
pub const HIDDEN: &str = "HIDDEN-INPUT-8271";
/// Everything at once that somebody could act on.
const HOSTILE: &str = "::notice::x\n##[set-env name=A]b\n\x1b[2J\x1b]8;;http://x\x07y\u{202e}z\u{9b}\u{0}\u{feff}\n\
                       <script>alert(1)</script><img src=x onerror=y>\n@everyone [a](http://x) ```\n| x |\n=HYPERLINK(\"x\")\u{fffe}";

/// Nothing in `text` is seen by a machine and not by a person.
pub fn is_plain(text: &str) {
    for letter in text.chars() {
        assert!(!letter.is_control() || letter == '\n', "{letter:?} is in {text}");
        assert!(!matches!(letter, '\u{202e}' | '\u{feff}' | '\u{fffe}'), "{letter:?} is in {text}");
    }
}

/// A report of nothing.
pub fn empty() -> Report {
    of(&[])
}

/// The report of the sample.
pub fn report() -> Report {
    of(&records())
}

/// The report of what a journal says.
pub fn of(records: &[Record]) -> Report {
    Report::of(journal("journal", records), None).unwrap()
}

/// A student, with what is told of the work.
pub fn told<'a>(report: &'a Report, id: &str) -> Told<'a> {
    let student = report.students.iter().find(|student| student.id == id).unwrap();
    report.told(student).unwrap()
}

/// A journal in memory.
pub fn journal(name: &str, records: &[Record]) -> Reader {
    Reader::holding(written(records), Path::new(name))
}

/// A journal's bytes.
pub fn written(records: &[Record]) -> Vec<u8> {
    let (mut head, mut text) = (Head::default(), String::new());
    for record in records {
        let (line, next) = head.line("2026-11-30T23:59:00.000000Z", record);
        text.push_str(&line);
        head = next;
    }
    text.into_bytes()
}

/// anna passes; bob fails, late; cleo doesn't compile; dan meets a failing grader; eve handed in nothing; fay was
/// refused; gil could not be read; li was not reached; mal is hostile wherever there is text.
pub fn records() -> Vec<Record> {
    let hostile_id = format!("=HYPERLINK {HOSTILE}");
    let students = ["anna", "bob", "cleo", "dan", "eve", "fay", "gil", "li", &hostile_id].map(|id| Student {
        id: id.into(),
        name: match id {
            "li" => "李四".into(),
            "anna" => "Anna Ångström".into(),
            id if id.len() > 5 => HOSTILE.into(),
            _ => String::new(),
        },
        submitted: (id == "bob").then(|| "2026-12-01 12:00".into()),
    });
    let mut records = vec![Record::Opened(opened(students.to_vec()))];
    let pass = [(Outcome::Pass, vec![]), (Outcome::Pass, vec![]), (Outcome::Pass, vec![])];
    graded(&mut records, "anna", verdict(pass, Outcome::Pass, &[]));
    let failed = vec![
        test(SeedKind::Disclosed(0), Outcome::Pass, None),
        test(SeedKind::Hidden(1), Outcome::Fail, Some(HIDDEN)),
        test(SeedKind::Found(7), Outcome::Fail, Some(HOSTILE)),
    ];
    let steps = [(Outcome::Pass, vec![]), (Outcome::Fail, failed.clone()), (Outcome::Timeout, vec![])];
    graded(&mut records, "bob", verdict(steps, Outcome::Fail, &[]));
    let none = || {
        [(Outcome::CompileError, vec![]), (Outcome::CompileError, vec![]), (Outcome::CompileError, vec![])]
    };
    graded(
        &mut records,
        "cleo",
        verdict(none(), Outcome::CompileError, &["error[E0425]: cannot find value"]),
    );
    let infra =
        Verdict { steps: Vec::new(), ..verdict(none(), Outcome::InfraError, &["the database went away"]) };
    graded(&mut records, "dan", infra);
    without(&mut records, "eve", Standing::Missing, "nothing was handed in");
    without(&mut records, "fay", Standing::Refused, "src/lib.rs is a symbolic link");
    without(&mut records, "gil", Standing::Unreadable, "it is not a whole zip archive");
    let hostile = [(Outcome::Forbidden, failed), (Outcome::Crash, vec![]), (Outcome::Oom, vec![])];
    let unstable = Verdict { unstable: true, ..verdict(hostile, Outcome::Forbidden, &[HOSTILE]) };
    graded(&mut records, &hostile_id, unstable);
    records
}

pub fn opened(students: Vec<Student>) -> Opened {
    let steps = [("one", 10), ("two", 15), ("three", 10)].map(|(id, points)| GradedStep {
        id: id.into(),
        title: format!("Step {id}"),
        points,
    });
    Opened {
        program: "0.1.0".into(),
        settings: "0123456789abcdef".into(),
        policy: Policy {
            class: "class".into(),
            time_zone: Some("Europe/Prague".into()),
            exercises: vec![ExercisePolicy {
                number: 1,
                weight: 2,
                deadline: Some("2026-11-30 23:59".into()),
            }],
            late: Some(Late { per_day_percent: 10, grace: None, hard_stop: None }),
        },
        exercises: vec![Graded {
            number: 1,
            uuid: "5f0c2a7e-8d41-4b6e-9a53-1c7be0d9f2a1".into(),
            title: "Functions of Postcards".into(),
            version: "0.1.0+0123456789ab".into(),
            steps: steps.to_vec(),
            asked: true,
        }],
        shard: None,
        students,
        notes: vec!["a note".into()],
    }
}

pub fn graded(records: &mut Vec<Record>, student: &str, verdict: Verdict) {
    let digest = Digest::of(1, &[(student.into(), Vec::new())].into(), "1", "s");
    records.push(Record::Verdict {
        digest: digest.clone(),
        exercise: 1,
        attempt: 1,
        milliseconds: 1234,
        verdict,
    });
    records.push(Record::Submission(journal::Submission {
        student: student.into(),
        exercise: 1,
        digest: Some(digest),
        standing: None,
        notes: Vec::new(),
    }));
}

fn without(records: &mut Vec<Record>, student: &str, standing: Standing, why: &str) {
    records.push(Record::Submission(journal::Submission {
        student: student.into(),
        exercise: 1,
        digest: None,
        standing: Some(standing),
        notes: vec![why.into()],
    }));
}

pub fn verdict(steps: [(Outcome, Vec<TestVerdict>); 3], outcome: Outcome, notes: &[&str]) -> Verdict {
    let known = [("one", 10), ("two", 15), ("three", 10)];
    let steps = steps.into_iter().zip(known).map(|((outcome, tests), (id, points))| StepVerdict {
        step: id.into(),
        title: format!("Step {id}"),
        points,
        outcome,
        tests,
    });
    Verdict {
        outcome,
        tier: Tier::Strong,
        steps: steps.collect(),
        notes: notes.iter().map(|note| (*note).to_owned()).collect(),
        unstable: false,
    }
}

fn test(seed: SeedKind, outcome: Outcome, actual: Option<&str>) -> TestVerdict {
    TestVerdict {
        test: "step_2::views_are_counted".into(),
        seed,
        outcome,
        expected: actual.map(|_| "views: 20".into()),
        actual: actual.map(Into::into),
        cause: if outcome == Outcome::Pass { String::new() } else { "the count is lost".into() },
    }
}
