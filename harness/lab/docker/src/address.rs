//! Where an engine listens.

use std::path::Path;

/// Where an engine listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// A socket in the file system.
    Unix(String),
    /// A named pipe of Windows.
    Pipe(String),
    /// `host:port`.
    Tcp(String),
    /// A form that is not spoken here, nor by testcontainers as it is built here.
    Other(String),
}

impl Address {
    /// What `DOCKER_HOST` names, or else the first of the usual places that is there, as testcontainers looks for it.
    pub fn usual() -> Self {
        let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        if let Some(host) = set("DOCKER_HOST") {
            return Self::read(&host);
        }
        if cfg!(windows) {
            return Self::Pipe(r"\\.\pipe\docker_engine".into());
        }
        let (runtime, home) = (set("XDG_RUNTIME_DIR"), set("HOME"));
        Self::Unix(socket(runtime.as_deref(), home.as_deref(), |path| Path::new(path).exists()))
    }

    /// Reads a `DOCKER_HOST`.
    pub fn read(text: &str) -> Self {
        if let Some(path) = text.strip_prefix("unix://") {
            Self::Unix(path.into())
        } else if let Some(path) = text.strip_prefix("npipe://") {
            Self::Pipe(path.replace('/', "\\"))
        } else if let Some(address) = text.strip_prefix("tcp://").or_else(|| text.strip_prefix("http://")) {
            Self::Tcp(address.trim_end_matches('/').into())
        } else {
            Self::Other(text.into())
        }
    }

    /// Whether the engine's loopback is not ours: it is on another machine, or this process is in a container.
    pub fn is_elsewhere(&self) -> bool {
        in_container() || !matches!(self, Self::Unix(_) | Self::Pipe(_))
    }

    /// The host that is named, if one is.
    pub(crate) fn host(&self) -> Option<&str> {
        let Self::Tcp(address) = self else { return None };
        let (host, _) = address.rsplit_once(':')?;
        // As the name has it, it may also be the other family's loopback.
        Some(if host == "localhost" { "127.0.0.1" } else { host })
    }
}

/// Whether this process is in a container itself.
pub(crate) fn in_container() -> bool {
    Path::new("/.dockerenv").exists()
}

impl std::fmt::Display for Address {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unix(path) | Self::Pipe(path) => formatter.write_str(path),
            Self::Tcp(address) => formatter.write_str(address),
            Self::Other(text) => write!(formatter, "{text} (not a form that is spoken here)"),
        }
    }
}

fn socket(runtime: Option<&str>, home: Option<&str>, is_there: impl Fn(&str) -> bool) -> String {
    const OF_SYSTEM: &str = "/var/run/docker.sock";
    let of = |folder: Option<&str>, rest: &str| {
        folder.map(|folder| format!("{folder}/.docker/{rest}/docker.sock"))
    };
    let places = [Some(OF_SYSTEM.to_owned()), of(runtime, "run"), of(home, "run"), of(home, "desktop")];
    places.into_iter().flatten().find(|path| is_there(path)).unwrap_or_else(|| OF_SYSTEM.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_engine_is_looked_for_where_testcontainers_looks() {
        let found = |there: &[&str]| socket(Some("/run/me"), Some("/me"), |path| there.contains(&path));
        let (own, desktop) = ("/me/.docker/run/docker.sock", "/me/.docker/desktop/docker.sock");
        assert_eq!(found(&[own, "/var/run/docker.sock"]), "/var/run/docker.sock");
        assert_eq!(found(&[desktop, own]), own);
        assert_eq!(found(&[desktop]), desktop);
        assert_eq!(found(&["/run/me/.docker/run/docker.sock", own]), "/run/me/.docker/run/docker.sock");
        assert_eq!(found(&[]), "/var/run/docker.sock");
        assert_eq!(socket(None, None, |_| true), "/var/run/docker.sock");
    }

    #[test]
    fn an_address_is_read_as_docker_reads_it() {
        assert_eq!(Address::read("unix:///run/d.sock"), Address::Unix("/run/d.sock".into()));
        assert_eq!(Address::read("tcp://127.0.0.1:2375"), Address::Tcp("127.0.0.1:2375".into()));
        assert_eq!(
            Address::read("npipe:////./pipe/docker_engine"),
            Address::Pipe(r"\\.\pipe\docker_engine".into())
        );
        assert_eq!(Address::read("ssh://elsewhere"), Address::Other("ssh://elsewhere".into()));
    }
}
