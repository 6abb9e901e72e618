//! A page a submission: one file, with no script and nothing from elsewhere, so that it can be mailed.

use std::fmt::Write as _;

use super::model::{ExerciseReport, Report, Step, StudentReport, Test, Told, ToldExercise};
use super::{text, words};
use crate::verdict::Outcome;

const STYLE: &str = "\
:root{color-scheme:light dark}body{font:1rem/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}\
table{border-collapse:collapse}th,td{border:1px solid;padding:.3rem .6rem;text-align:left;vertical-align:top}\
pre{overflow-x:auto;white-space:pre-wrap;overflow-wrap:anywhere;border:1px solid;padding:.5rem;margin:.3rem 0}\
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(18rem,1fr));gap:1rem}\
section{margin:1.5rem 0;padding-left:1rem;border-left:.3rem solid}";

/// A student's page.
pub fn page(report: &Report, told: &Told<'_>) -> String {
    let student = told.student;
    let title = format!("Report of {}", if student.name.is_empty() { &student.id } else { &student.name });
    let mut body = String::new();
    push(&mut body, &format!("<h1>{}</h1>\n", escaped(&text::line(&title))));
    facts(report, student, &mut body);
    for exercise in &told.exercises {
        let of_course = report.exercises.iter().find(|one| one.number == exercise.row.number);
        let title = of_course.map_or("", |one| one.title.as_str());
        of_exercise(exercise, title, &mut body);
    }
    push(
        &mut body,
        "<footer><p>A mark says that the code does what the course's reference does, for inputs that nobody \
                     was shown. It does not say who wrote it.</p></footer>\n",
    );
    document(&title, &body)
}

/// A page that leads to all others; `file` tells the name of a student's.
pub fn index(report: &Report, file: &dyn Fn(&StudentReport) -> String) -> String {
    let title =
        if report.class.is_empty() { "Reports".to_owned() } else { format!("Reports of {}", report.class) };
    let mut body = format!("<h1>{}</h1>\n<table>\n<thead><tr><th scope=\"col\">student</th>", line(&title));
    for exercise in &report.exercises {
        push(&mut body, &format!("<th scope=\"col\">exercise {}</th>", exercise.number));
    }
    push(&mut body, "<th scope=\"col\">total</th></tr></thead>\n<tbody>\n");
    for student in &report.students {
        let name = if student.name.is_empty() { line(&student.id) } else { line(&student.name) };
        push(
            &mut body,
            &format!("<tr><th scope=\"row\"><a href=\"{}\">{name}</a></th>", escaped(&file(student))),
        );
        for exercise in &student.exercises {
            push(&mut body, &format!("<td>{}</td>", escaped(&marks(exercise))));
        }
        push(&mut body, &format!("<td>{}</td></tr>\n", words::percent(student.total)));
    }
    push(&mut body, "</tbody>\n</table>\n");
    document(&title, &body)
}

fn document(title: &str, body: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"referrer\" \
         content=\"no-referrer\">\n<title>{}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n{body}</main>\n\
         </body>\n</html>\n",
        line(title)
    )
}

fn facts(report: &Report, student: &StudentReport, body: &mut String) {
    let mut facts =
        vec![("Student", student.id.clone()), ("Total", format!("{} %", words::percent(student.total)))];
    if let Some(submitted) = &student.submitted {
        facts.push(("Submitted", submitted.clone()));
    }
    facts.push(("Sandbox", report.tier.to_string()));
    facts.push(("Course", report.program.clone()));
    facts.push(("Journal", format!("{} records, {}", report.journal.records, report.journal.sum)));
    push(body, "<table><tbody>\n");
    for (name, value) in facts {
        push(body, &format!("<tr><th scope=\"row\">{name}</th><td>{}</td></tr>\n", line(&value)));
    }
    push(body, "</tbody></table>\n");
}

fn of_exercise(exercise: &ToldExercise<'_>, title: &str, body: &mut String) {
    let row = exercise.row;
    push(body, &format!("<h2>{}. {}</h2>\n", row.number, line(title)));
    push(body, &format!("<p>{}</p>\n", escaped(&marks(row))));
    if row.unstable {
        push(body, "<p>Two runs differed: a person will look at this.</p>\n");
    }
    for note in &exercise.notes {
        push(body, &format!("<pre>{}</pre>\n", block(note)));
    }
    if exercise.steps.is_empty() {
        return;
    }
    push(
        body,
        "<table>\n<thead><tr><th scope=\"col\">step</th><th scope=\"col\">outcome</th><th scope=\"col\">points\
                </th></tr></thead>\n<tbody>\n",
    );
    for step in &exercise.steps {
        push(
            body,
            &format!(
                "<tr><th scope=\"row\">{}. {}</th><td>{}</td><td>{} of {}</td></tr>\n",
                step.number,
                line(&step.title),
                words::step(step),
                step.earned,
                step.points
            ),
        );
    }
    push(body, "</tbody>\n</table>\n");
    for step in &exercise.steps {
        of_step(row.number, step, body);
    }
}

fn of_step(exercise: u32, step: &Step, body: &mut String) {
    let failing: Vec<&Test> = step.tests.iter().filter(|test| test.outcome != Outcome::Pass).collect();
    if failing.is_empty() {
        return;
    }
    push(body, &format!("<section>\n<h3>Step {}: {}</h3>\n", step.number, line(&step.title)));
    for test in failing {
        push(
            body,
            &format!(
                "<h4>{}</h4>\n<p>{}, {}</p>\n",
                line(&test.test),
                words::outcome(test.outcome),
                escaped(&words::seed(test.seed))
            ),
        );
        if !test.cause.is_empty() {
            push(body, &format!("<pre>{}</pre>\n", block(&test.cause)));
        }
        if let Some(command) = words::command(exercise, test.seed) {
            push(body, &format!("<p>To see it: <code>{}</code></p>\n", escaped(&command)));
        }
        if test.expected.is_some() || test.actual.is_some() {
            push(body, "<div class=\"pair\">\n");
            for (head, observed) in [("Expected", &test.expected), ("Actual", &test.actual)] {
                let observed = observed.as_deref().unwrap_or("(nothing)");
                push(body, &format!("<div><h5>{head}</h5><pre>{}</pre></div>\n", block(observed)));
            }
            push(body, "</div>\n");
        }
    }
    push(body, "</section>\n");
}

fn marks(exercise: &ExerciseReport) -> String {
    let points = exercise.points.map_or_else(|| "no mark yet".into(), |points| points.to_string());
    let late = words::late(exercise);
    let late = if late.is_empty() { late } else { format!("; {late}") };
    format!("{points} of {} points, {}{late}", exercise.points_possible, words::state(exercise))
}

fn line(text: &str) -> String {
    escaped(&text::line(text))
}

fn block(text: &str) -> String {
    escaped(&text::visible(text))
}

/// Safe in text and in quoted attributes.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

fn push(body: &mut String, text: &str) {
    body.write_str(text).expect("a string takes every write");
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    /// Void elements aside, what is written here is XML too, so that a strict parser can judge it.
    fn as_xml(page: &str) -> String {
        let lines: Vec<String> = page
            .replace("<!doctype html>\n", "")
            .split('\n')
            .map(|line| if line.starts_with("<meta") { line.replace("\">", "\"/>") } else { line.into() })
            .collect();
        lines.join("\n")
    }

    #[test]
    fn a_page_is_whole_by_itself_and_runs_nothing() {
        let report = sample::report();
        for told in report.all_told() {
            let page = page(&report, &told.unwrap());
            sample::is_plain(&page);
            assert!(!page.contains(sample::HIDDEN));
            let xml = as_xml(&page);
            let parsed = roxmltree::Document::parse(&xml).unwrap();
            for node in parsed.descendants().filter(roxmltree::Node::is_element) {
                let name = node.tag_name().name();
                assert!(!["script", "img", "link", "iframe", "a", "form"].contains(&name), "<{name}>");
                for attribute in node.attributes() {
                    let known = ["lang", "charset", "http-equiv", "content", "name", "scope", "class"];
                    assert!(known.contains(&attribute.name()), "{} of <{name}>", attribute.name());
                }
            }
        }
    }

    #[test]
    fn expected_and_actual_stand_side_by_side_for_disclosed_seeds() {
        let report = sample::report();
        let page = page(&report, &sample::told(&report, "bob"));
        assert!(page.contains("<h5>Expected</h5><pre>views: 20</pre>"), "{page}");
        assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"), "{page}");
    }

    #[test]
    fn pages_are_well_formed() {
        let report = sample::report();
        let mut pages: Vec<String> = report.all_told().map(|told| page(&report, &told.unwrap())).collect();
        pages.push(index(&report, &|student| format!("{}.html", student.id.len())));
        for page in pages {
            roxmltree::Document::parse(&as_xml(&page)).unwrap();
        }
    }
}
