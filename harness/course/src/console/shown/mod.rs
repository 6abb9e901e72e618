//! What a page shows of a console, as HTML: the same where a reader types and in the recorded session, on a page that is
//! served, on paper and without script.
//!
//! - [`answer`]: an operation's answer: a sentence, items, plan, cost, reply
//! - [`help`]: what can be typed; and what is wrong with what was
//! - [`items`]: tables of items
//! - `plan`: what an operation looked at, in which order, and what it changed
//! - `cost`: what it costs, and why
//! - `value`: the value of an attribute, short

pub mod answer;
pub mod help;
pub mod items;

mod cost;
mod plan;
mod value;

/// What came of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// A sentence: what is spoken, and what stands above the rest.
    pub summary: String,
    /// All of it.
    pub html: String,
}

#[cfg(test)]
mod tests {
    use lab_manifest::console::{Document, Recording};

    use super::{answer, cost, plan};
    use crate::console::session;

    /// What a page says of each operation in words, against answers of a real lab.
    #[test]
    fn every_operation_says_what_it_did_and_why_it_costs_that() {
        let document: Document = toml::from_str(include_str!("samples/operations.toml")).unwrap();
        let recording: Recording = serde_json::from_str(include_str!("samples/operations.json")).unwrap();
        let mut told = Vec::new();
        for (suggested, recorded) in document.session.iter().zip(&recording.session) {
            assert_eq!(suggested.line, recorded.line, "the recording is of another session");
            let asked = session::operation(&suggested.line).unwrap();
            let shown = answer::shown(&document.tables, &asked, &recorded.answer);
            told.push(format!("# {}: {}", asked.operation.name, suggested.about));
            told.push(shown.summary);
            told.extend(
                plan::sentences(&document.tables, &asked, &recorded.answer)
                    .iter()
                    .map(|sentence| format!("- {sentence}")),
            );
            told.push(format!("= {}\n", cost::why(&asked, &recorded.answer)));
        }
        assert_eq!(document.session.len(), recording.session.len());
        insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!("operations", told.join("\n"));
        });
    }
}
