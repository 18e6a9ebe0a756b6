//! How far what is shown may be behind what is true.

use std::time::Duration;

/// How far looks and lists lag. Zero, the default, is not at all.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Lag {
    /// How long a sandbox is unknown by its id after its start: every request about it is answered 404.
    pub found_after: Duration,
    /// How long a sandbox is not listed after its start.
    pub listed_after: Duration,
    /// How long a sandbox that has ended is still shown by its id.
    pub found_for: Duration,
    /// How long a sandbox that has ended is still listed.
    pub listed_for: Duration,
}
