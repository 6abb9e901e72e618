//! The causes that the doctor knows. Their exit codes and anchors are a contract: scripts and the book use them.

use serde::Serialize;

/// Why something fails, or will.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// Nothing links: there is no C compiler.
    NoCCompiler,
    /// Rust is older than the course, or another than it pins.
    OldToolchain,
    /// There is no Docker engine.
    DockerAbsent,
    /// The engine does not answer.
    DockerRefused,
    /// The engine's socket is another user's.
    DockerNoPermission,
    /// The engine lacks the image, and can't get it.
    ImageAbsent,
    /// The book's port is taken.
    PortTaken,
    /// There is too little room.
    DiskFull,
    /// The course or its build folder can't be written.
    ReadOnly,
    /// Runs left something behind.
    LeftBehind,
}

impl Cause {
    /// All of them, in the order of their exit codes.
    pub const ALL: [Self; 10] = [
        Self::NoCCompiler,
        Self::OldToolchain,
        Self::DockerAbsent,
        Self::DockerRefused,
        Self::DockerNoPermission,
        Self::ImageAbsent,
        Self::PortTaken,
        Self::DiskFull,
        Self::ReadOnly,
        Self::LeftBehind,
    ];

    /// What `cargo course doctor` ends with; 0 for what nothing fails for.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::NoCCompiler => 10,
            Self::OldToolchain => 11,
            Self::DockerAbsent => 12,
            Self::DockerRefused => 13,
            Self::DockerNoPermission => 14,
            Self::ImageAbsent => 15,
            Self::PortTaken => 16,
            Self::DiskFull => 17,
            Self::ReadOnly => 18,
            Self::LeftBehind => 0,
        }
    }

    /// The heading in the book's `troubleshooting.md`.
    pub fn anchor(self) -> &'static str {
        match self {
            Self::NoCCompiler => "no-c-compiler",
            Self::OldToolchain => "old-toolchain",
            Self::DockerAbsent => "docker-absent",
            Self::DockerRefused => "docker-refused",
            Self::DockerNoPermission => "docker-no-permission",
            Self::ImageAbsent => "image-absent",
            Self::PortTaken => "port-taken",
            Self::DiskFull => "disk-full",
            Self::ReadOnly => "read-only",
            Self::LeftBehind => "left-behind",
        }
    }

    /// What to do about it, in a sentence or two.
    pub fn remedy(self) -> &'static str {
        match self {
            Self::NoCCompiler => {
                "install one: `sudo apt install build-essential`, `sudo dnf install gcc`, `xcode-select --install` on macOS"
            }
            Self::OldToolchain => {
                "let rustup (https://rustup.rs) choose, as rust-toolchain.toml says: unset RUSTUP_TOOLCHAIN, and \
                 remove an override with `rustup override unset`"
            }
            Self::DockerAbsent => {
                "none is needed: the embedded engine is used. DynamoDB Local needs Docker, https://docs.docker.com/engine/install/"
            }
            Self::DockerRefused => {
                "start it (`sudo systemctl start docker`, or Docker Desktop), or set DYNAMODB=embedded"
            }
            Self::DockerNoPermission => {
                "`sudo usermod -aG docker \"$USER\"`, then log out and in; or set DYNAMODB=embedded"
            }
            Self::ImageAbsent => {
                "`docker pull amazon/dynamodb-local:3.3.1` where you can see what happens, or set DYNAMODB=embedded"
            }
            Self::PortTaken => "end the other program, or choose another port: `cargo course --port 3001`",
            Self::DiskFull => {
                "free some room: `cargo course clean`, `cargo clean`, or set CARGO_TARGET_DIR to another disk"
            }
            Self::ReadOnly => {
                "`sudo chown -R \"$(id -u):$(id -g)\" .` if the files are another user's; else clone to a folder that you may write to"
            }
            Self::LeftBehind => {
                "`cargo course clean` removes it; a running database makes the next run start faster"
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_cause_has_an_exit_code_and_an_anchor_of_its_own() {
        let codes: std::collections::BTreeSet<u8> =
            Cause::ALL.iter().map(|cause| cause.exit_code()).collect();
        let anchors: std::collections::BTreeSet<&str> =
            Cause::ALL.iter().map(|cause| cause.anchor()).collect();
        assert_eq!((codes.len(), anchors.len()), (Cause::ALL.len(), Cause::ALL.len()));
    }

    #[test]
    fn each_anchor_is_in_the_book_and_each_code_beside_it() {
        let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../book/src/troubleshooting.md");
        let page = std::fs::read_to_string(page).unwrap();
        for cause in Cause::ALL {
            assert!(page.contains(&format!("{{#{}}}", cause.anchor())), "no anchor {}", cause.anchor());
            let row = format!("| {} |", cause.exit_code());
            assert!(
                page.lines()
                    .any(|line| line.starts_with(&row) && line.contains(&format!("#{}", cause.anchor()))),
                "the table of exit codes has no row for {} {}",
                cause.exit_code(),
                cause.anchor()
            );
        }
    }
}
