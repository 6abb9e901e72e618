//! `{{#quiz ID}}`: a question from `book/quizzes/*.toml`.
//!
//! The prose is HTML, readable without script; `data-spec` holds what the page must not show at once.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use regex::Regex;
use serde::Deserialize;
use serde_json::json;
use toml::Spanned;

use super::html::{block, escape};
use super::page::Page;
use super::predict::{Prediction, RawPrediction};
use super::problem::{Place, Problem, Trouble, choices};
use super::sources::line_of;

/// Fewer options would be no question.
const FEWEST_OPTIONS: usize = 2;

/// A file of `book/quizzes`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct QuizFile {
    #[serde(default, rename = "question")]
    questions: Vec<RawQuestion>,
    #[serde(default, rename = "predict")]
    predictions: Vec<RawPrediction>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawQuestion {
    id: Spanned<String>,
    kind: Kind,
    stem: String,
    answer: Option<RawAnswer>,
    options: Option<Vec<RawOption>>,
    items: Option<Vec<String>>,
    explanation: Option<String>,
    #[serde(default)]
    wrong: Vec<Wrong>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    One,
    Several,
    Text,
    Order,
    Output,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum RawAnswer {
    Index(usize),
    Indices(Vec<usize>),
    Text(String),
    Texts(Vec<String>),
}

/// An option, with the explanation that every one has.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawOption {
    pub(super) text: String,
    #[serde(default)]
    pub(super) why: String,
    /// Of a prediction alone: this one is what happens.
    pub(super) right: Option<bool>,
}

/// What a wrong answer that matches probably misunderstood.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wrong {
    matches: String,
    why: String,
}

/// A question that can be asked.
#[derive(Debug)]
pub(super) struct Question {
    pub(super) id: String,
    pub(super) place: Place,
    stem: String,
    explanation: Option<String>,
    asks: Asks,
}

#[derive(Debug)]
enum Asks {
    Choice { several: bool, options: Vec<RawOption>, right: Vec<usize> },
    Text { output: bool, accept: Vec<String>, wrong: Vec<Wrong> },
    Order { items: Vec<String>, wrong: Vec<Wrong> },
}

/// Every question and prediction of the book.
#[derive(Debug, Default)]
pub(super) struct Quizzes {
    questions: BTreeMap<String, Question>,
    predictions: BTreeMap<String, Prediction>,
}

impl Quizzes {
    pub(super) fn add(&mut self, file: QuizFile, text: &str, shown: &str, problems: &mut Vec<Problem>) {
        for raw in file.questions {
            let place = Place::line(shown, line_of(text, raw.id.span().start));
            match Question::new(raw, place.clone()) {
                Ok(question) if self.is_free(&question.id, &place, problems) => {
                    self.questions.insert(question.id.clone(), question);
                }
                Ok(_) => {}
                Err(trouble) => problems.push(trouble.at(place)),
            }
        }
        for raw in file.predictions {
            let place = Place::line(shown, line_of(text, raw.id.span().start));
            match Prediction::new(raw, place.clone()) {
                Ok(prediction) if self.is_free(&prediction.id, &place, problems) => {
                    self.predictions.insert(prediction.id.clone(), prediction);
                }
                Ok(_) => {}
                Err(trouble) => problems.push(trouble.at(place)),
            }
        }
    }

    fn is_free(&self, id: &str, place: &Place, problems: &mut Vec<Problem>) -> bool {
        let taken = self
            .questions
            .get(id)
            .map(|question| &question.place)
            .or_else(|| self.predictions.get(id).map(|prediction| &prediction.place));
        if let Some(taken) = taken {
            let remedy = "rename the newer one: readers' answers are kept under the id";
            problems.push(Problem::new(place.clone(), format!("{id} is at {taken} already"), remedy));
        }
        taken.is_none()
    }

    pub(super) fn prediction(&self, id: &str) -> Result<&Prediction, Trouble> {
        self.predictions.get(id).ok_or_else(|| unknown("prediction", id, self.predictions.keys()))
    }

    fn question(&self, id: &str) -> Result<&Question, Trouble> {
        self.questions.get(id).ok_or_else(|| unknown("question", id, self.questions.keys()))
    }

    /// Every id with its place, in the files' order of names.
    pub(super) fn all(&self) -> impl Iterator<Item = (&str, &Place)> {
        let questions = self.questions.values().map(|question| (question.id.as_str(), &question.place));
        questions
            .chain(self.predictions.values().map(|prediction| (prediction.id.as_str(), &prediction.place)))
    }
}

fn unknown<'a>(what: &str, id: &str, known: impl Iterator<Item = &'a String>) -> Trouble {
    let known = choices(id, known.map(String::as_str));
    Trouble::new(format!("there is no {what} {id} in book/quizzes"), known)
}

impl Question {
    fn new(raw: RawQuestion, place: Place) -> Result<Self, Trouble> {
        let id = raw.id.into_inner();
        let refuse =
            |message: &str, remedy: &str| Err(Trouble::new(format!("question {id}: {message}"), remedy));
        if raw.stem.trim().is_empty() {
            return refuse("it asks nothing", "give it a `stem`");
        }
        for wrong in &raw.wrong {
            if let Err(error) = Regex::new(&wrong.matches) {
                return refuse(&format!("`matches` is no pattern: {error}"), "mend the pattern");
            }
            if wrong.why.trim().is_empty() {
                return refuse(
                    &format!("the answer `{}` is not explained", wrong.matches),
                    "give it a `why`",
                );
            }
        }
        let written = matches!(raw.kind, Kind::Text | Kind::Order | Kind::Output);
        if written && raw.explanation.as_deref().is_none_or(|text| text.trim().is_empty()) {
            return refuse("its answer is not explained", "give it an `explanation`");
        }
        let asks = match (raw.kind, raw.answer, raw.options, raw.items) {
            (Kind::One, Some(RawAnswer::Index(right)), Some(options), None) => {
                Asks::Choice { several: false, right: check_choice(&id, &options, vec![right])?, options }
            }
            (Kind::Several, Some(RawAnswer::Indices(right)), Some(options), None) => {
                Asks::Choice { several: true, right: check_choice(&id, &options, right)?, options }
            }
            (Kind::Text, Some(RawAnswer::Texts(accept)), None, None) if !accept.is_empty() => {
                Asks::Text { output: false, accept, wrong: raw.wrong }
            }
            (Kind::Text, Some(RawAnswer::Text(accept)), None, None) => {
                Asks::Text { output: false, accept: vec![accept], wrong: raw.wrong }
            }
            (Kind::Output, Some(RawAnswer::Text(accept)), None, None) => {
                Asks::Text { output: true, accept: vec![accept], wrong: raw.wrong }
            }
            (Kind::Order, None, None, Some(items)) if items.len() >= FEWEST_OPTIONS => {
                Asks::Order { items, wrong: raw.wrong }
            }
            (Kind::One, ..) => {
                return refuse(
                    "it is no question of kind one",
                    "give it `options` and an `answer`, the right one's index from 0",
                );
            }
            (Kind::Several, ..) => {
                return refuse(
                    "it is no question of kind several",
                    "give it `options` and an `answer`, the right ones' indices from 0",
                );
            }
            (Kind::Text, ..) => {
                return refuse(
                    "it is no question of kind text",
                    "give it an `answer`, a list of what is accepted",
                );
            }
            (Kind::Output, ..) => {
                return refuse("it is no question of kind output", "give it an `answer`, the right output");
            }
            (Kind::Order, ..) => {
                return refuse(
                    "it is no question of kind order",
                    "give it `items` in the right order, and no `answer`",
                );
            }
        };
        Ok(Self { id, place, stem: raw.stem, explanation: raw.explanation, asks })
    }
}

fn check_choice(id: &str, options: &[RawOption], right: Vec<usize>) -> Result<Vec<usize>, Trouble> {
    let refuse =
        |message: String, remedy: &str| Err(Trouble::new(format!("question {id}: {message}"), remedy));
    check_options(&format!("question {id}"), options)?;
    if let Some(option) = options.iter().find(|option| option.right.is_some()) {
        return refuse(
            format!("option `{}` says `right`", option.text),
            "that is for predictions: use `answer`",
        );
    }
    if right.is_empty() || right.iter().any(|index| *index >= options.len()) {
        return refuse(format!("the answer {right:?} names no option"), "count the options from 0");
    }
    Ok(right)
}

/// Every option explains itself: the schema demands it.
pub(super) fn check_options(of: &str, options: &[RawOption]) -> Result<(), Trouble> {
    if options.len() < FEWEST_OPTIONS {
        return Err(Trouble::new(format!("{of}: it has {} option", options.len()), "give it two at least"));
    }
    match options.iter().find(|option| option.why.trim().is_empty()) {
        Some(option) => Err(Trouble::new(
            format!("{of}: option `{}` does not explain itself", option.text),
            "give it a `why`: each option has one, the right one too",
        )),
        None => Ok(()),
    }
}

/// The question on the page.
pub(super) fn render(page: &mut Page<'_>, id: &str) -> Result<String, Trouble> {
    let sources = page.sources;
    let question = sources.quizzes.question(id)?;
    page.use_question(id)?;
    let place = &question.place;
    let stem = page.markdown(&question.stem, place);
    let (kind, spec, shown, answer) = match &question.asks {
        Asks::Choice { several, options, right } => {
            let kind = if *several { "several" } else { "one" };
            (
                kind,
                json!({ "answer": right }),
                choice(page, options, place),
                whys(page, options, right, place),
            )
        }
        Asks::Text { output, accept, wrong } => {
            let spec = json!({ "accept": accept, "wrong": wrongs(page, wrong, place) });
            let blank = "<p class=\"quiz-blank\">Your answer: ________</p>".to_owned();
            (if *output { "output" } else { "text" }, spec, blank, right_text(*output, accept))
        }
        Asks::Order { items, wrong } => {
            let (shuffled, order) = shuffle(items);
            let spec = json!({ "order": order, "wrong": wrongs(page, wrong, place) });
            (
                "order",
                spec,
                list(page, "quiz-options", shuffled.into_iter(), place),
                right_order(page, items, place),
            )
        }
    };
    let explanation = question.explanation.as_deref().map_or_else(String::new, |text| {
        format!("<div class=\"quiz-explanation\">{}</div>\n", page.markdown(text, place))
    });
    Ok(block(&format!(
        "<section class=\"quiz\" data-quiz=\"{id}\" data-kind=\"{kind}\" aria-labelledby=\"quiz-{id}-stem\" data-spec=\"{spec}\">\n\
         <div class=\"quiz-stem\" id=\"quiz-{id}-stem\">{stem}</div>\n{shown}\n\
         <details class=\"quiz-answers\"><summary>Answer and explanations</summary>\n{answer}\n{explanation}</details>\n</section>",
        id = escape(id),
        spec = escape(&spec.to_string()),
    )))
}

/// The options, in the order that they are written in.
pub(super) fn choice(page: &mut Page<'_>, options: &[RawOption], place: &Place) -> String {
    list(page, "quiz-options", options.iter().map(|option| option.text.as_str()), place)
}

/// The explanations, in the options' order.
pub(super) fn whys(page: &mut Page<'_>, options: &[RawOption], right: &[usize], place: &Place) -> String {
    let mut html = String::from("<ol class=\"quiz-whys\">");
    for (index, option) in options.iter().enumerate() {
        let (class, verdict) =
            if right.contains(&index) { ("right", "Right.") } else { ("wrong", "Not this.") };
        // Authors often begin with the verdict; it is said once.
        let why = option.why.trim_start().strip_prefix(verdict).unwrap_or(&option.why);
        let why = page.inline(why.trim_start(), place);
        write!(html, "<li class=\"{class}\"><strong>{verdict}</strong> {why}</li>")
            .expect("a string takes every write");
    }
    html + "</ol>"
}

fn list<'a>(page: &mut Page<'_>, class: &str, items: impl Iterator<Item = &'a str>, place: &Place) -> String {
    let items: Vec<String> = items.map(|item| format!("<li>{}</li>", page.inline(item, place))).collect();
    format!("<ol class=\"{class}\">{}</ol>", items.concat())
}

fn wrongs(page: &mut Page<'_>, wrong: &[Wrong], place: &Place) -> Vec<serde_json::Value> {
    wrong
        .iter()
        .map(|wrong| json!({ "matches": wrong.matches, "why": page.markdown(&wrong.why, place) }))
        .collect()
}

fn right_text(output: bool, accept: &[String]) -> String {
    if output {
        let text = accept.first().map(String::as_str).unwrap_or_default();
        return format!(
            "<pre class=\"quiz-right\"><code class=\"language-text\">{}\n</code></pre>",
            escape(text.trim_end())
        );
    }
    let accept: Vec<String> = accept.iter().map(|text| format!("<code>{}</code>", escape(text))).collect();
    format!("<p class=\"quiz-right\">{}</p>", accept.join(" or "))
}

fn right_order(page: &mut Page<'_>, items: &[String], place: &Place) -> String {
    let items = list(page, "quiz-right", items.iter().map(String::as_str), place);
    format!("<p>In this order:</p>\n{items}")
}

/// The items in an order that is not the right one, and the shown indices in the right order.
///
/// Sorted by a hash of their text: the same in every build, and no clue.
fn shuffle(items: &[String]) -> (Vec<&str>, Vec<usize>) {
    let mut shown: Vec<usize> = (0..items.len()).collect();
    shown.sort_by_key(|index| hash(&items[*index]));
    if shown.is_sorted() {
        shown.rotate_left(1);
    }
    let order = (0..items.len())
        .map(|item| shown.iter().position(|shown| *shown == item).expect("each item is shown"))
        .collect();
    (shown.into_iter().map(|index| items[index].as_str()).collect(), order)
}

/// FNV-1a, 64 bits: <http://www.isthe.com/chongo/tech/comp/fnv/>.
fn hash(text: &str) -> u64 {
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_never_shown_in_the_right_order() {
        for count in 2..8 {
            let items: Vec<String> = (0..count).map(|index| format!("item {index}")).collect();
            let (shown, order) = shuffle(&items);
            assert_ne!(shown, items);
            let right: Vec<&str> = order.iter().map(|index| shown[*index]).collect();
            assert_eq!(right, items);
        }
    }
}
