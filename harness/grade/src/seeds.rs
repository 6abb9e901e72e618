//! The hidden seeds of a class: from a secret that is in no repository.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::course_toml::{SECRET_BYTES_LEAST, Secret};
use crate::hexadecimal;

/// The seed that everybody knows: of the snapshots in the repository.
pub const DISCLOSED: u64 = 0;
const SECRET_BYTES_MOST: u64 = 4096;

/// What the seeds of a class come from.
#[derive(Clone)]
pub struct ClassSecret {
    secret: Vec<u8>,
    class: String,
}

/// A secret that can't be used.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The variable is not set.
    #[error("the environment has no variable {0}, which `secret-env` names")]
    NoVariable(String),
    /// The file could not be read or made.
    #[error("could not use {path}: {source}", path = path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// It could be guessed.
    #[error("the secret in {0} is shorter than {SECRET_BYTES_LEAST} bytes")]
    Short(String),
}

impl ClassSecret {
    /// The secret that a `course.toml` names.
    pub fn read(secret: &Secret, class: &str) -> Result<Self, SecretError> {
        let (bytes, place) = match secret {
            Secret::Env(name) => {
                let value = std::env::var(name).map_err(|_| SecretError::NoVariable(name.clone()))?;
                (value.into_bytes(), name.clone())
            }
            Secret::File(path) => (read(path)?, path.display().to_string()),
        };
        Self::new(&bytes, class).ok_or(SecretError::Short(place))
    }

    /// A secret in a file of its own, made up when it is first asked for, readable by its owner alone.
    pub fn beside(path: &Path, class: &str) -> Result<Self, SecretError> {
        let failed = |source| SecretError::File { path: path.to_owned(), source };
        if !path.exists() {
            let mut bytes = [0; 32];
            random(&mut bytes).map_err(failed)?;
            let text = hexadecimal::digits(&bytes);
            let mut options = std::fs::OpenOptions::new();
            options.write(true).create_new(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            let mut file = options.open(path).map_err(failed)?;
            file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
        }
        Self::new(&read(path)?, class).ok_or_else(|| SecretError::Short(path.display().to_string()))
    }

    /// White space at the end does not count: editors add a line's end.
    fn new(bytes: &[u8], class: &str) -> Option<Self> {
        let secret = bytes.trim_ascii_end();
        (secret.len() >= SECRET_BYTES_LEAST)
            .then(|| Self { secret: secret.to_vec(), class: class.to_owned() })
    }

    /// The seeds of an exercise: the disclosed one, then `count` hidden ones, all different.
    pub fn seeds(&self, exercise: &str, count: u32) -> Vec<u64> {
        let mut seeds = vec![DISCLOSED];
        let mut index = 0_u32;
        while seeds.len() <= count as usize {
            let bytes = self.mac(&[b"seed", exercise.as_bytes(), &index.to_be_bytes()]);
            let mut first = [0; 8];
            first.copy_from_slice(&bytes[..8]);
            let seed = u64::from_be_bytes(first);
            // Small numbers are those that a report discloses.
            if seed > u64::from(u32::MAX) && !seeds.contains(&seed) {
                seeds.push(seed);
            }
            index += 1;
        }
        seeds
    }

    /// Tells whether two runs had the same seeds, and nothing else about them.
    pub fn id(&self) -> String {
        hexadecimal::digits(&self.mac(&[b"id"])[..8])
    }

    /// HMAC-SHA-256 (RFC 2104) of the class and `parts`, each after its length.
    fn mac(&self, parts: &[&[u8]]) -> Vec<u8> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.secret).expect("HMAC takes a key of any length");
        for part in std::iter::once(self.class.as_bytes()).chain(parts.iter().copied()) {
            mac.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            mac.update(part);
        }
        mac.finalize().into_bytes().to_vec()
    }
}

/// A secret is not for logs.
impl std::fmt::Debug for ClassSecret {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("ClassSecret").field("class", &self.class).finish_non_exhaustive()
    }
}

fn read(path: &Path) -> Result<Vec<u8>, SecretError> {
    let failed = |source| SecretError::File { path: path.to_owned(), source };
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(failed)?;
    file.take(SECRET_BYTES_MOST).read_to_end(&mut bytes).map_err(failed)?;
    Ok(bytes)
}

#[cfg(unix)]
fn random(bytes: &mut [u8]) -> std::io::Result<()> {
    std::fs::File::open("/dev/urandom")?.read_exact(bytes)
}

#[cfg(not(unix))]
fn random(bytes: &mut [u8]) -> std::io::Result<()> {
    use std::hash::{BuildHasher, RandomState};
    // RandomState's keys come from the operating system.
    for chunk in bytes.chunks_mut(8) {
        let number = RandomState::new().hash_one(std::process::id());
        chunk.copy_from_slice(&number.to_be_bytes()[..chunk.len()]);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(secret: &str, class: &str) -> ClassSecret {
        ClassSecret::new(secret.as_bytes(), class).unwrap()
    }

    #[test]
    fn seeds_depend_on_secret_class_and_exercise_and_nothing_else() {
        let seeds = secret("a secret of some length", "class").seeds("uuid", 3);
        assert_eq!(seeds.len(), 4);
        assert_eq!(seeds[0], DISCLOSED);
        assert_eq!(seeds, secret("a secret of some length\n", "class").seeds("uuid", 3));
        assert_eq!(seeds[..3], secret("a secret of some length", "class").seeds("uuid", 2));
        for other in [
            secret("another secret of length", "class").seeds("uuid", 3),
            secret("a secret of some length", "clas").seeds("suuid", 3),
            secret("a secret of some length", "class").seeds("uuid2", 3),
        ] {
            assert_ne!(seeds[1..], other[1..]);
        }
    }

    #[test]
    fn a_secret_that_could_be_guessed_is_refused() {
        assert!(ClassSecret::new(b"short", "class").is_none());
        assert!(ClassSecret::new(b"               \n\n", "class").is_none());
    }

    #[test]
    fn a_made_up_secret_is_kept_for_its_owner() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.secret");
        let first = ClassSecret::beside(&path, "class").unwrap();
        assert_eq!(first.id(), ClassSecret::beside(&path, "class").unwrap().id());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        assert!(!format!("{first:?}").contains(&std::fs::read_to_string(&path).unwrap()));
    }
}
