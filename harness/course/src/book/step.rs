//! `{{#step N.K}}`: the card of a step: what to edit, how to test it, how it stands.

use super::html::{block, escape};
use super::page::Page;
use super::problem::Trouble;

/// The step's card.
pub(super) fn render(page: &mut Page<'_>, name: &str, level: usize) -> Result<String, Trouble> {
    let sources = page.sources;
    let (exercise, number, step) = sources.step(name)?;
    let folder = sources.shown(&exercise.folder);
    let files: Vec<String> = step
        .files
        .iter()
        .map(|file| format!("<code>{}</code>", escape(&format!("{folder}/{file}"))))
        .collect();
    Ok(block(&format!(
        "<section class=\"step\" id=\"step-{number}\" data-step=\"{key}\" data-exercise=\"{exercise}\" data-number=\"{number}\" \
         aria-labelledby=\"step-{number}-title\">\n\
         <h{level} class=\"step-title\" id=\"step-{number}-title\">Step {exercise}.{number}: {title}</h{level}>\n\
         <dl class=\"step-facts\">\n<dt>Edit</dt><dd>{files}</dd>\n\
         <dt>Test</dt><dd><code>cargo test -p {package} {module}</code></dd>\n\
         <dt>Time</dt><dd>about {minutes} minutes</dd>\n</dl>\n\
         <p class=\"step-status\" aria-live=\"polite\">Red until you write it: red is where one starts.</p>\n</section>",
        key = escape(&exercise.key(step)),
        exercise = exercise.number,
        title = escape(&step.title),
        files = files.join(", "),
        package = escape(&exercise.package()),
        module = escape(&test_filter(&step.tests)),
        minutes = step.minutes,
    )))
}

/// What `cargo test` is given to run a step alone: `step_3` for the module `step_3_views`.
fn test_filter(module: &str) -> String {
    let mut parts = module.splitn(3, '_');
    match (parts.next(), parts.next()) {
        (Some("step"), Some(number)) => format!("step_{number}"),
        _ => module.to_owned(),
    }
}
