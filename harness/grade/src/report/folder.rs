//! Every format as files in a folder.
//!
//! ```text
//! report.json  junit.xml  summary.md  gradebook.csv  index.html
//! students/ID.html  gradescope/ID.json  classroom/ID.env  classroom/ID.runners
//! ```

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::model::{Report, StudentReport};
use super::{classroom, gradebook, gradescope, html, junit, markdown, write_json};
use crate::hexadecimal;

/// The longest name that a file gets from an id.
const MOST_LETTERS: usize = 48;

/// Writes every format into `folder`, and returns what was written. A file is whole or not there.
pub fn write(report: &Report, folder: &Path) -> Result<Vec<PathBuf>, (PathBuf, io::Error)> {
    let mut written = Vec::new();
    // One at a time: together, the pages of a class are many times its report.
    let mut put = |name: &str, write: &dyn Fn(&mut dyn Write) -> io::Result<()>| {
        let path = folder.join(name);
        put(&path, write).map_err(|error| (path.clone(), error))?;
        written.push(path);
        Ok(())
    };
    put("report.json", &|out| write_json(report, out))?;
    put("junit.xml", &|out| junit::write(report, out))?;
    put("summary.md", &|out| out.write_all(markdown::summary(report)?.as_bytes()))?;
    put("gradebook.csv", &|out| out.write_all(gradebook::document(report).as_bytes()))?;
    let page = |student: &StudentReport| format!("students/{}.html", file_name(&student.id));
    put("index.html", &|out| out.write_all(html::index(report, &page).as_bytes()))?;
    for student in &report.students {
        let name = file_name(&student.id);
        let page = format!("students/{name}.html");
        let told = report.told(student).map_err(|error| (folder.join(&page), error))?;
        for (name, text) in [
            (page, html::page(report, &told)),
            (format!("gradescope/{name}.json"), gradescope::document(report, &told)),
            (format!("classroom/{name}.env"), classroom::environment(&told)),
            (format!("classroom/{name}.runners"), classroom::runners(&told)),
        ] {
            put(&name, &|out| out.write_all(text.as_bytes()))?;
        }
    }
    Ok(written)
}

/// Writes a file beside where it belongs, and moves it there when it is whole.
fn put(path: &Path, write: &dyn Fn(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let folder = path.parent().unwrap_or_else(|| Path::new("."));
    std::fs::create_dir_all(folder)?;
    let mut beside = path.as_os_str().to_owned();
    beside.push(".part");
    let mut file = BufWriter::new(File::create(&beside)?);
    write(&mut file)?;
    file.into_inner()?;
    std::fs::rename(&beside, path)
}

/// A name for a file that every system takes, different for different ids: whatever is not plain is told apart by a
/// checksum.
pub fn file_name(id: &str) -> String {
    let plain: String = id
        .chars()
        .map(|letter| {
            if letter.is_ascii_lowercase() || letter.is_ascii_digit() || matches!(letter, '-' | '_') {
                letter
            } else {
                '_'
            }
        })
        .take(MOST_LETTERS)
        .collect();
    let reserved: BTreeSet<&str> = ["con", "prn", "aux", "nul", "com1", "lpt1"].into();
    if plain == id && !plain.is_empty() && !reserved.contains(id) && !id.starts_with('-') {
        return plain;
    }
    let sum = Sha256::digest(id.as_bytes());
    let sum = hexadecimal::digits(&sum[..6]);
    match plain.trim_start_matches('-') {
        "" => format!("_.{sum}"),
        plain => format!("{plain}.{sum}"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{sample, terminal};
    use super::*;
    use crate::journal::Reader;

    #[test]
    fn every_format_is_written_once_and_nothing_else_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let report = sample::report();
        let written = write(&report, folder.path()).unwrap();
        assert_eq!(written.len(), 5 + 4 * report.students.len());
        for path in &written {
            assert!(path.starts_with(folder.path()) && path.is_file(), "{path:?}");
        }
        let top = std::fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(top, 5 + 3, "five files and three folders");
        let index = std::fs::read_to_string(folder.path().join("index.html")).unwrap();
        assert!(index.contains("students/anna.html"));
    }

    #[test]
    fn a_journal_that_is_gone_before_it_is_told_is_an_error_and_no_empty_page() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.jsonl");
        std::fs::write(&path, sample::written(&sample::records())).unwrap();
        let report = Report::of(Reader::open(&path).unwrap(), None).unwrap();
        std::fs::write(&path, "").unwrap();
        let (of, error) = write(&report, &folder.path().join("out")).unwrap_err();
        assert!(of.ends_with("report.json") && !of.exists(), "{of:?}");
        assert!(error.to_string().contains("journal.jsonl"), "{error}");
    }

    /// For the parsers of those who read the formats, which `.ci/run formats` brings.
    #[test]
    #[ignore = "writes where REPORT_SAMPLE says"]
    fn the_sample_is_written_for_others_parsers() {
        let folder = std::env::var_os("REPORT_SAMPLE").expect("REPORT_SAMPLE names a folder");
        let (report, folder) = (sample::report(), Path::new(&folder));
        write(&report, folder).unwrap();
        let details = report.all_told().map(|told| terminal::details(&report, &told.unwrap()));
        let shown = [terminal::table(&report).unwrap()].into_iter().chain(details).collect::<Vec<_>>();
        std::fs::write(folder.join("terminal.txt"), shown.join("\n")).unwrap();
    }

    #[test]
    fn a_name_is_never_hidden_nor_an_option() {
        for id in ["", "-", "--", "-rf", ".", "..", ".profile"] {
            let name = file_name(id);
            assert!(!name.is_empty() && !name.starts_with(['.', '-']), "{id:?} became {name:?}");
        }
    }

    proptest! {
        #[test]
        fn a_name_is_a_name_and_tells_ids_apart(one in "\\PC{0,60}|[a-zA-Z./_-]{0,60}", other in "[a-zA-Z./_-]{0,60}") {
            let name = file_name(&one);
            prop_assert!(!name.is_empty() && !name.starts_with(['.', '-']));
            prop_assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_.".contains(&byte)));
            prop_assert!(one == other || name != file_name(&other));
        }
    }
}
