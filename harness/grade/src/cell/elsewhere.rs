//! Where there are no cells: everywhere but on Linux.

use crate::verdict::Tier;

/// What this machine offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The strongest tier.
    pub tier: Tier,
    /// One line a fact.
    pub facts: Vec<String>,
    /// What to do for a stronger one, if something can be done.
    pub remedy: Option<String>,
}

/// Asks the system.
pub fn offer(_cell: &[std::ffi::OsString]) -> Offer {
    Offer {
        tier: Tier::None,
        facts: vec!["the system is not Linux".into()],
        remedy: Some("grade on Linux 6.7 or later: in a virtual machine, in a container, or in CI".into()),
    }
}

/// The program `cell`.
pub fn main(_front: &[&str], _arguments: impl Iterator<Item = std::ffi::OsString>) -> std::process::ExitCode {
    std::process::ExitCode::from(super::EXIT_CODE)
}
