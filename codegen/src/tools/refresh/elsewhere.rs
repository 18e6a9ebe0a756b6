//! What is new beside what is mapped, and what has changed where the mapping does not look.

use crate::{
    document::Operation,
    tools::stub::{Known, stub},
};

use super::{Comparison, references::References};

impl Comparison<'_> {
    /// New operations below the first path segment of a mapped one, each with a stub.
    pub fn suggestions(&self) -> Vec<(String, String)> {
        let near = self.fresh().filter(|new| self.is_near(new));
        let known = Known::of(&self.old.mapping, &self.old.operations);
        near.map(|new| (new.label(), stub(self.new, new, &known))).collect()
    }

    fn is_near(&self, new: &Operation) -> bool {
        let mapped = self
            .old
            .used()
            .any(|(old, _)| old.api == new.api && area(&old.path) == area(&new.path));
        mapped && !self.places.is_taken(new)
    }

    pub fn elsewhere(&self) -> String {
        let new = self
            .fresh()
            .filter(|new| !self.is_near(new) && !self.places.is_taken(new))
            .count();
        let unused = self
            .old
            .operations
            .with_ids()
            .filter(|(id, _)| !self.old.uses.contains_key(id));
        let (kept, gone): (Vec<_>, Vec<_>) = unused
            .map(|(_, old)| (old, self.moved(old)))
            .partition(|(_, new)| new.is_some());
        let references = References::changed(&self.old.document, self.new);
        let changed = kept
            .into_iter()
            .filter(|(old, new)| new.is_some_and(|new| old.label() != new.label() || references.differ(old, new)));
        let counts = [("new", new), ("gone", gone.len()), ("changed", changed.count())];
        let parts: Vec<String> = counts
            .iter()
            .filter(|(_, count)| *count > 0)
            .map(|(what, count)| format!("{count} {what}"))
            .collect();
        match parts.is_empty() {
            true => "Of the operations that are not mapped, none has changed.".to_owned(),
            false => format!("Of the operations that are not mapped: {}.", parts.join(", ")),
        }
    }
}

/// `/instance/{id}/exec` is in `instance`.
fn area(path: &str) -> &str {
    path.split('/').find(|part| !part.is_empty()).unwrap_or_default()
}
