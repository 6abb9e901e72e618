//! `exercise.toml`, `variant.toml` and `reference.lock`: whatever they hold, reading them gives a document or an error.
#![no_main]

use std::path::Path;
use std::sync::LazyLock;

use lab_manifest::diagnosis::{Evidence, likeliest};
use lab_manifest::exercise::Exercise;
use lab_manifest::{reference, variant};
use libfuzzer_sys::fuzz_target;

static FOLDER: LazyLock<&Path> = LazyLock::new(fuzz::folder);

fuzz_target!(|text: &str| {
    let folder = FOLDER.join("01-greet");
    for file in [
        "exercise.toml",
        "reference.lock",
        "variants/wrong/one/variant.toml",
        "variants/right/two/variant.toml",
    ] {
        fuzz::write(&folder.join(file), text);
    }
    let _ = variant::all(&folder);
    let _ = reference::edited(&folder);
    let Ok(exercise) = Exercise::read(&folder) else { return };
    for step in &exercise.steps {
        // A rule that was accepted can be matched, on anything.
        let evidence = Evidence { expected: "views: 20\n", yours: text, panic: text };
        let _ = likeliest(&step.diagnoses, evidence);
        assert!(exercise.step_of_module(&step.tests).is_some());
    }
});
