//! Literals of a declared schema: bounds, listed values, and whether a value fits.

use crate::yaml::{Node, NodeKind};

use super::declared::Beyond;

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

/// Two bounds of a sensible kind, in their order.
pub fn bounds(schema: &Node, least: &str, most: &str, sensible: impl Fn(&Node) -> bool) -> Result<(), Beyond> {
    for keyword in [least, most] {
        if let Some(bound) = schema.get(keyword).filter(|bound| !sensible(bound)) {
            return Err((bound.span, format!("`{keyword}` cannot be {}", bound.to_json())));
        }
    }
    let number = |keyword: &str| schema.get(keyword).and_then(number);
    match (number(least), number(most), schema.get(most)) {
        (Some(low), Some(high), Some(node)) if low > high => {
            Err((node.span, format!("`{most}` is below `{least}`, so nothing fits")))
        }
        _ => Ok(()),
    }
}

/// The values of `enum`.
pub fn listed(schema: &Node) -> Result<(), Beyond> {
    let Some(values) = schema.get("enum") else {
        return Ok(());
    };
    let NodeKind::List(items) = &values.kind else {
        return Err((values.span, format!("`enum` is a list, this is {}", values.describe())));
    };
    if items.is_empty() {
        return Err((values.span, "`enum` lists nothing, so nothing fits".to_owned()));
    }
    for item in items {
        if let Some(problem) = misfit(item, schema) {
            return Err((item.span, format!("a listed value {problem}")));
        }
    }
    Ok(())
}
