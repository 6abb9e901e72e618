//! The driver, the dependencies, and the compiler lines of an exercise.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, SystemTime};

use lab_manifest::exercise::{Exercise, Shape};
use serde::{Deserialize, Serialize};

use super::line::Line;
use super::{BenchError, libraries};
use crate::verdict::Cancel;

/// How often a running cargo is looked after.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Of what a failed cargo said, this many lines are told.
const TOLD_LINES: usize = 20;

/// Wishes of the surroundings that would make another program of the same sources.
const UNWELCOME: [&str; 6] = [
    "RUSTFLAGS",
    "CARGO_ENCODED_RUSTFLAGS",
    "RUSTC",
    "RUSTC_WRAPPER",
    "RUSTC_WORKSPACE_WRAPPER",
    "CARGO_BUILD_TARGET",
];

/// What is optimized a little: whatever a submission's processes and the lab around them spend their time in. That takes
/// minutes once, and a third of the time of every run afterwards. A submission itself is compiled more often than it is run.
const OPTIMIZED: [&str; 38] = [
    "aws-credential-types",
    "aws-runtime",
    "aws-sigv4",
    "aws-smithy-async",
    "aws-smithy-http",
    "aws-smithy-http-client",
    "aws-smithy-json",
    "aws-smithy-runtime",
    "aws-smithy-runtime-api",
    "aws-smithy-types",
    "axum",
    "axum-core",
    "bytes",
    "futures-core",
    "futures-util",
    "hashbrown",
    "hmac",
    "http",
    "http-body",
    "http-body-util",
    "httparse",
    "hyper",
    "hyper-util",
    "indexmap",
    "lab",
    "lab-core",
    "lambda_http",
    "lambda_runtime",
    "memchr",
    "mio",
    "parking_lot",
    "parking_lot_core",
    "serde_core",
    "serde_json",
    "sha2",
    "solution-2",
    "tokio",
    "tower",
];

/// An exercise, ready to be judged.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// The exercise, in the bench's copy of the course.
    pub exercise: Exercise,
    /// The copy's root.
    pub course: PathBuf,
    pub(crate) built: Built,
}

/// What cargo made; kept in a file for the next run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Built {
    version: String,
    /// Of the exercise's library.
    pub(crate) library: Line,
    /// Of its test binary.
    pub(crate) steps: Line,
    /// The test binary that observes submissions: the solution's, which has roles of its own to play. Where the tests call
    /// a library it is the starter's. That can't take a call of the solution for one of the submission: it has nothing to
    /// call.
    pub(crate) driver: PathBuf,
    /// The solution's test binary: by itself it observes the reference.
    pub(crate) reference: PathBuf,
    /// The folder of the dependencies as cargo built them.
    pub(crate) target_dependencies: PathBuf,
    /// The same files, without any of the exercise or of its solution.
    pub(crate) dependencies: PathBuf,
    /// Folders that the linker searches.
    pub(crate) native: Vec<PathBuf>,
    /// The toolchain.
    pub(crate) toolchain: PathBuf,
    /// `LD_LIBRARY_PATH` of a test binary.
    pub(crate) search: String,
    /// The shared libraries that a test binary loads.
    pub(crate) libraries: Vec<PathBuf>,
    /// What loads them.
    pub(crate) loaders: Vec<PathBuf>,
}

impl Built {
    /// The linker that the toolchain brings, as far as it brings one.
    pub(crate) fn linker(&self) -> Option<PathBuf> {
        let (_, libraries) = self.search.rsplit_once(':')?;
        let linker = Path::new(libraries).parent()?.join("bin/gcc-ld/ld.lld");
        linker.is_file().then_some(linker)
    }
}

pub(super) fn prepare(
    course: &Path,
    folder: &Path,
    exercise: Exercise,
    version: &str,
    cancel: &Cancel,
    progress: &mut dyn FnMut(&str),
) -> Result<Prepared, BenchError> {
    let kept = folder.join(format!("exercise-{}.json", exercise.number));
    let known = std::fs::read(&kept).ok().and_then(|text| serde_json::from_slice::<Built>(&text).ok());
    let known = known.filter(|built| {
        built.version == version && built.driver.is_file() && built.library.program.is_file()
    });
    let built = if let Some(built) = known {
        built
    } else {
        progress(&format!("building exercise {} and its dependencies", exercise.number));
        let built = build(course, folder, &exercise, version, cancel)?;
        let text = serde_json::to_vec(&built).map_err(|error| BenchError::Course(error.to_string()))?;
        std::fs::write(&kept, text).map_err(BenchError::file(&kept))?;
        built
    };
    Ok(Prepared { exercise, course: course.to_owned(), built })
}

fn build(
    course: &Path,
    folder: &Path,
    exercise: &Exercise,
    version: &str,
    cancel: &Cancel,
) -> Result<Built, BenchError> {
    // What cargo takes for fresh it does not tell the compiler's line of.
    for source in [exercise.folder.join("src/lib.rs"), exercise.folder.join("tests/steps/main.rs")] {
        let now =
            File::options().write(true).open(&source).and_then(|file| file.set_modified(SystemTime::now()));
        now.map_err(BenchError::file(&source))?;
    }
    let said = cargo(course, folder, exercise, cancel)?;
    // Where rustup keeps none, cargo says no more than `rustc`.
    let toolchain = PathBuf::from(ask(Path::new("rustc"), course, &["--print", "sysroot"])?.trim());
    let line = |name: &str| {
        let mut lines = said.errors.lines().filter_map(Line::parse);
        // The solution's test binary has the same name; its package is another.
        let line = lines
            .find(|line| {
                line.crate_name() == name
                    && line
                        .environment
                        .get("CARGO_PKG_NAME")
                        .is_none_or(|package| *package == exercise.package())
            })
            .ok_or_else(|| BenchError::Course(format!("cargo did not say how it compiles {name}")))?;
        let program = toolchain.join("bin").join(line.program.file_name().unwrap_or_default());
        Ok::<_, BenchError>(Line { program, ..line })
    };
    let library = line(&exercise.package().replace('-', "_"))?;
    let steps = line("steps")?;
    let artifacts: Vec<Artifact> =
        said.output.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let tests = |package: &str| {
        let of_package = artifacts.iter().find(|artifact| artifact.is_test_of(package));
        of_package
            .and_then(|artifact| artifact.executable.clone())
            .ok_or_else(|| BenchError::Course(format!("{package} has no test binary")))
    };
    let reference = tests(&exercise.solution_package())?;
    let driver = match exercise.shape {
        Shape::Call => tests(&exercise.package())?,
        Shape::Function | Shape::Server => reference.clone(),
    };
    let target_dependencies = driver.parent().map(Path::to_owned).unwrap_or_default();
    let dependencies = folder.join(format!("dependencies-{}", exercise.number));
    gather(&dependencies, exercise, &artifacts)?;
    let standard = ask(&library.program, course, &["--print", "target-libdir"])?;
    let search = format!("{}:{}", dependencies.display(), standard.trim());
    let (libraries, loaders) = libraries::of(&driver, &search)?;
    let native = native(&steps);
    Ok(Built {
        version: version.to_owned(),
        library,
        steps,
        driver,
        reference,
        target_dependencies,
        dependencies,
        native,
        toolchain,
        search,
        libraries,
        loaders,
    })
}

/// Links what the exercise is built from into a folder of its own, so that nothing else is in a compiler's reach.
fn gather(folder: &Path, exercise: &Exercise, artifacts: &[Artifact]) -> Result<(), BenchError> {
    let own = [exercise.package().replace('-', "_"), exercise.solution_package().replace('-', "_")];
    let _ = std::fs::remove_dir_all(folder);
    std::fs::create_dir_all(folder).map_err(BenchError::file(folder))?;
    let files = artifacts.iter().filter(|artifact| !own.contains(&artifact.target.name));
    let files: BTreeSet<&PathBuf> = files.flat_map(|artifact| &artifact.filenames).collect();
    for file in files {
        let library =
            file.extension().is_some_and(|end| ["rlib", "rmeta", "so"].iter().any(|library| end == *library));
        let (true, Some(name)) = (library, file.file_name()) else { continue };
        let to = folder.join(name);
        if std::fs::hard_link(file, &to).is_err() {
            std::fs::copy(file, &to).map_err(BenchError::file(file))?;
        }
    }
    Ok(())
}

fn native(line: &Line) -> Vec<PathBuf> {
    let options = line.arguments.iter().filter_map(|word| word.strip_prefix("native="));
    options.map(PathBuf::from).collect()
}

#[derive(Debug, Deserialize)]
struct Artifact {
    package_id: String,
    target: Target,
    filenames: Vec<PathBuf>,
    executable: Option<PathBuf>,
}

#[derive(Debug, Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
}

impl Artifact {
    fn is_test_of(&self, package: &str) -> bool {
        let of_package = self.package_id.contains(&format!("#{package}@"));
        of_package && self.target.name == "steps" && self.target.kind.iter().any(|kind| kind == "test")
    }
}

struct Said {
    output: String,
    errors: String,
}

fn cargo(course: &Path, folder: &Path, exercise: &Exercise, cancel: &Cancel) -> Result<Said, BenchError> {
    let (output, errors) = (folder.join("cargo.out"), folder.join("cargo.err"));
    let mut command = Command::new("cargo");
    command.current_dir(course).args(["test", "--no-run", "--offline", "--locked", "-vv", "--test", "steps"]);
    command.args(["-p", &exercise.package(), "-p", &exercise.solution_package()]);
    command.arg("--message-format=json-render-diagnostics");
    for package in OPTIMIZED {
        command.args(["--config", &format!("profile.dev.package.\"{package}\".opt-level=1")]);
    }
    command.env("CARGO_TARGET_DIR", folder.join("target")).env("CARGO_TERM_COLOR", "never");
    // Nobody is shown a backtrace of a submission, and a seventh of its compilation would go into the lines in it.
    command.env("CARGO_PROFILE_DEV_DEBUG", "0");
    for name in UNWELCOME {
        command.env_remove(name);
    }
    command.stdin(Stdio::null());
    command.stdout(File::create(&output).map_err(BenchError::file(&output))?);
    command.stderr(File::create(&errors).map_err(BenchError::file(&errors))?);
    let status = wait(&mut command, cancel)?;
    let read = |path: &Path| std::fs::read_to_string(path).map_err(BenchError::file(path));
    let said = Said { output: read(&output)?, errors: read(&errors)? };
    if !status.success() {
        let lines: Vec<&str> = said.errors.lines().filter(|line| !line.contains("Running `")).collect();
        let last = lines[lines.len().saturating_sub(TOLD_LINES)..].join("\n");
        return Err(BenchError::Program { program: "cargo".into(), message: last });
    }
    Ok(said)
}

fn wait(command: &mut Command, cancel: &Cancel) -> Result<ExitStatus, BenchError> {
    let failed =
        |error: std::io::Error| BenchError::Program { program: "cargo".into(), message: error.to_string() };
    let mut child = command.spawn().map_err(failed)?;
    loop {
        if let Some(status) = child.try_wait().map_err(failed)? {
            return Ok(status);
        }
        if cancel.is_cancelled() {
            let _ = child.kill();
            let _ = child.wait();
            return Err(BenchError::Cancelled);
        }
        std::thread::sleep(LOOK_EVERY);
    }
}

fn ask(compiler: &Path, course: &Path, arguments: &[&str]) -> Result<String, BenchError> {
    let failed = |message: String| BenchError::Program { program: compiler.display().to_string(), message };
    let output = Command::new(compiler)
        .args(arguments)
        .current_dir(course)
        .output()
        .map_err(|error| failed(error.to_string()))?;
    if !output.status.success() {
        return Err(failed(String::from_utf8_lossy(&output.stderr).into_owned()));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
