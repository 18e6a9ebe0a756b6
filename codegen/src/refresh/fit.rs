//! Whether what was of one type is of another, the two in different documents.

use crate::document::{Document, Shape, ShapeKind};

/// A shape and the document that its parts are to be looked up in.
#[derive(Clone, Copy)]
pub struct Typed<'a> {
    pub document: &'a Document,
    pub shape: &'a Shape,
}

const MAX_DEPTH: usize = 6;

/// Whether every value of `found` may stand where `wanted` is expected. Objects are compared field by field elsewhere.
pub fn fits(found: Typed<'_>, wanted: Typed<'_>) -> bool {
    at(found, wanted, 0)
}

fn at(found: Typed<'_>, wanted: Typed<'_>, depth: usize) -> bool {
    use ShapeKind::{Any, Array, Integer, Number, Object, Union};
    if depth > MAX_DEPTH {
        return true;
    }
    let part = |typed: &Typed<'_>, shape: &Shape, other: bool| {
        let part = Typed { shape, ..*typed };
        if other {
            at(found, part, depth + 1)
        } else {
            at(part, wanted, depth + 1)
        }
    };
    match (&found.shape.kind, &wanted.shape.kind) {
        (Any, _) | (_, Any) | (Integer, Number) | (Object(..), Object(..)) => true,
        (Union(arms), _) => arms.iter().all(|arm| part(&found, arm, false)),
        (_, Union(arms)) => arms.iter().any(|arm| part(&wanted, arm, true)),
        (Array(own), Array(other)) => {
            let (own, other) = (found.document.shape(own), wanted.document.shape(other));
            let own = Typed { shape: &own, ..found };
            at(
                own,
                Typed {
                    shape: &other,
                    ..wanted
                },
                depth + 1,
            )
        }
        (own, other) => std::mem::discriminant(own) == std::mem::discriminant(other),
    }
}
