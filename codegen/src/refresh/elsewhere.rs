//! What is new beside what is mapped, and what has changed where the mapping does not look.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{
    document::{Document, Operation},
    stub::stub,
};

use super::Comparison;

impl Comparison<'_> {
    /// New operations below the first path segment of a mapped one, each with a stub.
    pub fn suggestions(&self) -> Vec<(String, String)> {
        let near = self.fresh().filter(|new| self.is_near(new));
        near.map(|new| (new.label(), stub(self.new, new))).collect()
    }

    fn is_near(&self, new: &Operation) -> bool {
        let mapped = self
            .old
            .used()
            .any(|(old, _)| old.api == new.api && area(&old.path) == area(&new.path));
        mapped && !self.replaces_another(new)
    }

    /// Whether it is an old operation under another name.
    fn replaces_another(&self, new: &Operation) -> bool {
        let mut old = self.old.operations.iter();
        old.any(|old| self.moved(old).is_some_and(|moved| moved.label() == new.label()))
    }

    pub fn elsewhere(&self) -> String {
        let new = self
            .fresh()
            .filter(|new| !self.is_near(new) && !self.replaces_another(new))
            .count();
        let unused = self
            .old
            .operations
            .iter()
            .enumerate()
            .filter(|(at, _)| !self.old.uses.contains_key(at));
        let (kept, gone): (Vec<_>, Vec<_>) = unused
            .map(|(_, old)| (old, self.moved(old)))
            .partition(|(_, new)| new.is_some());
        let changed = kept
            .into_iter()
            .filter(|(old, new)| new.is_some_and(|new| old.label() != new.label() || self.differs(old, new)));
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

    fn differs(&self, old: &Operation, new: &Operation) -> bool {
        reached(&self.old.document, old) != reached(self.new, new)
    }
}

/// `/instance/{id}/exec` is in `instance`.
fn area(path: &str) -> &str {
    path.split('/').find(|part| !part.is_empty()).unwrap_or_default()
}

/// An operation's node, and everything it refers to.
fn reached<'d>(document: &'d Document, operation: &Operation) -> BTreeMap<&'d str, &'d Value> {
    let mut all = BTreeMap::new();
    let shared = operation.item(document);
    all.insert("path", &shared["parameters"]);
    follow(document, &shared["parameters"], &mut all);
    all.insert("operation", operation.node(document));
    follow(document, operation.node(document), &mut all);
    all
}

fn follow<'d>(document: &'d Document, node: &'d Value, all: &mut BTreeMap<&'d str, &'d Value>) {
    if let Some(reference) = node.get("$ref").and_then(Value::as_str)
        && let Some(target) = document.lookup(reference)
        && all.insert(reference, target).is_none()
    {
        follow(document, target, all);
    }
    match node {
        Value::Object(keys) => keys.values().for_each(|inner| follow(document, inner, all)),
        Value::Array(items) => items.iter().for_each(|inner| follow(document, inner, all)),
        _ => {}
    }
}
