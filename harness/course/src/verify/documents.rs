//! Gate 3, the rest: places in the book that hints and diagnoses name are there, and the checksums are up to date.

use std::collections::BTreeSet;

use lab_manifest::exercise::Exercise;
use lab_manifest::reference;

use super::finding::{Report, count};
use crate::course::Course;
use crate::failure::Failure;

/// Holds what `exercise.toml` says about other files against those files.
pub fn check(exercise: &Exercise, course: &Course, report: &mut Report) -> Result<(), Failure> {
    checksums(exercise, course, report)?;
    let mut links = 0;
    let mut link = |place: String, target: &str, report: &mut Report| {
        links += 1;
        if let Err(message) = resolve(target, course) {
            report.find(place, message);
        }
    };
    for (index, step) in exercise.steps.iter().enumerate() {
        let place = format!("exercise.toml, step {} ({})", index + 1, step.id);
        link(format!("{place}, read"), &step.read, report);
        for (level, hint) in step.hints.iter().enumerate() {
            for target in targets(hint) {
                link(format!("{place}, hint {}", level + 1), &target, report);
            }
        }
        for diagnosis in &step.diagnoses {
            let place = format!("{place}, diagnosis {}", diagnosis.id);
            for target in targets(&diagnosis.says).iter().chain(&diagnosis.read) {
                link(place.clone(), target, report);
            }
        }
    }
    report.checked(count(links, "link"));
    Ok(())
}

fn checksums(exercise: &Exercise, course: &Course, report: &mut Report) -> Result<(), Failure> {
    let lock = exercise.folder.join(reference::FILE);
    let record = format!("`cargo course record {} --accept` writes it", exercise.number);
    if !lock.is_file() {
        report.find(course.shown(&lock), format!("it is not there: {record}"));
        return Ok(());
    }
    let edited = reference::edited(&exercise.folder)?;
    if !edited.is_empty() {
        report
            .find(course.shown(&lock), format!("it is not up to date with {}: {record}", edited.join(", ")));
    }
    Ok(())
}

/// The places in the book that a text links to: `[…](page.html#anchor)`, `[…](term:id)`.
fn targets(text: &str) -> Vec<String> {
    text.split("](")
        .skip(1)
        .filter_map(|rest| rest.split_once(')'))
        .map(|(target, _)| target.to_owned())
        .filter(|target| !target.contains("://"))
        .collect()
}

fn resolve(target: &str, course: &Course) -> Result<(), String> {
    if let Some(term) = target.strip_prefix("term:") {
        return in_glossary(term, course);
    }
    let (page, anchor) = target.split_once('#').unwrap_or((target, ""));
    let stem = page.strip_suffix(".html").or_else(|| page.strip_suffix(".md"));
    let Some(stem) = stem else { return Err(format!("{target} is no page of the book")) };
    let file = course.book().join("src").join(format!("{stem}.md"));
    let Ok(text) = std::fs::read_to_string(&file) else {
        return Err(format!("{target}: the book has no page {}", course.shown(&file)));
    };
    if anchor.is_empty() || anchors(&text).contains(anchor) {
        return Ok(());
    }
    if stem == "glossary" {
        in_glossary(anchor, course)
    } else {
        Err(format!("{target}: {} has no such anchor", course.shown(&file)))
    }
}

fn in_glossary(term: &str, course: &Course) -> Result<(), String> {
    let text = std::fs::read_to_string(course.book().join("glossary.toml")).unwrap_or_default();
    let known = text.lines().any(|line| {
        line.split_once('=')
            .is_some_and(|(key, value)| key.trim() == "id" && value.trim().trim_matches('"') == term)
    });
    if known { Ok(()) } else { Err(format!("the glossary has no term {term}")) }
}

/// The anchors of a page: of its headings, as mdBook makes them, of its step cards, and those that it writes itself.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut anchors = BTreeSet::new();
    let mut in_code = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
        }
        if in_code {
            continue;
        }
        if let Some(title) = line.strip_prefix('#') {
            let title = title.trim_start_matches('#').trim();
            match title.rsplit_once("{#") {
                Some((_, id)) => anchors.insert(id.trim_end_matches('}').trim().to_owned()),
                None => anchors.insert(slug(title)),
            };
        }
        for name in ["{{#step ", "{{#hints "] {
            if let Some((_, step)) = line.split_once(name)
                && let Some((_, number)) = step.trim_end_matches(['}', ' ']).split_once('.')
            {
                anchors.insert(format!("step-{}", number.trim_end_matches('}')));
            }
        }
        for part in line.split("id=\"").skip(1) {
            anchors.extend(part.split_once('"').map(|(id, _)| id.to_owned()));
        }
    }
    anchors
}

/// mdBook's `normalize_id`.
fn slug(title: &str) -> String {
    title
        .chars()
        .filter_map(|letter| match letter {
            ' ' => Some('-'),
            letter if letter.is_alphanumeric() || letter == '_' || letter == '-' => {
                Some(letter.to_ascii_lowercase())
            }
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn a_page_has_the_anchors_of_its_headings_and_step_cards() {
        let anchors = anchors(
            "# One thing\n## Two {#zwei}\n```sh\n# no heading\n```\n{{#step 1.3}}\n<a id=\"own\"></a>\n",
        );
        assert_eq!(anchors.into_iter().collect::<Vec<_>>(), ["one-thing", "own", "step-3", "zwei"]);
    }

    #[test]
    fn links_are_found_in_markdown() {
        assert_eq!(
            targets("See [a](01-x.html#y) and [b](https://example.org) and [c](term:cold-start)."),
            ["01-x.html#y", "term:cold-start"]
        );
    }

    #[test]
    fn a_missing_page_and_a_missing_anchor_are_told() {
        let folder = tempfile::tempdir().unwrap();
        let course = sample::course(folder.path());
        std::fs::create_dir_all(folder.path().join("book/src")).unwrap();
        std::fs::write(folder.path().join("book/src/01-sample.md"), "# Sample\n## One\n").unwrap();
        reference::write(&course.exercises[0].folder).unwrap();
        let mut report = Report::default();
        check(&course.exercises[0], &course, &mut report).unwrap();
        let found: Vec<&str> = report.findings.iter().map(|finding| finding.message.as_str()).collect();
        assert_eq!(found, ["01-sample.html#two: book/src/01-sample.md has no such anchor"]);
        assert!(resolve("02-x.html#y", &course).unwrap_err().contains("has no page"));
    }
}
