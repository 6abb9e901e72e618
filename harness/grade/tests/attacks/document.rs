//! A submission as a document: the solution of an exercise, and what is put in the place of some of it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use grade::verdict::Outcome;
use serde::Deserialize;

/// What is put in front of the function whose body is replaced: the solution's own, and a reply of any text.
const HELD: &str = r"
fn told(text: impl ToString) -> Result<Postmark, CardError> {
    Ok(Postmark { address: text.to_string(), characters: 0, left: 0 })
}

fn honest(event: Value) -> Result<Postmark, CardError> {";

const FUNCTION: &str = "pub fn postmark(event: Value) -> Result<Postmark, CardError> {";
const HEAD: &str = "/// The most characters that fit on a card.";
const MAIN: &str = "    lambda_runtime::run(service_fn(handle)).await";

/// A hundred thousand parentheses, and as many functions as the compiler has something to say about.
const DEEP: usize = 100_000;
const FLOOD: usize = 12_000;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    #[serde(skip)]
    pub name: String,
    /// The rows of the list of threats; none for an honest one.
    #[serde(default)]
    pub rows: Vec<u32>,
    /// What it does.
    pub how: String,
    /// Whose solution it begins with.
    #[serde(default = "first")]
    pub exercise: u32,
    /// The step that is attacked, and one that every submission has solved, where these are not the exercise's usual ones.
    #[serde(default)]
    steps: Vec<String>,
    /// What the attacked step may be called.
    #[serde(default)]
    pub outcomes: Vec<Outcome>,
    /// It runs in the weaker sandbox too.
    #[serde(default)]
    pub base_tier: bool,
    /// It passes with the disclosed seed, and not with a hidden one.
    #[serde(default)]
    pub hidden: bool,
    /// Seconds of the processor after which its compiler is stopped, if nobody shall wait as long as for a class.
    pub compile_seconds: Option<u32>,
    /// It is sent with line ends of Windows and a byte order mark.
    #[serde(default)]
    windows: bool,
    /// What no report may say.
    #[serde(default)]
    pub never: Vec<String>,
    /// Items of `src/postmark.rs`. These and the body are of exercise 1.
    #[serde(default)]
    head: String,
    /// What stands before and after everything in `src/lib.rs`.
    #[serde(default)]
    crate_head: String,
    #[serde(default)]
    crate_end: String,
    /// What the process does first.
    #[serde(default)]
    main: String,
    /// The body of `postmark`, in the place of the solution's.
    body: Option<String>,
    #[serde(default)]
    change: Vec<Change>,
    #[serde(default)]
    files: BTreeMap<PathBuf, String>,
}

/// A passage of a file and what stands there instead.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    #[serde(default = "postmark")]
    file: PathBuf,
    find: String,
    put: String,
}

fn first() -> u32 {
    1
}

fn postmark() -> PathBuf {
    PathBuf::from("src/postmark.rs")
}

impl Document {
    /// The step that is attacked, and one that every submission has solved.
    pub fn steps(&self) -> Vec<&str> {
        match self.exercise {
            _ if !self.steps.is_empty() => self.steps.iter().map(String::as_str).collect(),
            1 => vec!["typed-event", "init-once"],
            2 => vec!["environments", "invoke"],
            7 => vec!["posting", "items"],
            other => panic!("{}: no step of exercise {other} is attacked", self.name),
        }
    }

    /// Every document, attacks first.
    pub fn all() -> Vec<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/attacks/submissions");
        let read = |kind: &str| {
            let mut paths: Vec<_> =
                std::fs::read_dir(folder.join(kind)).unwrap().map(|entry| entry.unwrap().path()).collect();
            paths.sort();
            paths.into_iter().map(|path| Self::read(&path))
        };
        read("attacks").chain(read("honest")).collect()
    }

    fn read(path: &Path) -> Self {
        let text = std::fs::read_to_string(path).unwrap();
        let mut document: Self =
            toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        document.name = path.file_stem().unwrap().to_string_lossy().into_owned();
        document
    }

    pub fn is_honest(&self) -> bool {
        self.rows.is_empty()
    }

    /// Its files. `places` says what `{bench}` and its like stand for.
    pub fn files(
        &self,
        solution: &BTreeMap<PathBuf, Vec<u8>>,
        places: &[(&str, String)],
    ) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut files = solution.clone();
        let put_in_place =
            |text: &str| places.iter().fold(text.to_owned(), |text, (name, place)| text.replace(name, place));
        let mut edit = |file: &str, changed: &dyn Fn(String) -> String| {
            let bytes = files.get_mut(Path::new(file)).unwrap();
            *bytes = changed(String::from_utf8(bytes.clone()).unwrap()).into_bytes();
        };
        for Change { file, find, put } in &self.change {
            let (find, put) = (find.trim_end_matches('\n'), put.trim_end_matches('\n'));
            edit(&file.to_string_lossy(), &|text| put_in_place(&replaced(&text, find, put)));
        }
        if self.exercise == 1 {
            edit("src/postmark.rs", &|text| put_in_place(&self.postmark(text)));
        }
        edit("src/lib.rs", &|text| put_in_place(&format!("{}\n{text}\n{}", self.crate_head, self.crate_end)));
        files.extend(self.files.iter().map(|(path, text)| (path.clone(), put_in_place(text).into_bytes())));
        if self.windows {
            for bytes in files.values_mut() {
                let text = String::from_utf8(bytes.clone()).unwrap().replace('\n', "\r\n");
                *bytes = format!("\u{feff}{text}").into_bytes();
            }
        }
        files
    }

    fn postmark(&self, mut text: String) -> String {
        if let Some(body) = &self.body {
            text = replaced(&text, FUNCTION, &format!("{FUNCTION}\n{body}\n}}\n{HELD}"));
        }
        if !self.main.is_empty() {
            text = replaced(&text, MAIN, &format!("{}\n{MAIN}", self.main));
        }
        replaced(&text, HEAD, &format!("{}\n{HEAD}", self.head))
    }
}

/// What a document's large passages stand for.
pub fn large() -> [(&'static str, String); 2] {
    let deep = format!("{}1{}", "(".repeat(DEEP), ")".repeat(DEEP));
    let flood = (0..FLOOD)
        .fold(String::new(), |flood, number| flood + "fn f" + &number.to_string() + "() { let x = 1; }\n");
    [("{deep}", deep), ("{flood}", flood)]
}

fn replaced(text: &str, find: &str, put: &str) -> String {
    assert_eq!(text.matches(find).count(), 1, "once in the solution: {find}");
    text.replacen(find, put, 1)
}
