//! Dependencies that the course's own build folder has already are not built a second time for the overlay.
//!
//! Cargo knows a registry's package by its id, features and profile, wherever its build folder is. So the overlay's
//! folder begins with the compiled dependencies of the course's, linked where that can be done. Packages of the
//! workspace have another id there, and are built.

use std::io;
use std::path::Path;

/// Lets `to`, a build folder that is not there yet, begin with what `from` has. Where it fails, cargo builds.
pub fn inherit(from: &Path, to: &Path) {
    let (from, to) = (from.join("debug"), to.join("debug"));
    if to.exists() || !from.is_dir() {
        return;
    }
    // Fingerprints first: what one vouches for is complete, also while another cargo is at work.
    let begun = copy(&from.join(".fingerprint"), &to.join(".fingerprint"))
        .and_then(|()| copy(&from.join("build"), &to.join("build")))
        .and_then(|()| link(&from.join("deps"), &to.join("deps")));
    if begun.is_err() {
        let _ = std::fs::remove_dir_all(&to);
    }
}

/// Copies a folder with the files' times of change, by which cargo tells fresh from stale.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &to)?;
        } else {
            copy_file(&entry.path(), &to)?;
        }
    }
    Ok(())
}

/// Libraries are never changed in place, so they can be shared; what the compiler writes over is copied.
fn link(from: &Path, to: &Path) -> io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let (path, name) = (entry.path(), entry.file_name());
        let (text, extension) = (name.to_string_lossy(), path.extension().and_then(|end| end.to_str()));
        match extension {
            // A library without a hash in its name belongs to a package of the workspace.
            Some("rlib" | "rmeta" | "so" | "dylib" | "dll") if text.contains('-') => {
                std::fs::hard_link(&path, to.join(&name)).or_else(|_| copy_file(&path, &to.join(&name)))?;
            }
            Some("d") => copy_file(&path, &to.join(&name))?,
            _ => {}
        }
    }
    Ok(())
}

fn copy_file(from: &Path, to: &Path) -> io::Result<()> {
    let modified = from.metadata()?.modified()?;
    std::fs::copy(from, to)?;
    std::fs::File::options().write(true).open(to)?.set_modified(modified)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(path: &Path) {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "x").unwrap();
    }

    #[test]
    fn compiled_dependencies_are_taken_over_with_their_times_and_own_libraries_are_not() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("a"), folder.path().join("b"));
        let taken = [
            "deps/libserde-1.rlib",
            "deps/serde-1.d",
            ".fingerprint/serde-1/lib-serde",
            "build/serde-1/out/x",
        ];
        for file in taken.iter().chain(&["deps/liblab_shared.so", "deps/steps-1"]) {
            write(&from.join("debug").join(file));
        }
        inherit(&from, &to);
        for file in taken {
            let time =
                |folder: &Path| folder.join("debug").join(file).metadata().unwrap().modified().unwrap();
            assert_eq!(time(&from), time(&to), "{file}");
        }
        assert!(!to.join("debug/deps/liblab_shared.so").exists() && !to.join("debug/deps/steps-1").exists());
    }

    #[test]
    fn a_folder_that_has_begun_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("a"), folder.path().join("b"));
        write(&from.join("debug/deps/libserde-1.rlib"));
        std::fs::create_dir_all(to.join("debug")).unwrap();
        inherit(&from, &to);
        assert!(!to.join("debug/deps").exists());
    }
}
