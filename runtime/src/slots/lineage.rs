//! Copies that a call under way is making, which carry the tag of their parent.

use std::collections::BTreeSet;

/// By what the copies of one call are known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lineage {
    /// The tag of the call that has started their parent; none if that carries none.
    pub tag: Option<String>,
    /// What was there before.
    before: BTreeSet<String>,
}

impl Lineage {
    pub(super) fn new(tag: Option<String>, before: BTreeSet<String>) -> Self {
        Self { tag, before }
    }

    /// Whether something may be one of the copies.
    pub fn has(&self, id: &str, attempt: Option<&str>) -> bool {
        attempt == self.tag.as_deref() && !self.was_there(id)
    }

    pub fn was_there(&self, id: &str) -> bool {
        self.before.contains(id)
    }
}
