//! What a page of the book is given: the kept runs of an exercise, drawn, each with the reference's run beside it.

use lab_manifest::exercise::Exercise;
use lab_manifest::report::Outcome;
use lab_manifest::trace::Trace;
use serde::Serialize;

use super::story::Story;
use super::text::{self, Pen};
use super::totals::Totals;
use super::{run, svg};
use crate::course::Course;
use crate::session::board::statement;

/// Columns of the drawing in words.
const WIDTH: usize = 96;

/// A test's run.
#[derive(Debug, Serialize)]
pub struct Drawn {
    /// The step's key, as the page's card has it.
    step: String,
    /// The statement that the test's name is.
    name: String,
    outcome: Outcome,
    /// Name, yours, the reference's.
    figures: Vec<(&'static str, String, Option<String>)>,
    /// The drawing, SVG.
    yours: String,
    reference: Option<String>,
    /// The same in words.
    text: String,
}

/// The kept runs of an exercise.
pub fn of(course: &Course, exercise: &Exercise) -> Vec<Drawn> {
    let references = run::kept(exercise, &run::reference_folder(course, exercise));
    let yours = run::kept(exercise, &run::folder(course, exercise));
    let drawn = yours.iter().enumerate().filter_map(|(index, trace)| {
        let step = exercise.steps.iter().find(|step| step.id == trace.step)?;
        let reference = references.iter().find(|reference| reference.test == trace.test);
        Some(Drawn {
            step: exercise.key(step),
            name: statement(&trace.test),
            outcome: trace.outcome,
            figures: figures(trace, reference),
            yours: svg::fragment(trace, &format!("trace-{}-{index}-yours", exercise.number), "Your run"),
            reference: reference.map(|reference| {
                let id = format!("trace-{}-{index}-reference", exercise.number);
                svg::fragment(reference, &id, "The reference's run")
            }),
            text: words(trace, reference),
        })
    });
    drawn.collect()
}

fn figures(trace: &Trace, reference: Option<&Trace>) -> Vec<(&'static str, String, Option<String>)> {
    let reference = reference.map(|reference| Totals::of(&Story::of(reference)));
    Totals::of(&Story::of(trace)).rows(reference.as_ref())
}

fn words(trace: &Trace, reference: Option<&Trace>) -> String {
    let pen = Pen { width: WIDTH, all: true, paint: &|_, text| text.to_owned() };
    text::joined(&text::draw(trace, reference, pen))
}
