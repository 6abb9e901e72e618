//! What is told of a journal. Every format is a pure function of [`Report`], and that one of journal and roster.
//!
//! - [`model`]: the report itself, which is also the JSON document
//! - `said`: what the journal says
//! - [`text`]: text from a submission, made harmless
//! - [`terminal`], [`markdown`], [`html`]: for people
//! - [`junit`], [`gradebook`], [`gradescope`], [`classroom`]: for programs of others
//! - [`folder`]: all of them as files

pub mod classroom;
pub mod folder;
pub mod gradebook;
pub mod gradescope;
pub mod html;
pub mod junit;
pub mod markdown;
pub mod model;
pub mod terminal;
pub mod text;

mod said;
mod words;

#[cfg(test)]
pub(crate) mod sample;

use std::io::{self, Write};

pub use model::Report;

/// The report as the document that `schema/report.v1.json` describes.
pub fn json(report: &Report) -> io::Result<String> {
    let mut bytes = Vec::new();
    write_json(report, &mut bytes)?;
    Ok(String::from_utf8(bytes).expect("only text was written"))
}

/// Writes [`json`]'s document, without holding it.
pub fn write_json(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, report)?;
    out.write_all(b"\n")
}

/// The schema of [`json`]'s document.
pub const SCHEMA: &str = include_str!("../../schema/report.v1.json");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_json_document_fits_its_published_schema() {
        let schema: serde_json::Value = serde_json::from_str(SCHEMA).unwrap();
        let validator = jsonschema::draft202012::new(&schema).unwrap();
        for report in [sample::report(), sample::empty()] {
            let document: serde_json::Value = serde_json::from_str(&json(&report).unwrap()).unwrap();
            let errors: Vec<String> = validator
                .iter_errors(&document)
                .map(|error| format!("{}: {error}", error.instance_path()))
                .collect();
            assert_eq!(errors, Vec::<String>::new());
        }
        let mut document: serde_json::Value =
            serde_json::from_str(&json(&sample::report()).unwrap()).unwrap();
        document["students"][0]["exercises"][0]["outcome"] = "brilliant".into();
        assert!(!validator.is_valid(&document), "the schema takes anything");
    }

    #[test]
    fn a_report_is_the_same_whenever_it_is_made() {
        assert_eq!(json(&sample::report()).unwrap(), json(&sample::report()).unwrap());
    }
}
