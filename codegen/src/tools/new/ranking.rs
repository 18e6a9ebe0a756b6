//! Which operation is likely the one that a function of the contract needs, by method and the words of its path.
//!
//! A guess is a number of points; what they are for is said where they are given. It is shown with its runners-up, and a
//! person decides.

use crate::{
    document::{Document, Operation},
    naming::letters,
};

use super::{
    scoring::{noun, parameters},
    shared::Shared,
    words::{Segment, segments, words},
};

/// Fewer points are no guess.
const LEAST: i32 = 5;

/// How many operations are named beside the likeliest.
const OTHERS: usize = 3;

/// The operations for one purpose, likeliest first.
#[derive(Clone, Debug, Default)]
pub struct Ranking<'d> {
    pub best: Option<&'d Operation>,
    pub others: Vec<&'d Operation>,
}

pub struct Candidates<'d> {
    pub(super) document: &'d Document,
    pub(super) operations: &'d [Operation],
    /// `POST /sandboxes` and the last word of its path.
    collection: Option<(&'d str, String)>,
    /// What all calls of the main API are given.
    pub(super) shared: Vec<Shared>,
}

/// What operations are sought for: the functions of the contract that have one, and a look at a sandbox.
const PURPOSES: [&str; 10] = [
    "create",
    "list",
    "one",
    "stop",
    "exec",
    "snapshot",
    "branch",
    "expose_port",
    "fs::read",
    "fs::write",
];

impl<'d> Candidates<'d> {
    pub fn new(document: &'d Document, operations: &'d [Operation]) -> Self {
        let mut candidates = Self {
            document,
            operations,
            collection: None,
            shared: Vec::new(),
        };
        let create = candidates.of("create").best;
        candidates.collection = create.and_then(|operation| Some((operation.path.as_str(), noun(&operation.path)?)));
        let likely = PURPOSES.into_iter().filter_map(|purpose| candidates.of(purpose).best);
        let likely: Vec<&Operation> = likely.filter(|operation| operation.api.is_none()).collect();
        candidates.shared = Shared::of_all(document, &likely);
        candidates
    }

    /// For a function of the contract, or for `one`, a look at a sandbox.
    pub fn of(&self, purpose: &str) -> Ranking<'d> {
        let score: fn(&Self, &Operation) -> i32 = match purpose {
            "create" => Self::create,
            "list" => Self::list,
            "one" => Self::one,
            "stop" => Self::stop,
            "exec" => Self::exec,
            "snapshot" => Self::snapshot,
            "branch" => Self::branch,
            "expose_port" => Self::expose_port,
            "fs::read" => Self::read,
            "fs::write" => Self::write,
            _ => return Ranking::default(),
        };
        let mut found: Vec<(i32, &Operation)> = self
            .operations
            .iter()
            .map(|operation| (score(self, operation), operation))
            .map(|(points, operation)| (points - self.doubts(operation), operation))
            .filter(|(points, _)| *points >= LEAST)
            .collect();
        // Of equals the shorter path, then the order of the document.
        found.sort_by_key(|(points, operation)| (-points, operation.path.len()));
        let mut found = found.into_iter().map(|(_, operation)| operation);
        Ranking {
            best: found.next(),
            others: found.take(OTHERS).collect(),
        }
    }

    /// What speaks against an operation for any purpose.
    fn doubts(&self, operation: &Operation) -> i32 {
        let node = self.document.lookup(&operation.pointer);
        let declared = node.is_some_and(|node| node["deprecated"] == true);
        let said = words(operation.published_id.as_deref().unwrap_or_default()).contains(&"deprecated".to_owned());
        if declared || said { 8 } else { 0 }
    }

    /// Below a sandbox, or in an API of each sandbox.
    pub(super) fn at_home(&self, operation: &Operation) -> i32 {
        match self.is_below(&operation.path) || operation.api.is_some() {
            true => 3,
            false => 0,
        }
    }

    /// Whether a parameter or a field of the body has one of these names.
    pub(super) fn takes(&self, operation: &Operation, names: &[&str]) -> bool {
        let body = operation.body.iter().filter_map(|body| body.schema.as_ref());
        let fields = body.flat_map(|schema| self.document.type_of(schema).property_names());
        let parameters = operation.parameters.iter().map(|parameter| parameter.name.clone());
        parameters
            .chain(fields)
            .any(|name| names.contains(&letters(&name).as_str()))
    }

    /// Parameters of the path beside the sandbox and the port.
    pub(super) fn strange_parameters(&self, operation: &Operation) -> i32 {
        let own = i32::from(self.is_below(&operation.path));
        (parameters(&operation.path) - own).max(0)
    }

    pub(super) fn exact(&self, path: &str) -> i32 {
        match &self.collection {
            Some((collection, _)) if path.starts_with(collection) => 5,
            _ => 0,
        }
    }

    pub(super) fn is_collection(&self, path: &str) -> bool {
        self.is_noun(segments(path).last())
    }

    pub(super) fn is_item(&self, path: &str) -> bool {
        let segments = segments(path);
        match segments.as_slice() {
            [.., collection, Segment::Parameter] => self.is_noun(Some(collection)),
            _ => false,
        }
    }

    /// `/sandboxes/{id}/exec`
    pub(super) fn is_below(&self, path: &str) -> bool {
        let segments = segments(path);
        let of = |pair: &[Segment]| self.is_noun(Some(&pair[0])) && pair[1] == Segment::Parameter;
        segments.windows(2).rev().skip(1).any(of)
    }

    fn is_noun(&self, segment: Option<&Segment>) -> bool {
        match (segment, &self.collection) {
            (Some(Segment::Words(words)), Some((_, noun))) => words.last() == Some(noun),
            _ => false,
        }
    }
}
