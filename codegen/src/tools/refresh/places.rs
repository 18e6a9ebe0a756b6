//! Where the operations of the old document are in the new one: looked up, since documents have hundreds of them.

use std::collections::{HashMap, HashSet};

use crate::document::{Document, Method, Operation, OperationId, Operations};

/// The new operations by what one of them may be known by.
pub struct Places {
    by_label: HashMap<String, OperationId>,
    by_id: HashMap<(Option<String>, String), OperationId>,
    by_path: HashMap<Path, OperationId>,
    /// Those that only the new document has, by what comes of server and path together.
    by_url: HashMap<Path, OperationId>,
    /// Those that only the new document has, by their paths.
    fresh: HashMap<(Option<String>, String), Vec<Fresh>>,
    bases: Bases,
    /// The labels that the old document has too.
    known: HashSet<String>,
    /// The new operations that are old ones, be it under another name.
    taken: HashSet<OperationId>,
}

/// An API, a method and a path without its parameters' names.
type Path = (Option<String>, Method, String);

/// An operation by its method.
type Fresh = (Method, OperationId);

/// What of an API's server stands before each path.
#[derive(Default)]
struct Bases(HashMap<Option<String>, String>);

impl Places {
    pub fn new((before, old): (&Document, &Operations), (now, new): (&Document, &Operations)) -> Self {
        let mut places = Self {
            by_label: HashMap::new(),
            by_id: HashMap::new(),
            by_path: HashMap::new(),
            by_url: HashMap::new(),
            fresh: HashMap::new(),
            bases: Bases::of(before, old),
            known: old.iter().map(Operation::label).collect(),
            taken: HashSet::new(),
        };
        let bases = Bases::of(now, new);
        for (at, operation) in new.with_ids() {
            places.add(at, operation, &bases);
        }
        places.taken = old.iter().filter_map(|old| places.of(old)).collect();
        places
    }

    fn add(&mut self, at: OperationId, new: &Operation, bases: &Bases) {
        self.by_label.entry(new.label()).or_insert(at);
        if let Some(id) = &new.published_id {
            self.by_id.entry((new.api.clone(), id.clone())).or_insert(at);
        }
        self.by_path.entry(path(new, &new.path)).or_insert(at);
        if self.is_fresh(new) {
            self.by_url.entry(path(new, &bases.whole(new))).or_insert(at);
            let same = self.fresh.entry((new.api.clone(), unnamed(&new.path))).or_default();
            same.push((new.method, at));
        }
    }

    /// What an old operation is now: the same place, the same id, the same path but for a parameter's name, the same URL
    /// with more or less of it in the path, or the same path by another method.
    pub fn of(&self, old: &Operation) -> Option<OperationId> {
        let id = || old.published_id.as_ref().map(|id| (old.api.clone(), id.clone()));
        let found = self.by_label.get(&old.label());
        let found = found.or_else(|| self.by_id.get(&id()?));
        let found = found.or_else(|| self.by_path.get(&path(old, &old.path)));
        let found = found.or_else(|| self.by_url.get(&path(old, &self.bases.whole(old))));
        found
            .copied()
            .or_else(|| self.by_method(old))
            .or_else(|| self.by_version(old))
    }

    /// What sends something may do so by another method; nothing else becomes that.
    fn by_method(&self, old: &Operation) -> Option<OperationId> {
        let at = (old.api.clone(), unnamed(&old.path));
        let sends = |method: Method| matches!(method, Method::Post | Method::Put | Method::Patch);
        match self.fresh.get(&at)?.as_slice() {
            [(method, at)] if sends(*method) && sends(old.method) => Some(*at),
            _ => None,
        }
    }

    /// The same path with or without `/api` or a version before it, the likest of those.
    fn by_version(&self, old: &Operation) -> Option<OperationId> {
        let own = unnamed(&old.path);
        let more = |path: &str| {
            let more = path.strip_suffix(own.as_str()).or_else(|| own.strip_suffix(path))?;
            let segments = more.strip_prefix('/')?.split('/');
            segments.clone().all(is_version).then(|| segments.count())
        };
        let of_api = self.fresh.iter().filter(|((api, _), _)| *api == old.api);
        let found = of_api.flat_map(|((_, path), operations)| {
            let same = operations.iter().filter(|(method, _)| *method == old.method);
            same.filter_map(|(_, at)| Some((more(path)?, *at)))
        });
        found.min().map(|(_, at)| at)
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

impl Bases {
    fn of(document: &Document, operations: &Operations) -> Self {
        let mut bases = HashMap::new();
        for operation in operations.iter() {
            bases.entry(operation.api.clone()).or_insert_with(|| {
                let servers = document.servers(operation.api.as_deref());
                servers
                    .first()
                    .map_or_else(String::new, |server| server.base_path().to_owned())
            });
        }
        Self(bases)
    }

    /// What comes of server and path.
    fn whole(&self, operation: &Operation) -> String {
        let base = self.0.get(&operation.api).map(String::as_str).unwrap_or_default();
        format!("{base}{}", operation.path)
    }
}

fn path(operation: &Operation, path: &str) -> Path {
    (operation.api.clone(), operation.method, unnamed(path))
}

/// A path without its parameters' names.
fn unnamed(path: &str) -> String {
    let parts = path
        .split('/')
        .map(|part| if part.starts_with('{') { "{}" } else { part });
    parts.collect::<Vec<_>>().join("/")
}

/// `api`, `v2`, `v1beta`.
fn is_version(segment: &str) -> bool {
    let number = segment.strip_prefix('v').unwrap_or_default();
    segment == "api" || number.starts_with(|c: char| c.is_ascii_digit())
}
