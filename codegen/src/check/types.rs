//! Which values fit where.

use serde_json::Value as Json;

use crate::document::{Document, Shape, ShapeKind};

/// Why a value does not fit, as the end of a sentence; `None` if it does.
pub fn mismatch(document: &Document, found: &Shape, wanted: &Shape) -> Option<String> {
    if fits(document, found, wanted, 0) {
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

fn fits(document: &Document, found: &Shape, wanted: &Shape, depth: usize) -> bool {
    use ShapeKind::{Any, Array, Integer, Number, Object, Union};
    if depth > 6 {
        return true;
    }
    match (&found.kind, &wanted.kind) {
        (Any, _) | (_, Any) => true,
        (Union(arms), _) => arms.iter().all(|arm| fits(document, arm, wanted, depth + 1)),
        (_, Union(arms)) => arms.iter().any(|arm| fits(document, found, arm, depth + 1)),
        (Integer, Number) => true,
        (Array(found), Array(wanted)) => fits(document, &document.shape(found), &document.shape(wanted), depth + 1),
        (Object(..), Object(..)) => true,
        (found, wanted) => std::mem::discriminant(found) == std::mem::discriminant(wanted),
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
