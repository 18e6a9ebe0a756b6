//! Which references lead to something else in the new document, directly or by way of others.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use crate::document::{Document, Operation};

use super::prose;

pub struct References<'d> {
    old: &'d Document,
    new: &'d Document,
    changed: HashSet<&'d str>,
}

impl<'d> References<'d> {
    /// Each target is compared once, however many operations reach it.
    pub fn changed(old: &'d Document, new: &'d Document) -> Self {
        let mut all = HashSet::new();
        within(&old.root, &mut all);
        let mut users: HashMap<&str, Vec<&str>> = HashMap::new();
        for reference in &all {
            let mut inner = HashSet::new();
            old.lookup(reference)
                .into_iter()
                .for_each(|target| within(target, &mut inner));
            inner
                .into_iter()
                .for_each(|used| users.entry(used).or_default().push(reference));
        }
        let mut changed = HashSet::new();
        let mut next: Vec<&str> = all
            .into_iter()
            .filter(|name| !alike(old.lookup(name), new.lookup(name)))
            .collect();
        while let Some(reference) = next.pop() {
            if changed.insert(reference) {
                next.extend(users.get(reference).into_iter().flatten());
            }
        }
        Self { old, new, changed }
    }

    /// Whether an operation is another in the new document: its node, what its path says, or anything that they refer to.
    pub fn differ(&self, old: &Operation, new: &Operation) -> bool {
        let nodes = [
            (&old.item(self.old)["parameters"], &new.item(self.new)["parameters"]),
            (old.node(self.old), new.node(self.new)),
        ];
        let mut reached = HashSet::new();
        nodes.iter().for_each(|(old, _)| within(old, &mut reached));
        nodes.iter().any(|(old, new)| !prose::same(old, new)) || reached.iter().any(|name| self.changed.contains(name))
    }
}

fn alike(old: Option<&Value>, new: Option<&Value>) -> bool {
    match (old, new) {
        (Some(old), Some(new)) => prose::same(old, new),
        (old, new) => old == new,
    }
}

/// The references that stand in a node.
fn within<'d>(node: &'d Value, found: &mut HashSet<&'d str>) {
    found.extend(node.get("$ref").and_then(Value::as_str));
    match node {
        Value::Object(keys) => keys.values().for_each(|inner| within(inner, found)),
        Value::Array(items) => items.iter().for_each(|inner| within(inner, found)),
        _ => {}
    }
}
