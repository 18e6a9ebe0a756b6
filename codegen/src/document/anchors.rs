//! References by `$anchor`, as JSON Schema 2020-12 has them: `#thing` is what says `$anchor: thing`.

use std::collections::HashMap;

use serde_json::Value;

use super::below;

const KEYWORDS: [&str; 2] = ["$anchor", "$dynamicAnchor"];

/// Whether a document has any, by its text: most have none, and are not gone through.
pub(super) fn may_be_in(text: &str) -> bool {
    KEYWORDS.iter().any(|keyword| text.contains(keyword))
}

/// Writes references to anchors as pointers, which is what everything after looks up. One to an anchor that is not there
/// stays, and leads nowhere.
pub(super) fn as_pointers(root: &mut Value) {
    let mut anchors = HashMap::new();
    collect(root, "#".to_owned(), &mut anchors);
    if !anchors.is_empty() {
        rewrite(root, &anchors);
    }
}

fn collect(node: &Value, pointer: String, anchors: &mut HashMap<String, String>) {
    for keyword in KEYWORDS {
        if let Some(name) = node.get(keyword).and_then(Value::as_str) {
            anchors.entry(format!("#{name}")).or_insert_with(|| pointer.clone());
        }
    }
    match node {
        Value::Object(fields) => fields
            .iter()
            .for_each(|(key, inner)| collect(inner, below(&pointer, key), anchors)),
        Value::Array(items) => {
            (items.iter().enumerate()).for_each(|(at, inner)| collect(inner, below(&pointer, &at.to_string()), anchors))
        }
        _ => {}
    }
}

fn rewrite(node: &mut Value, anchors: &HashMap<String, String>) {
    match node {
        Value::Object(fields) => {
            if let Some(Value::String(reference)) = fields.get_mut("$ref")
                && let Some(pointer) = anchors.get(reference)
            {
                pointer.clone_into(reference);
            }
            fields.values_mut().for_each(|inner| rewrite(inner, anchors));
        }
        Value::Array(items) => items.iter_mut().for_each(|inner| rewrite(inner, anchors)),
        _ => {}
    }
}
