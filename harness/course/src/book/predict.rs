//! `{{#predict ID}}`: the reader predicts what a recorded run shows, then sees it.

use serde::Deserialize;
use serde_json::json;
use toml::Spanned;

use super::html::{block, code_block, escape};
use super::page::Page;
use super::problem::{Place, Trouble};
use super::quiz::{self, RawOption};

/// A prediction, as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPrediction {
    pub(super) id: Spanned<String>,
    stem: String,
    r#try: String,
    options: Vec<RawOption>,
}

/// A prediction that can be made.
#[derive(Debug)]
pub(super) struct Prediction {
    pub(super) id: String,
    pub(super) place: Place,
    stem: String,
    run: String,
    options: Vec<RawOption>,
    right: usize,
}

impl Prediction {
    pub(super) fn new(raw: RawPrediction, place: Place) -> Result<Self, Trouble> {
        let id = raw.id.into_inner();
        quiz::check_options(&format!("prediction {id}"), &raw.options)?;
        let right: Vec<usize> = raw
            .options
            .iter()
            .enumerate()
            .filter(|(_, option)| option.right == Some(true))
            .map(|(index, _)| index)
            .collect();
        match right[..] {
            [right] => Ok(Self { id, place, stem: raw.stem, run: raw.r#try, options: raw.options, right }),
            _ => Err(Trouble::new(
                format!("prediction {id}: {} of its options are `right`", right.len()),
                "exactly one is what happens: mark it `right = true`",
            )),
        }
    }
}

/// The prediction on the page, with the recording that tells who was right.
pub(super) fn render(page: &mut Page<'_>, id: &str) -> Result<String, Trouble> {
    let sources = page.sources;
    let prediction = sources.quizzes.prediction(id)?;
    page.use_question(id)?;
    let (exercise, run) = sources.run(&prediction.run)?;
    let recording = sources.recording(exercise, run)?;
    let place = &prediction.place;
    let stem = page.markdown(&prediction.stem, place);
    let options = quiz::choice(page, &prediction.options, place);
    let whys = quiz::whys(page, &prediction.options, &[prediction.right], place);
    Ok(block(&format!(
        "<section class=\"predict\" data-predict=\"{id}\" data-try=\"{run}\" aria-labelledby=\"predict-{id}-stem\" data-spec=\"{spec}\">\n\
         <div class=\"quiz-stem\" id=\"predict-{id}-stem\">{stem}</div>\n{options}\n\
         <details class=\"quiz-answers\"><summary>What happens, and why</summary>\n{whys}\n\
         <div class=\"predict-recording\"><p>Recorded output</p>\n{recording}</div>\n</details>\n</section>",
        id = escape(id),
        run = escape(&run.id),
        spec = escape(&json!({ "answer": [prediction.right] }).to_string()),
        recording = code_block("text", &recording),
    )))
}
