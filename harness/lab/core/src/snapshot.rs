//! The reference's observations, kept beside the tests by insta.

use std::path::Path;

use crate::Infra;
use crate::test_name::{TestName, TestPlace};

/// The form of observations. A snapshot of another form is not compared.
const FORM: &str = "observation, form 1";

/// What is known of a test's snapshot.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    /// The reference's observation.
    Known(String),
    /// The file is not there.
    Missing,
    /// The file is not a snapshot of this form.
    Unreadable(String),
}

/// Reads the snapshot of a test.
pub(crate) fn read(place: &TestPlace, name: &TestName) -> Expected {
    let path = place.snapshots.join(format!("{}.snap", name.file_stem()));
    match std::fs::read(&path) {
        // insta would take this for an old form of its own, and print advice.
        Ok(bytes) if !bytes.starts_with(b"---") => return Expected::Unreadable("its head is gone".into()),
        Ok(_) => {}
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Expected::Missing,
        Err(error) => return Expected::Unreadable(error.to_string()),
    }
    match insta::Snapshot::from_file(&path) {
        Ok(snapshot) => match (snapshot.metadata().description(), snapshot.as_text()) {
            (Some(FORM), Some(text)) => Expected::Known(normal(&text.to_string())),
            (form, _) => {
                Expected::Unreadable(format!("it is no {FORM}, but {}", form.unwrap_or("of no form")))
            }
        },
        Err(error) => Expected::Unreadable(error.to_string()),
    }
}

/// Accepts `text` as the reference's observation.
pub(crate) fn record(place: &TestPlace, name: &TestName, text: &str) -> Result<(), Infra> {
    if std::env::var("INSTA_UPDATE").ok().as_deref() != Some("always") {
        return Err(Infra::Setting {
            variable: "INSTA_UPDATE",
            value: std::env::var("INSTA_UPDATE").unwrap_or_default(),
            expected: "`always`, where LAB_RECORD is set: `cargo course record` sets both",
        });
    }
    let mut settings = insta::Settings::new();
    settings.set_snapshot_path(&place.snapshots);
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.set_description(FORM);
    settings.bind(|| insta::assert_snapshot!(name.file_stem(), normal(text)));
    Ok(())
}

/// Writes what was observed to `folder`, uncompared.
pub(crate) fn hand_out(folder: &Path, name: &TestName, text: &str) -> Result<(), Infra> {
    let file = folder.join(format!("{}.txt", name.file_stem()));
    let written = std::fs::create_dir_all(folder).and_then(|()| std::fs::write(&file, normal(text) + "\n"));
    written.map_err(|source| Infra::File { path: file.display().to_string(), source })
}

/// As a snapshot keeps it: no line break at either end, none of Windows'.
pub(crate) fn normal(text: &str) -> String {
    text.replace("\r\n", "\n").trim_matches('\n').trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use proptest::prelude::*;

    use super::*;

    /// What is read from a file of these bytes.
    fn read_back(bytes: &[u8]) -> Expected {
        let folder = std::env::temp_dir().join(format!("lab-snapshot-{}", std::process::id()));
        let thread = format!("{:?}", std::thread::current().id());
        let name = TestName { module: "step_1".into(), function: thread, process: String::new() };
        let place = TestPlace { exercise: PathBuf::new(), snapshots: folder.clone(), root: PathBuf::new() };
        std::fs::create_dir_all(&folder).unwrap();
        let file = folder.join(format!("{}.snap", name.file_stem()));
        std::fs::write(&file, bytes).unwrap();
        let expected = read(&place, &name);
        std::fs::remove_file(&file).unwrap();
        expected
    }

    proptest! {
        #[test]
        fn a_snapshot_is_read_as_it_was_observed_whatever_the_line_ends(
            lines in proptest::collection::vec("[^\r\n\u{85}\u{2028}\u{2029}]{0,12}", 1..6), windows: bool,
        ) {
            let text = lines.join("\n");
            let file = format!("---\nsource: x.rs\ndescription: \"{FORM}\"\n---\n{text}\n");
            let file = if windows { file.replace('\n', "\r\n") } else { file };
            prop_assert_eq!(read_back(file.as_bytes()), Expected::Known(normal(&text)));
            prop_assert_eq!(normal(&normal(&text)), normal(&text));
        }

        #[test]
        fn a_file_of_anything_is_no_panic_and_never_missing(bytes: Vec<u8>, has_head: bool) {
            let bytes = if has_head { [b"---\n", bytes.as_slice(), b"\n---\n", &bytes].concat() } else { bytes };
            prop_assert_ne!(read_back(&bytes), Expected::Missing);
        }
    }
}
