//! `cargo course new NN-slug`: a chapter from a template, for authors.

use std::path::Path;

use super::record;
use crate::course::Course;
use crate::failure::Failure;
use crate::progress::write_whole;
use crate::template::Chapter;
use crate::terminal::Terminal;

/// What `new` takes.
#[derive(Debug, Default, clap::Args)]
pub struct Args {
    /// The folder: the chapter's number in two digits, and its name, such as `03-object-storage`
    slug: String,
    /// What the chapter is called; its name's words where it is left out
    #[arg(long)]
    title: Option<String>,
    /// Don't run the solution to record snapshots, runs and checksums
    #[arg(long)]
    no_record: bool,
}

/// Writes the chapter's files, puts it into the book's summary, and records its solution.
pub fn run(course: &Course, args: Args) -> Result<(), Failure> {
    let Args { slug, title, no_record } = args;
    let refused = |message| Failure::Refused { message, remedy: "choose another number and name".into() };
    let chapter = Chapter::new(&slug, title).map_err(refused)?;
    if let Some(known) = course.exercises.iter().find(|known| known.number == chapter.number) {
        return Err(refused(format!(
            "exercise {} is there already: {}",
            chapter.number,
            course.shown(&known.folder)
        )));
    }
    let files = chapter.files();
    if let Some((path, _)) = files.iter().find(|(path, _)| course.root.join(path).exists()) {
        return Err(refused(format!("{} is there already", path.display())));
    }
    let terminal = Terminal::stdout();
    for (path, text) in &files {
        let file = course.root.join(path);
        write_whole(&file, text.as_bytes()).map_err(Failure::io("write", &file))?;
        terminal.line(&format!("wrote  {}", path.display()));
    }
    summarize(course, &chapter)?;
    let course = Course::read(&course.root);
    let exercise = course.exercise(chapter.number)?;
    if !no_record {
        record::record(&course, exercise, true)?;
    }
    let next = format!("cargo course verify {}", chapter.number);
    terminal.entry("it holds all gates as it is; make it yours, and see that it still does:", &next);
    Ok(())
}

/// Puts the chapter behind the last one in the book's summary.
fn summarize(course: &Course, chapter: &Chapter) -> Result<(), Failure> {
    let file = course.book().join("src/SUMMARY.md");
    let text = std::fs::read_to_string(&file).map_err(Failure::io("read", &file))?;
    let text = with_chapter(&text, chapter);
    write_whole(&file, text.as_bytes()).map_err(Failure::io("write", Path::new(&file)))
}

fn with_chapter(summary: &str, chapter: &Chapter) -> String {
    let mut lines: Vec<String> = summary.lines().map(str::to_owned).collect();
    let is_chapter = |line: &str| {
        line.starts_with("- [")
            && line
                .split_once("](")
                .is_some_and(|(_, page)| page.starts_with(|first: char| first.is_ascii_digit()))
    };
    // By number: a chapter in between goes there.
    let before = |line: &str| {
        line.split_once("](")
            .and_then(|(_, page)| page.get(..2))
            .and_then(|number| number.parse::<u32>().ok())
            < Some(chapter.number)
    };
    let place = lines
        .iter()
        .rposition(|line| is_chapter(line) && before(line))
        .map_or(lines.len(), |index| index + 1);
    lines.insert(place, format!("- [{}]({}.md)", chapter.title, chapter.slug));
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;
    use crate::verify::finding::Report;
    use crate::verify::{documents, interface};

    const SUMMARY: &str =
        "# Summary\n\n[Start](start.md)\n\n- [One](01-one.md)\n- [Four](04-four.md)\n\n---\n";

    fn chapter(slug: &str) -> Args {
        Args { slug: slug.into(), title: None, no_record: true }
    }

    fn course(folder: &Path) -> Course {
        std::fs::create_dir_all(folder.join("book/src")).unwrap();
        std::fs::write(folder.join("book/src/SUMMARY.md"), SUMMARY).unwrap();
        sample::course(folder)
    }

    #[test]
    fn a_chapter_goes_between_those_before_and_after_it() {
        let text = with_chapter(SUMMARY, &Chapter::new("03-object-storage", None).unwrap());
        let chapters: Vec<&str> = text.lines().filter(|line| line.starts_with("- ")).collect();
        assert_eq!(
            chapters,
            ["- [One](01-one.md)", "- [Object storage](03-object-storage.md)", "- [Four](04-four.md)"]
        );
    }

    #[test]
    fn a_new_chapter_is_read_and_its_parts_agree() {
        let folder = tempfile::tempdir().unwrap();
        run(&course(folder.path()), chapter("03-object-storage")).unwrap();
        let course = Course::read(folder.path());
        assert!(course.broken.is_empty(), "{:?}", course.broken);
        let exercise = course.exercise(3).unwrap();
        crate::starter::keep(exercise).unwrap();
        lab_manifest::reference::write(&exercise.folder).unwrap();
        let mut report = Report::default();
        interface::check(exercise, &course, &mut report).unwrap();
        documents::check(exercise, &course, &mut report).unwrap();
        assert_eq!(report.findings, []);
        assert_eq!(lab_manifest::variant::all(&exercise.folder).unwrap().len(), 4);
    }

    #[test]
    fn nothing_is_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let course = course(folder.path());
        assert_eq!(run(&course, chapter("01-other")).unwrap_err().exit_code(), 8);
        std::fs::write(folder.path().join("book/src/03-mine.md"), "mine\n").unwrap();
        assert_eq!(run(&course, chapter("03-mine")).unwrap_err().exit_code(), 8);
        assert!(!folder.path().join("exercises/03-mine").exists());
    }
}
