//! Where the operations of the old document are in the new one: looked up, since documents have hundreds of them.

use std::collections::{HashMap, HashSet};

use crate::document::{Method, Operation, OperationId, Operations};

/// The new operations by what one of them may be known by.
pub struct Places {
    by_label: HashMap<String, OperationId>,
    by_id: HashMap<(Option<String>, String), OperationId>,
    by_path: HashMap<(Option<String>, Method, String), OperationId>,
    /// The labels that the old document has too.
    known: HashSet<String>,
    /// The new operations that are old ones, be it under another name.
    taken: HashSet<OperationId>,
}

impl Places {
    pub fn new(old: &Operations, new: &Operations) -> Self {
        let mut places = Self {
            by_label: HashMap::new(),
            by_id: HashMap::new(),
            by_path: HashMap::new(),
            known: old.iter().map(Operation::label).collect(),
            taken: HashSet::new(),
        };
        for (at, operation) in new.with_ids() {
            places.add(at, operation);
        }
        places.taken = old.iter().filter_map(|old| places.of(old)).collect();
        places
    }

    fn add(&mut self, at: OperationId, new: &Operation) {
        self.by_label.entry(new.label()).or_insert(at);
        if let Some(id) = &new.published_id {
            self.by_id.entry((new.api.clone(), id.clone())).or_insert(at);
        }
        self.by_path.entry(path(new)).or_insert(at);
    }

    /// What an old operation is now: the same place, the same id, or the same path but for a parameter's name.
    pub fn of(&self, old: &Operation) -> Option<OperationId> {
        let id = || old.published_id.as_ref().map(|id| (old.api.clone(), id.clone()));
        let found = self.by_label.get(&old.label());
        let found = found.or_else(|| self.by_id.get(&id()?));
        found.or_else(|| self.by_path.get(&path(old))).copied()
    }

    pub fn is_fresh(&self, new: &Operation) -> bool {
        !self.known.contains(&new.label())
    }

    /// Whether it is an old operation under another name.
    pub fn is_taken(&self, new: &Operation) -> bool {
        self.by_label
            .get(&new.label())
            .is_some_and(|at| self.taken.contains(at))
    }
}

fn path(operation: &Operation) -> (Option<String>, Method, String) {
    (operation.api.clone(), operation.method, unnamed(&operation.path))
}

/// A path without its parameters' names.
fn unnamed(path: &str) -> String {
    let parts = path
        .split('/')
        .map(|part| if part.starts_with('{') { "{}" } else { part });
    parts.collect::<Vec<_>>().join("/")
}
