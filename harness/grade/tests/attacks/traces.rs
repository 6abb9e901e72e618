//! What an attack would leave, and what it would tell, if it were let.

use std::net::TcpListener;
use std::path::{Path, PathBuf};

/// The daemon sleeps for so long that no other does.
const DAEMON_SECONDS: &str = "87654.3219";

const SECRET: &str = "SECRET-OF-THE-CLASS-5d1f";

/// What no submission may ever write.
const WRITTEN: [&str; 9] = [
    "/tmp/from-an-attack",
    "/tmp/from-an-attack-0",
    "/tmp/neighbour",
    "/tmp/.config/insta.yaml",
    "/tmp/observed",
    "/var/tmp/from-an-attack",
    "/dev/shm/from-an-attack",
    "/dev/shm/neighbour",
    "/run/neighbour",
];

/// What is put where an attack looks, and looked for afterwards.
pub struct Traces {
    bench: PathBuf,
    secret: PathBuf,
    listener: TcpListener,
}

impl Traces {
    pub fn set_up(bench: &Path) -> Self {
        for written in WRITTEN {
            assert!(!Path::new(written).exists(), "{written} is in the way");
        }
        let secret = bench.join("secret.rs");
        std::fs::write(&secret, SECRET).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        Self { bench: bench.to_owned(), secret, listener }
    }

    pub fn places(&self) -> [(&'static str, String); 3] {
        [
            ("{canary}", self.secret.display().to_string()),
            ("{daemon}", DAEMON_SECONDS.to_owned()),
            ("{port}", self.listener.local_addr().unwrap().port().to_string()),
        ]
    }

    /// What is there that should not be.
    pub fn found(&self) -> Vec<String> {
        let mut found: Vec<String> =
            WRITTEN.iter().filter(|path| Path::new(path).exists()).map(|&path| path.to_owned()).collect();
        for own in ["from-an-attack", "observed", ".config"] {
            found.extend(self.bench.join(own).exists().then(|| format!("{own} in the bench")));
        }
        found.extend(self.listener.accept().ok().map(|_| "a connection to another port".to_owned()));
        found.extend(command_lines().into_iter().filter(|line| line.contains(DAEMON_SECONDS)));
        found
    }
}

/// Why `told` may not be shown, if it may not: secrets, and what a terminal or a reader would be deceived by.
pub fn painted(told: &str) -> Option<String> {
    let secrets = [SECRET, "root:x:0:0", "root:*:", "root:$"];
    if let Some(secret) = secrets.iter().find(|secret| told.contains(**secret)) {
        return Some(format!("it told a secret: {secret}"));
    }
    let deceives = |character: char| {
        character.is_control() && !matches!(character, '\n' | '\t')
            || matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    told.chars().find(|character| deceives(*character)).map(|found| format!("its verdict has {found:?}"))
}

/// Of every process that there is.
fn command_lines() -> Vec<String> {
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let lines = processes.filter_map(|process| std::fs::read(process.path().join("cmdline")).ok());
    lines.map(|line| String::from_utf8_lossy(&line).into_owned()).collect()
}
