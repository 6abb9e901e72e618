//! The shared libraries that a program loads.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::BenchError;

/// What the loader says that `program` needs, the loader itself last. The program is the grader's own.
pub(super) fn of(program: &Path, search: &str) -> Result<(Vec<PathBuf>, Vec<PathBuf>), BenchError> {
    let failed = |message: String| BenchError::Program { program: "ldd".into(), message };
    let output = Command::new("ldd")
        .arg(program)
        .env("LD_LIBRARY_PATH", search)
        .output()
        .map_err(|error| failed(error.to_string()))?;
    if !output.status.success() {
        return Err(failed(String::from_utf8_lossy(&output.stderr).into_owned()));
    }
    Ok(parse(&String::from_utf8_lossy(&output.stdout)))
}

/// `libc.so.6 => /lib/libc.so.6 (0x…)` is a library; `/lib64/ld-linux-x86-64.so.2 (0x…)` is the loader.
fn parse(said: &str) -> (Vec<PathBuf>, Vec<PathBuf>) {
    let (mut libraries, mut loaders) = (Vec::new(), Vec::new());
    for line in said.lines().map(str::trim) {
        let Some(path) = line.rsplit_once(" (").map(|(front, _)| front) else { continue };
        match path.split_once(" => ") {
            Some((_, path)) if path.starts_with('/') => libraries.push(path.into()),
            None if path.starts_with('/') => loaders.push(path.into()),
            _ => {}
        }
    }
    (libraries, loaders)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_are_told_from_the_loader_and_from_what_has_no_file() {
        let said = "\tlinux-vdso.so.1 (0x00007ffd)\n\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f)\n\
                    \t/lib64/ld-linux-x86-64.so.2 (0x00007f)\n\tlibgone.so => not found\n";
        let (libraries, loaders) = parse(said);
        assert_eq!(libraries, [PathBuf::from("/lib/x86_64-linux-gnu/libc.so.6")]);
        assert_eq!(loaders, [PathBuf::from("/lib64/ld-linux-x86-64.so.2")]);
    }
}
