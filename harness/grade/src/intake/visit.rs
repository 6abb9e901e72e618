//! Who is shown the members of a submission, one after the other.

use std::io::Read;

use super::member::Member;
use super::refusal::Refusal;

/// Is shown the members of a submission, one after the other, whatever it is packed in.
pub trait Visit {
    /// A file, or something irregular, with its content.
    fn member(&mut self, member: &Member, content: &mut dyn Read) -> Result<(), Refusal>;

    /// A member that can't be shown, and why.
    fn left_out(&mut self, why: String);
}
