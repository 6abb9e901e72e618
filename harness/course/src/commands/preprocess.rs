//! `cargo course preprocess`: mdBook's preprocessor protocol on stdin and stdout, for a stock `mdbook build book`.

use std::io::Write;

use mdbook_preprocessor::{Preprocessor, parse_input};

use crate::book::preprocess::Directives;
use crate::book::problem::Problems;
use crate::failure::Failure;

/// What `preprocess` takes.
#[derive(Debug, Default, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    question: Option<Question>,
}

#[derive(Debug, clap::Subcommand)]
enum Question {
    /// Whether a renderer is supported: the exit code says so
    Supports {
        /// The renderer's name
        renderer: String,
    },
}

/// Reads a book from stdin and writes it to stdout with its directives resolved.
///
/// mdBook names the book's folder in its input: this needs no course around the working directory.
pub fn run(args: Args) -> Result<(), Failure> {
    let Args { question } = args;
    let protocol =
        |error: &mdbook_preprocessor::errors::Error| Failure::Preprocess { message: format!("{error:#}") };
    if let Some(Question::Supports { renderer }) = question {
        return match Directives::default().supports_renderer(&renderer) {
            Ok(true) => Ok(()),
            _ => Err(Failure::Preprocess { message: format!("the renderer {renderer} is not supported") }),
        };
    }
    let (context, book) = parse_input(std::io::stdin().lock()).map_err(|error| protocol(&error))?;
    let book =
        Directives::default().run(&context, book).map_err(|error| match error.downcast::<Problems>() {
            Ok(Problems(problems)) => Failure::Book { problems },
            Err(error) => protocol(&error),
        })?;
    let text = serde_json::to_vec(&book).expect("mdBook's own document");
    std::io::stdout().write_all(&text).map_err(|source| Failure::Io {
        doing: "write",
        path: "standard output".into(),
        source,
    })
}
