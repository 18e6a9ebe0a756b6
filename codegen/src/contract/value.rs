//! Literals of a declared schema, held against it.

use crate::yaml::{Node, NodeKind};

/// Why a literal does not fit a schema that has been checked, as the end of a sentence; `None` if it does.
pub fn misfit(value: &Node, schema: &Node) -> Option<String> {
    let kind = schema.get("type").and_then(Node::as_str).unwrap_or_default();
    let of_type = matches!(
        (&value.kind, kind),
        (NodeKind::String(_), "string")
            | (NodeKind::Boolean(_), "boolean")
            | (NodeKind::List(_), "array")
            | (NodeKind::Integer(_), "integer" | "number")
            | (NodeKind::Number(_), "number")
    );
    if !of_type {
        return Some(format!("is {}, not of type `{kind}`", value.describe()));
    }
    if let (NodeKind::List(values), Some(items)) = (&value.kind, schema.get("items")) {
        return values.iter().find_map(|value| misfit(value, items));
    }
    if !within(value, schema) {
        return Some("is not within the bounds".to_owned());
    }
    let listed = match schema.get("enum").map(|node| &node.kind) {
        Some(NodeKind::List(values)) => values.iter().any(|known| known.kind == value.kind),
        _ => true,
    };
    (!listed).then(|| "is not one of `enum`".to_owned())
}

fn within(value: &Node, schema: &Node) -> bool {
    let (size, least, most) = match &value.kind {
        NodeKind::String(text) => (Some(text.chars().count() as f64), "minLength", "maxLength"),
        _ => (number(value), "minimum", "maximum"),
    };
    let bound = |keyword: &str| schema.get(keyword).and_then(number);
    let Some(size) = size else { return true };
    bound(least).is_none_or(|least| size >= least) && bound(most).is_none_or(|most| size <= most)
}

pub fn number(node: &Node) -> Option<f64> {
    match node.kind {
        NodeKind::Integer(n) => Some(n as f64),
        NodeKind::Number(n) => Some(n),
        _ => None,
    }
}
