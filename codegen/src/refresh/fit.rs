//! Whether what was of one type is of another, the two in different documents.

use crate::document::{Document, Shape, ShapeKind};

/// A shape and the document that its parts are to be looked up in.
#[derive(Clone, Copy)]
pub struct Typed<'a> {
    pub document: &'a Document,
    pub shape: &'a Shape,
}

impl<'a> Typed<'a> {
    pub fn new(document: &'a Document, shape: &'a Shape) -> Self {
        Self { document, shape }
    }

    /// Another shape of the same document.
    pub fn part<'b>(self, shape: &'b Shape) -> Typed<'b>
    where
        'a: 'b,
    {
        Typed::new(self.document, shape)
    }
}

const MAX_DEPTH: usize = 6;

/// Whether every value of `found` may stand where `wanted` is expected. Objects are compared field by field elsewhere.
pub fn fits(found: Typed<'_>, wanted: Typed<'_>) -> bool {
    at(found, wanted, MAX_DEPTH)
}

fn at(found: Typed<'_>, wanted: Typed<'_>, depth: usize) -> bool {
    use ShapeKind::{Any, Array, Integer, Number, Object, Union};
    let Some(below) = depth.checked_sub(1) else {
        return true;
    };
    match (&found.shape.kind, &wanted.shape.kind) {
        (Any, _) | (_, Any) | (Integer, Number) | (Object(..), Object(..)) => true,
        (Union(arms), _) => arms.iter().all(|arm| at(found.part(arm), wanted, below)),
        (_, Union(arms)) => arms.iter().any(|arm| at(found, wanted.part(arm), below)),
        (Array(own), Array(other)) => {
            let (own, other) = (found.document.shape(own), wanted.document.shape(other));
            at(found.part(&own), wanted.part(&other), below)
        }
        (own, other) => std::mem::discriminant(own) == std::mem::discriminant(other),
    }
}
