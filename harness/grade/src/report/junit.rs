//! The report as `JUnit`'s XML: a suite an exercise of a student, a case a step. Jenkins' schema (xunit-plugin,
//! `junit-10.xsd`) is the one that is kept to; others ask for less.

use std::io::{self, Write};

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

use super::model::{ExerciseReport, Report, State, Step, StudentReport, ToldExercise};
use super::{text, words};
use crate::verdict::Outcome;

type Xml = Writer<Vec<u8>>;

/// Writes the document, a student at a time.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut xml = Writer::new_with_indent(Vec::new(), b' ', 1);
    let mut counts = Counts::default();
    for told in report.all_told() {
        counts = told?.exercises.iter().map(Counts::of).fold(counts, Counts::and);
    }
    let class = text::line(&report.class);
    let name = if class.is_empty() { "marks" } else { &class };
    event(&mut xml, Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)));
    let mut suites = BytesStart::new("testsuites");
    suites.push_attribute(("name", name));
    counts.write(&mut suites);
    event(&mut xml, Event::Start(suites));
    for told in report.all_told() {
        let told = told?;
        for exercise in &told.exercises {
            suite(&mut xml, told.student, exercise);
        }
        out.write_all(xml.get_ref())?;
        xml.get_mut().clear();
    }
    event(&mut xml, Event::End(BytesEnd::new("testsuites")));
    out.write_all(xml.get_ref())?;
    out.write_all(b"\n")
}

#[derive(Clone, Copy, Default)]
struct Counts {
    tests: usize,
    failures: usize,
    errors: usize,
    skipped: usize,
}

/// What a step is to `JUnit`.
enum Case {
    Passed,
    Failed,
    Error,
    Skipped,
}

impl Case {
    fn of(exercise: &ExerciseReport, step: &Step) -> Self {
        match (exercise.state, step.outcome) {
            (State::InfraError | State::Unreadable, _) | (_, Some(Outcome::InfraError)) => Self::Error,
            (_, Some(Outcome::Pass)) => Self::Passed,
            (State::Missing | State::Pending, _) => Self::Skipped,
            (State::Graded | State::Refused, _) => Self::Failed,
        }
    }
}

impl Counts {
    fn of(exercise: &ToldExercise<'_>) -> Self {
        let mut counts = Self { tests: exercise.steps.len(), ..Self::default() };
        for step in &exercise.steps {
            match Case::of(exercise.row, step) {
                Case::Passed => {}
                Case::Failed => counts.failures += 1,
                Case::Error => counts.errors += 1,
                Case::Skipped => counts.skipped += 1,
            }
        }
        counts
    }

    fn and(self, other: Self) -> Self {
        Self {
            tests: self.tests + other.tests,
            failures: self.failures + other.failures,
            errors: self.errors + other.errors,
            skipped: self.skipped + other.skipped,
        }
    }

    fn write(self, start: &mut BytesStart<'_>) {
        start.push_attribute(("tests", self.tests.to_string().as_str()));
        start.push_attribute(("failures", self.failures.to_string().as_str()));
        start.push_attribute(("errors", self.errors.to_string().as_str()));
    }
}

fn suite(xml: &mut Xml, student: &StudentReport, exercise: &ToldExercise<'_>) {
    let counts = Counts::of(exercise);
    let mut suite = BytesStart::new("testsuite");
    suite.push_attribute((
        "name",
        format!("{}, exercise {}", text::line(&student.id), exercise.row.number).as_str(),
    ));
    counts.write(&mut suite);
    suite.push_attribute(("skipped", counts.skipped.to_string().as_str()));
    suite.push_attribute(("time", seconds(exercise.row.milliseconds).as_str()));
    event(xml, Event::Start(suite));
    for step in &exercise.steps {
        case(xml, exercise.row, step);
    }
    if !exercise.notes.is_empty() {
        let notes: Vec<String> = exercise.notes.iter().map(|note| text::visible(note)).collect();
        element(xml, BytesStart::new("system-out"), &notes.join("\n"));
    }
    event(xml, Event::End(BytesEnd::new("testsuite")));
}

fn case(xml: &mut Xml, exercise: &ExerciseReport, step: &Step) {
    let mut case = BytesStart::new("testcase");
    case.push_attribute(("classname", format!("exercise-{}", exercise.number).as_str()));
    case.push_attribute(("name", format!("{}. {}", step.number, text::line(&step.title)).as_str()));
    let kind = match Case::of(exercise, step) {
        Case::Passed => {
            event(xml, Event::Empty(case));
            return;
        }
        Case::Failed => "failure",
        Case::Error => "error",
        Case::Skipped => "skipped",
    };
    event(xml, Event::Start(case));
    let mut why = BytesStart::new(kind);
    why.push_attribute(("type", step.outcome.map_or("not_run", Outcome::as_str)));
    let words = if step.outcome.is_some() { words::step(step) } else { words::state(exercise) };
    why.push_attribute(("message", words));
    element(xml, why, &words::failures(exercise.number, step));
    event(xml, Event::End(BytesEnd::new("testcase")));
}

fn element(xml: &mut Xml, start: BytesStart<'_>, text: &str) {
    let end = start.to_end().into_owned();
    event(xml, Event::Start(start));
    event(xml, Event::Text(BytesText::new(text)));
    event(xml, Event::End(end));
}

fn seconds(milliseconds: u64) -> String {
    format!("{}.{:03}", milliseconds / 1000, milliseconds % 1000)
}

fn event(xml: &mut Xml, event: Event<'_>) {
    xml.write_event(event).expect("memory takes every write");
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    /// An element, what may be in it, its attributes, and those that must be there.
    type Rule = (&'static str, &'static [&'static str], &'static [&'static str], &'static [&'static str]);

    /// What `junit-10.xsd` allows.
    const SCHEMA: [Rule; 6] = [
        ("testsuites", &["testsuite"], &["name", "time", "tests", "failures", "errors"], &[]),
        (
            "testsuite",
            &["testsuite", "properties", "testcase", "system-out", "system-err"],
            &[
                "name",
                "tests",
                "failures",
                "errors",
                "group",
                "time",
                "skipped",
                "timestamp",
                "hostname",
                "id",
                "package",
            ],
            &["name", "tests", "failures", "errors"],
        ),
        (
            "testcase",
            &["skipped", "error", "failure", "system-out", "system-err"],
            &["name", "time", "classname", "group"],
            &["name"],
        ),
        ("failure", &[], &["type", "message"], &[]),
        ("error", &[], &["type", "message"], &[]),
        ("skipped", &[], &["type", "message"], &[]),
    ];

    fn document(report: &Report) -> String {
        let mut bytes = Vec::new();
        write(report, &mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn the_document_keeps_to_jenkins_schema() {
        let text = document(&sample::report());
        let parsed = roxmltree::Document::parse(&text).unwrap();
        for node in parsed.descendants().filter(roxmltree::Node::is_element) {
            let name = node.tag_name().name();
            if name == "system-out" {
                continue;
            }
            let (_, children, attributes, required) =
                SCHEMA.iter().find(|rule| rule.0 == name).unwrap_or_else(|| panic!("<{name}> is not known"));
            for child in node.children().filter(roxmltree::Node::is_element) {
                assert!(children.contains(&child.tag_name().name()), "{:?} in <{name}>", child.tag_name());
            }
            for attribute in node.attributes() {
                assert!(attributes.contains(&attribute.name()), "{} of <{name}>", attribute.name());
            }
            for attribute in *required {
                assert!(node.attribute(*attribute).is_some(), "<{name}> has no {attribute}");
            }
        }
    }

    #[test]
    fn the_counts_are_those_of_the_cases_and_what_the_grader_failed_at_is_an_error() {
        let text = document(&sample::report());
        let parsed = roxmltree::Document::parse(&text).unwrap();
        let count =
            |name: &str| parsed.descendants().filter(|node| node.has_tag_name(name)).count().to_string();
        let root = parsed.root_element();
        assert_eq!(root.attribute("tests"), Some(count("testcase").as_str()));
        assert_eq!(root.attribute("failures"), Some(count("failure").as_str()));
        assert_eq!(root.attribute("errors"), Some(count("error").as_str()));
        assert!(count("error") != "0" && count("failure") != "0" && count("skipped") != "0", "{text}");
        sample::is_plain(&text);
        assert!(!text.contains(sample::HIDDEN) && !text.contains("<script"));
    }
}
