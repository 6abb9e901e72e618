//! The book's preprocessor: quizzes, glossary and a page with directives. It resolves them or says what is wrong, and
//! what has no directive stays as it was.
#![no_main]

use std::path::Path;
use std::sync::LazyLock;

use course::book::preprocess::Directives;
use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use mdbook_driver::config::Config;
use mdbook_preprocessor::book::{Book, BookItem, Chapter};
use mdbook_preprocessor::{Preprocessor, PreprocessorContext};

/// What an author writes.
#[derive(Arbitrary, Debug)]
struct Written<'a> {
    page: &'a str,
    /// Nothing: the quizzes of the fixture, so that directives find something.
    quiz: Option<&'a str>,
    glossary: Option<&'a str>,
}

const FIXTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../harness/course/tests/fixtures/course");

static BOOK: LazyLock<&Path> = LazyLock::new(|| {
    let folder = fuzz::folder();
    copy(Path::new(FIXTURE), folder);
    Box::leak(folder.join("book").into_boxed_path())
});

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder can be made");
    for entry in std::fs::read_dir(from).expect("the fixture is there").flatten() {
        let (path, to) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy(&path, &to);
        } else {
            std::fs::copy(&path, &to).expect("a file can be copied");
        }
    }
}

fn source(file: &str, text: Option<&str>) {
    let own =
        || std::fs::read_to_string(Path::new(FIXTURE).join("book").join(file)).expect("the fixture is there");
    fuzz::write(&BOOK.join(file), &text.map_or_else(own, str::to_owned));
}

fuzz_target!(|written: Written<'_>| {
    source("quizzes/greet.toml", written.quiz);
    source("glossary.toml", written.glossary);
    let chapter = Chapter::new("A page", written.page.to_owned(), "page.md", Vec::new());
    let mut book = Book::new();
    book.push_item(BookItem::Chapter(chapter));
    let context = PreprocessorContext::new(BOOK.to_path_buf(), Config::default(), "html".into());
    if let Ok(book) = Directives::default().run(&context, book) {
        let page = book.chapters().next().expect("the page is still there");
        if !written.page.contains("{{#") && !written.page.contains("term:") {
            assert!(
                page.content.starts_with(written.page.trim_end()),
                "a page without directives was changed"
            );
        }
    }
});
