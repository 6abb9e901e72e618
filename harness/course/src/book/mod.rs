//! The book: what mdBook makes of `book/`, with this course's own directives resolved.
//!
//! - [`build`]: runs mdBook in this process, into a staging folder, and collects every problem
//! - [`preprocess`]: the preprocessor `course`: one pass over a page, and one file a directive:
//!   `quiz`, `predict`, `try_run`, `console`, `simulator`, `diagram`, `step`, `hints`, `term`, `glossary`, `include`,
//!   `origin`
//! - [`problem`]: what is wrong in a page, with its place and remedy
//! - [`site`]: the built book in memory, as it is served
//! - `links`: every internal link and anchor, checked in what was built
//! - `log`: mdBook's own warnings, which are problems
//! - `scan`: what stands where in a page; `markdown`, `html`: fragments
//! - `sources`: quizzes, glossary, exercises: what the directives refer to

pub mod build;
pub mod preprocess;
pub mod problem;
pub mod site;

mod console;
mod diagram;
mod first_name;
mod glossary;
mod hints;
pub(crate) mod html;
mod include;
mod links;
mod log;
mod markdown;
mod origin;
mod page;
mod predict;
mod quiz;
mod scan;
mod simulator;
mod sources;
mod step;
mod term;
mod try_run;
