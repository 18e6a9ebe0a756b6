//! The operations of a document, each with an id, and the names by which a mapping calls them.

use std::ops::{Deref, Index};

use super::Operation;

/// One operation, by its place in the [`Operations`] that it was found in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OperationId(usize);

/// Every operation of a document and of those beside it, in document order.
#[derive(Debug)]
pub struct Operations(Vec<Operation>);

impl Operations {
    pub(super) fn new(operations: Vec<Operation>) -> Self {
        Self(operations)
    }

    /// Each operation with its id.
    pub fn with_ids(&self) -> impl Iterator<Item = (OperationId, &Operation)> {
        let all = self.0.iter().enumerate();
        all.map(|(at, operation)| (OperationId(at), operation))
    }

    /// The operation of one API (`None`: the main one) by `METHOD /path` or by its id, as published or with runs of `_`
    /// made one. `None` if there is none, or if the name fits several equally well.
    pub fn find(&self, api: Option<&str>, name: &str) -> Option<OperationId> {
        match self.candidates(api, name).as_slice() {
            [one] => Some(*one),
            _ => None,
        }
    }

    /// The operations that a name fits best: an exact match leaves no room for a loose one.
    pub fn candidates(&self, api: Option<&str>, name: &str) -> Vec<OperationId> {
        let id =
            |operation: &Operation, fits: &dyn Fn(&str) -> bool| operation.published_id.as_deref().is_some_and(fits);
        let ways: [&dyn Fn(&Operation) -> bool; 4] = [
            &|operation| operation.request_line() == name,
            &|operation| id(operation, &|id| id == name),
            &|operation| operation.id == name,
            &|operation| id(operation, &|id| collapsed(id) == collapsed(name)),
        ];
        let of_api = || self.with_ids().filter(|(_, operation)| operation.api.as_deref() == api);
        let found = ways.iter().map(|fits| {
            let fitting = of_api().filter(|(_, operation)| fits(operation));
            fitting.map(|(at, _)| at).collect::<Vec<_>>()
        });
        found.into_iter().find(|found| !found.is_empty()).unwrap_or_default()
    }
}

impl Index<OperationId> for Operations {
    type Output = Operation;

    fn index(&self, id: OperationId) -> &Operation {
        &self.0[id.0]
    }
}

impl Deref for Operations {
    type Target = [Operation];

    fn deref(&self) -> &[Operation] {
        &self.0
    }
}

/// An id with each run of `_` made one.
fn collapsed(id: &str) -> String {
    let words: Vec<&str> = id.split('_').filter(|word| !word.is_empty()).collect();
    words.join("_")
}
