//! A submission's report as Gradescope's `results.json` (Gradescope's autograder documentation, "Output format").

use serde::Serialize;

use super::model::{Report, State, Told};
use super::words;
use crate::verdict::Outcome;

#[derive(Serialize)]
struct Results {
    /// Absent while there is no mark: Gradescope then shows the submission as not scored.
    #[serde(skip_serializing_if = "Option::is_none")]
    score: Option<f64>,
    output: String,
    output_format: &'static str,
    visibility: &'static str,
    stdout_visibility: &'static str,
    tests: Vec<Case>,
}

#[derive(Serialize)]
struct Case {
    #[serde(skip_serializing_if = "Option::is_none")]
    score: Option<f64>,
    max_score: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'static str>,
    name: String,
    name_format: &'static str,
    number: String,
    output: String,
    output_format: &'static str,
    visibility: &'static str,
}

/// The document. Its score is in points, after what lateness costs; Gradescope takes that one over the sum of its tests'.
pub fn document(report: &Report, told: &Told<'_>) -> String {
    let mut tests = Vec::new();
    let mut output = vec![format!("Sandbox: {}. Journal: {}.", report.tier, report.journal.sum)];
    let mut score = Some(0.0);
    for exercise in &told.exercises {
        let row = exercise.row;
        score = score.zip(row.mark).map(|(sum, mark)| sum + mark * f64::from(row.points_possible) / 100.0);
        let late = words::late(row);
        let late = if late.is_empty() { late } else { format!(", {late}") };
        output.push(format!("Exercise {}: {}{late}.", row.number, words::state(row)));
        output.extend(exercise.notes.iter().map(|note| super::text::visible(note)));
        let has_mark = !matches!(row.state, State::InfraError | State::Unreadable | State::Pending);
        for step in &exercise.steps {
            tests.push(Case {
                score: has_mark.then(|| f64::from(step.earned)),
                max_score: f64::from(step.points),
                status: has_mark.then_some(if step.outcome == Some(Outcome::Pass) {
                    "passed"
                } else {
                    "failed"
                }),
                name: super::text::line(&step.title),
                name_format: "text",
                number: format!("{}.{}", row.number, step.number),
                output: words::failures(row.number, step),
                output_format: "text",
                visibility: "visible",
            });
        }
    }
    let results = Results {
        score: score.map(|score| (score * 100.0).round() / 100.0),
        output: output.join("\n"),
        output_format: "text",
        visibility: "visible",
        stdout_visibility: "hidden",
        tests,
    };
    let mut text = serde_json::to_string_pretty(&results).expect("results have only text keys");
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::super::sample;
    use super::*;

    /// Gradescope's own description, as types: every key that it knows, and the values that it takes.
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Known {
        score: Option<f64>,
        #[expect(dead_code, reason = "known to Gradescope")]
        execution_time: Option<f64>,
        #[expect(dead_code, reason = "any text")]
        output: Option<String>,
        output_format: Option<Format>,
        test_output_format: Option<Format>,
        test_name_format: Option<Format>,
        visibility: Option<Visibility>,
        stdout_visibility: Option<Visibility>,
        #[expect(dead_code, reason = "known to Gradescope")]
        extra_data: Option<serde_json::Map<String, serde_json::Value>>,
        tests: Option<Vec<KnownCase>>,
    }

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "that it can be read is the test")]
    struct KnownCase {
        score: Option<f64>,
        max_score: Option<f64>,
        status: Option<Status>,
        name: Option<String>,
        name_format: Option<Format>,
        number: Option<String>,
        output: Option<String>,
        output_format: Option<Format>,
        tags: Option<Vec<String>>,
        visibility: Option<Visibility>,
        extra_data: Option<serde_json::Value>,
    }

    #[derive(Deserialize, PartialEq)]
    #[serde(rename_all = "snake_case")]
    enum Format {
        Text,
        Html,
        #[serde(rename = "simple_format")]
        Simple,
        Md,
        Ansi,
    }

    #[derive(Deserialize, PartialEq)]
    #[serde(rename_all = "snake_case")]
    enum Visibility {
        Visible,
        Hidden,
        AfterDueDate,
        AfterPublished,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Status {
        Passed,
        Failed,
    }

    #[test]
    fn the_document_has_what_gradescope_knows_and_nothing_else() {
        let report = sample::report();
        for told in report.all_told() {
            let text = document(&report, &told.unwrap());
            let known: Known = serde_json::from_str(&text).unwrap();
            assert!(
                known.output_format == Some(Format::Text)
                    && known.stdout_visibility == Some(Visibility::Hidden)
            );
            assert!(known.visibility == Some(Visibility::Visible));
            assert!(known.test_output_format.is_none() && known.test_name_format.is_none());
            let possible: f64 = known.tests.unwrap().iter().filter_map(|case| case.max_score).sum();
            assert!(known.score.is_none_or(|score| (0.0..=possible).contains(&score)), "{text}");
            let output: serde_json::Value = serde_json::from_str(&text).unwrap();
            sample::is_plain(output["output"].as_str().unwrap());
            assert!(!text.contains(sample::HIDDEN));
        }
    }

    #[test]
    fn lateness_is_in_the_score_and_a_failure_of_the_grader_is_no_zero() {
        let report = sample::report();
        let score = |id: &str| {
            let told = sample::told(&report, id);
            let known: Known = serde_json::from_str(&document(&report, &told)).unwrap();
            known.score
        };
        assert_eq!(score("anna"), Some(35.0));
        assert_eq!(score("bob"), Some(9.0), "10 points, a day late");
        assert_eq!(score("dan"), None);
    }
}
