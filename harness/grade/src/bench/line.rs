//! One compiler line, as cargo said it, to be replayed with other sources and other results.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// A run of the compiler.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// The compiler itself.
    pub program: PathBuf,
    /// What it is told.
    pub arguments: Vec<String>,
    /// What the package's sources may ask of the environment: `CARGO_PKG_…`, no more.
    pub environment: BTreeMap<String, String>,
}

/// Where a replayed line finds and leaves things.
#[derive(Clone, Copy, Debug)]
pub struct Replay<'a> {
    /// The folder of the dependencies as cargo built them.
    pub built: &'a Path,
    /// The folder where they are now.
    pub dependencies: &'a Path,
    /// Where results go.
    pub out: &'a Path,
    /// A crate that is another one now: its name and its library.
    pub instead: Option<(&'a str, &'a Path)>,
}

/// Options that decide on speed and looks alone, or that let one run change the next: replaced or left out.
const LEFT_OUT: [&str; 4] = ["--error-format", "--json", "--diagnostic-width", "--out-dir"];

impl Line {
    /// Reads what `cargo -vv` says: ``Running `NAME=value … rustc --crate-name …` ``. `None` for anything else.
    pub fn parse(said: &str) -> Option<Self> {
        let command = said.trim().strip_prefix("Running `")?.strip_suffix('`')?;
        let words = shlex::split(command)?;
        let mut words = words.into_iter().peekable();
        let mut environment = BTreeMap::new();
        while let Some((name, value)) = words.peek().and_then(|word| variable(word)) {
            if name.starts_with("CARGO_PKG_") || name == "CARGO_CRATE_NAME" || name == "CARGO_MANIFEST_DIR" {
                environment.insert(name, value);
            }
            words.next();
        }
        let program = PathBuf::from(words.next()?);
        let arguments: Vec<String> = words.collect();
        let compiler = program.file_stem()? == "rustc" && arguments.first()? == "--crate-name";
        compiler.then_some(Self { program, arguments, environment })
    }

    /// The name of the crate that it compiles.
    pub fn crate_name(&self) -> &str {
        self.arguments.get(1).map_or("", String::as_str)
    }

    /// The arguments of a replay.
    pub fn replayed(&self, replay: Replay<'_>) -> Vec<String> {
        let built = replay.built.to_string_lossy().into_owned();
        let dependencies = replay.dependencies.to_string_lossy().into_owned();
        let mut replayed = Vec::new();
        let mut words = self.arguments.iter();
        while let Some(word) = words.next() {
            if let Some(option) = LEFT_OUT.iter().find(|option| word.starts_with(**option)) {
                if word == option {
                    words.next();
                }
                continue;
            }
            match (word.as_str(), words.clone().next()) {
                // Results of one run that the next would read.
                ("-C", Some(value)) if value.starts_with("incremental=") => drop(words.next()),
                // The message of a wrong lint level would name the workspace's own wish; the sources may not lower it.
                ("--extern", Some(value)) => {
                    words.next();
                    let value = match (value.split_once('='), replay.instead) {
                        (Some((name, _)), Some((other, path))) if name == other => {
                            format!("{name}={}", path.display())
                        }
                        _ => value.replace(&built, &dependencies),
                    };
                    replayed.extend(["--extern".to_owned(), value]);
                }
                _ => replayed.push(word.replace(&built, &dependencies)),
            }
        }
        replayed.extend(["--out-dir".to_owned(), replay.out.display().to_string()]);
        replayed
            .extend(["--error-format=human", "--color=never", "--diagnostic-width=120"].map(str::to_owned));
        // A panic tells its line without it.
        replayed.extend(["-C", "debuginfo=0"].map(str::to_owned));
        // Hygiene, not a boundary: what it lets through runs in a cell all the same.
        replayed.extend(["-F".to_owned(), "unsafe-code".to_owned()]);
        replayed
    }
}

fn variable(word: &str) -> Option<(String, String)> {
    let (name, value) = word.split_once('=')?;
    let named = !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
    named.then(|| (name.to_owned(), value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAID: &str = "     Running `CARGO=/c/cargo CARGO_PKG_NAME=exercise-1 CARGO_PKG_DESCRIPTION='A b'\\''s c' \
        LD_LIBRARY_PATH=/t/deps /s/bin/rustc --crate-name steps --edition=2024 exercises/01/tests/steps/main.rs \
        --error-format=json --json=artifacts --diagnostic-width=98 --emit=dep-info,link --test -C metadata=1 \
        --out-dir /t/deps -C incremental=/t/incremental -L dependency=/t/deps --extern exercise_1=/t/deps/libe.rlib \
        --extern lab=/t/deps/liblab.rlib --forbid=unsafe_code`";

    #[test]
    fn a_line_is_replayed_with_other_places_and_nothing_that_outlives_it() {
        let line = Line::parse(SAID).unwrap();
        assert_eq!(line.crate_name(), "steps");
        assert_eq!(line.environment["CARGO_PKG_DESCRIPTION"], "A b's c");
        assert!(!line.environment.contains_key("LD_LIBRARY_PATH"));
        let replayed = line.replayed(Replay {
            built: Path::new("/t/deps"),
            dependencies: Path::new("/b/deps"),
            out: Path::new("/w/out"),
            instead: Some(("exercise_1", Path::new("/w/out/libe.rlib"))),
        });
        assert_eq!(
            replayed.join(" "),
            "--crate-name steps --edition=2024 exercises/01/tests/steps/main.rs --emit=dep-info,link --test \
             -C metadata=1 -L dependency=/b/deps --extern exercise_1=/w/out/libe.rlib \
             --extern lab=/b/deps/liblab.rlib --forbid=unsafe_code --out-dir /w/out --error-format=human \
             --color=never --diagnostic-width=120 -C debuginfo=0 -F unsafe-code"
        );
    }

    #[test]
    fn what_is_no_run_of_the_compiler_is_no_line() {
        for said in ["   Compiling lab v0.1.0", "Running `/t/build/x/build-script-build`", "Running `a 'b`"] {
            assert_eq!(Line::parse(said), None, "{said}");
        }
    }
}
