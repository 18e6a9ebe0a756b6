//! Which values fit where.

use serde_json::Value as Json;

use crate::document::{Document, Shape, ShapeKind};

/// Why a value does not fit, as the end of a sentence; `None` if it does.
pub fn mismatch(document: &Document, found: &Shape, wanted: &Shape) -> Option<String> {
    if fits(Typed::new(document, found), Typed::new(document, wanted)) {
        return None;
    }
    let (wanted, found) = match (items(document, wanted), items(document, found)) {
        (Some(wanted), Some(found)) => (
            format!("a list, each item {}", wanted.describe()),
            format!("a list, each item {}", found.describe()),
        ),
        _ => (wanted.describe().to_owned(), found.describe().to_owned()),
    };
    Some(format!("takes {wanted}, this is {found}"))
}

fn items(document: &Document, list: &Shape) -> Option<Shape> {
    match &list.kind {
        ShapeKind::Array(items) => Some(document.shape(items)),
        _ => None,
    }
}

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

/// A literal that an enumeration does not have.
pub fn unlisted<'s>(value: &Json, wanted: &'s Shape) -> Option<&'s [Json]> {
    let values = wanted.values.as_deref()?;
    (!values.contains(value)).then_some(values)
}

/// The shape of an array whose items have this JSON Schema.
pub fn array_of(items: Json) -> Shape {
    Shape {
        kind: ShapeKind::Array(Box::new(items)),
        ..Shape::any()
    }
}

/// The shape of a list of anything, of which some may be absent.
pub fn anything(gaps: bool) -> Shape {
    array_of(serde_json::json!({ "nullable": gaps }))
}

pub fn of(kind: ShapeKind) -> Shape {
    Shape { kind, ..Shape::any() }
}

pub fn map() -> Shape {
    of(ShapeKind::Object(Default::default(), Some(Box::new(Json::Bool(true)))))
}
