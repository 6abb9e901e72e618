//! What can be typed, and what is wrong with what was.

use super::Shown;
use crate::book::html::escape;
use crate::console::complaint::Complaint;
use crate::console::operation::{Kind, Member, OPERATIONS, Operation};

/// What can be typed at all, or what can be said to one operation.
pub fn help(operation: Option<&Operation>) -> Shown {
    match operation {
        Some(operation) => of_operation(operation),
        None => of_all(),
    }
}

/// What is wrong, where, and what to do about it.
pub fn complaint(complaint: &Complaint) -> Shown {
    let Complaint { message, remedy, place } = complaint;
    let place = place
        .as_ref()
        .map(|place| format!("<pre><code>{}\n</code></pre>", escape(place)))
        .unwrap_or_default();
    let remedy = sentence(remedy);
    Shown {
        summary: format!("{message} {remedy}").replace('`', ""),
        html: format!(
            "<div class=\"console-answer\" data-outcome=\"refused\"><p class=\"console-summary\">{}</p>{place}<p>{}</p></div>",
            marked(message),
            marked(&remedy)
        ),
    }
}

fn of_all() -> Shown {
    let rows = OPERATIONS.iter().map(|operation| {
        format!("<dt><code>{}</code></dt><dd>{}</dd>", escape(&operation.command()), escape(operation.about))
    });
    framed(
        "Operations, as the AWS CLI calls them; aws dynamodb in front may be left out.",
        "<code>query --help</code> lists what can be said to one of them. A line is one request of the service, and no page after \
         page as the AWS CLI makes it. JSON and expressions stand in single quotes.",
        &rows.collect::<String>(),
    )
}

fn of_operation(operation: &Operation) -> Shown {
    let rows = operation.members.iter().map(|member| {
        let needed = if member.required { ", needed" } else { "" };
        format!("<dt><code>{}</code></dt><dd>{}{needed}</dd>", escape(&member.option()), kind(member))
    });
    let command = operation.command();
    framed(
        &format!("{command} {}.", operation.about),
        "Options are those of the AWS CLI, which has them from the service's own API.",
        &rows.collect::<String>(),
    )
}

fn kind(member: &Member) -> &'static str {
    match member.kind {
        Kind::Text => "a text",
        Kind::Number => "a whole number",
        Kind::Flag => "there, or with <code>no-</code> in front of its name",
        Kind::Json => "JSON",
    }
}

fn framed(summary: &str, note: &str, rows: &str) -> Shown {
    Shown {
        summary: summary.to_owned(),
        html: format!(
            "<div class=\"console-answer\" data-outcome=\"help\"><p class=\"console-summary\">{}</p><dl class=\"console-help\">{rows}</dl><p>{note}</p></div>",
            escape(summary)
        ),
    }
}

/// A text in which `…` is code.
fn marked(text: &str) -> String {
    let parts = text.split('`').enumerate().map(|(place, part)| {
        let part = escape(part);
        if place % 2 == 1 { format!("<code>{part}</code>") } else { part }
    });
    parts.collect()
}

/// A remedy as a sentence of its own: a list of choices is none.
fn sentence(remedy: &str) -> String {
    let mut letters = remedy.chars();
    let first = letters.next().map(|first| first.to_uppercase().collect::<String>()).unwrap_or_default();
    let end = if remedy.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{}{end}", letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_in_a_complaint_is_code_and_is_spoken_as_it_is() {
        let told = complaint(&Complaint::new("There is no `<b>` here.", "there is scan"));
        assert!(told.html.contains("There is no <code>&lt;b&gt;</code> here."), "{}", told.html);
        assert_eq!(told.summary, "There is no <b> here. There is scan.");
    }

    #[test]
    fn help_names_every_operation_and_every_option() {
        let all = help(None).html;
        for operation in &OPERATIONS {
            assert!(all.contains(&format!("<code>{}</code>", operation.command())), "{}", operation.name);
            let one = help(Some(operation)).html;
            for member in operation.members {
                assert!(one.contains(&format!("<code>{}</code>", member.option())), "{}", member.name);
            }
        }
    }
}
