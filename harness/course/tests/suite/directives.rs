//! What each directive emits, in a page of its own.

use crate::sample::Sample;
use course::book::build::build;

/// The built page's own text, without what mdBook puts around it.
fn main_of(folder: &std::path::Path, page: &str) -> String {
    let html = std::fs::read_to_string(folder.join(page)).unwrap();
    let start = html.find("<main>").unwrap() + "<main>".len();
    let end = html.find("</main>").unwrap();
    html[start..end].lines().map(str::trim_end).collect::<Vec<_>>().join("\n").trim().to_owned()
}

#[test]
fn every_directive_emits_what_the_page_and_its_script_rely_on() {
    let sample = Sample::new();
    let out = tempfile::tempdir().unwrap();
    let built = build(&sample.book(), out.path()).unwrap();
    assert_eq!(built.problems, []);
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for page in [
            "one",
            "several",
            "text",
            "order",
            "output",
            "predict",
            "try",
            "console",
            "simulator",
            "diagram",
            "step",
            "hints",
            "terms",
            "include",
            "glossary",
        ] {
            insta::assert_snapshot!(page, main_of(out.path(), &format!("{page}.html")));
        }
    });
}

#[test]
fn the_print_page_has_every_id_once() {
    let sample = Sample::new();
    // The same anchors on two pages: step cards have them in every chapter.
    sample.edit("book/src/start.md", "# Start", "# Start\n\n## Build it\n\n{{#step 1.1}}\n\n## A run");
    let out = tempfile::tempdir().unwrap();
    assert_eq!(build(&sample.book(), out.path()).unwrap().problems, []);
    let html = std::fs::read_to_string(out.path().join("print.html")).unwrap();
    let mut ids: Vec<&str> =
        html.split(" id=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count);
}

#[test]
fn a_build_that_fails_leaves_what_was_there() {
    let sample = Sample::new();
    let out = sample.root().join("site");
    course::book::build::build_strict(&sample.book(), &out).unwrap();
    let before = std::fs::read_to_string(out.join("one.html")).unwrap();
    sample.edit("book/src/one.md", "greet-one", "greet-two");
    course::book::build::build_strict(&sample.book(), &out).unwrap_err();
    assert_eq!(std::fs::read_to_string(out.join("one.html")).unwrap(), before);
    let left: Vec<_> = std::fs::read_dir(sample.root())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with(".book-"))
        .collect();
    assert_eq!(left, Vec::<String>::new());
}
