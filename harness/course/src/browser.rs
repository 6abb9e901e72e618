//! Opens an address in the reader's browser, where there is a desktop to open it on.

use std::io::IsTerminal;
use std::process::{Command, Stdio};

/// Opens `address`. Where nothing can be opened nothing happens: the address is printed anyway.
pub fn open(address: &str) {
    if !is_wanted(
        |name| std::env::var_os(name).is_some_and(|value| !value.is_empty()),
        std::io::stdout().is_terminal(),
    ) {
        return;
    }
    let mut command = if cfg!(target_os = "macos") {
        Command::new("open")
    } else if cfg!(windows) {
        Command::new("explorer")
    } else {
        Command::new("xdg-open")
    };
    // Ctrl-C ends everything in the terminal's group, and the browser may have been started by this.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let child = command.arg(address).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    if let Ok(mut child) = child {
        // It hands the address on and ends; it is waited for so that nothing of it is left.
        std::thread::spawn(move || child.wait());
    }
}

/// Whether somebody sits at a desktop: not in CI, not over SSH, not where the output goes into a file.
fn is_wanted(is_set: impl Fn(&str) -> bool, is_terminal: bool) -> bool {
    let elsewhere = ["CI", "SSH_CONNECTION", "SSH_TTY"].into_iter().any(&is_set);
    let desktop = cfg!(any(target_os = "macos", windows)) || is_set("DISPLAY") || is_set("WAYLAND_DISPLAY");
    is_terminal && desktop && !elsewhere
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_opened_only_where_somebody_sits_at_a_desktop() {
        let with = |names: &'static [&str]| move |name: &str| names.contains(&name);
        assert!(is_wanted(with(&["DISPLAY"]), true));
        assert!(!is_wanted(with(&["DISPLAY"]), false));
        assert!(!is_wanted(with(&["DISPLAY", "CI"]), true));
        assert!(!is_wanted(with(&["WAYLAND_DISPLAY", "SSH_CONNECTION"]), true));
        #[cfg(target_os = "linux")]
        assert!(!is_wanted(with(&[]), true));
    }
}
