//! What no call can use, with the overlay action that mends it.

use indexmap::IndexMap;
use serde_json::Value;

use crate::{
    document::{Document, Operation, Success, Unsupported, below},
    tools::layout,
};

pub fn section(document: &Document, operations: &[Operation]) -> String {
    let found = found(document, operations);
    if found.is_empty() {
        return "\nNothing is refused.\n".to_owned();
    }
    let mut text = "\nRefused, if the mapping wants it\n".to_owned();
    for (when, construct) in found {
        let rows = [
            ("at", &construct.pointer),
            ("why", &construct.what),
            ("help", &construct.mend),
        ];
        text.push_str(&format!("  {when}\n{}", layout::rows(4, &rows)));
    }
    text
}

/// What cannot be used, each with when that matters: `calling POST /files`.
pub fn found(document: &Document, operations: &[Operation]) -> Vec<(String, Unsupported)> {
    let mut found: Vec<(String, Unsupported)> = Vec::new();
    let mut add = |when: String, constructs: &mut dyn Iterator<Item = &Unsupported>| {
        found.extend(constructs.map(|construct| (when.clone(), construct.clone())));
    };
    for operation in operations {
        let label = operation.label();
        add(format!("calling {label}"), &mut operation.constructs.iter());
        for parameter in &operation.parameters {
            let when = format!("giving `{}` to {label}", parameter.name);
            add(when, &mut parameter.construct.iter());
        }
        let mut body = operation.body.iter().flat_map(|body| &body.construct);
        add(format!("giving a body to {label}"), &mut body);
        if let Success::Other(construct) = &operation.success {
            add(
                format!("reading the answer of {label}"),
                &mut std::iter::once(construct),
            );
        }
    }
    let when = "reading or giving what stands there".to_owned();
    add(when, &mut dangling(document).iter());
    found
}

/// References that lead nowhere, each where it first stands.
fn dangling(document: &Document) -> Vec<Unsupported> {
    let mut references = IndexMap::new();
    collect(&document.root, "#", &mut references);
    references.retain(|reference, _| document.lookup(reference).is_none());
    references
        .into_iter()
        .map(|(reference, pointer)| Unsupported::unresolved(document, &pointer, reference))
        .collect()
}

/// Every reference, in document order, with its first place.
fn collect<'d>(node: &'d Value, pointer: &str, references: &mut IndexMap<&'d str, String>) {
    if let Some(reference) = node.get("$ref").and_then(Value::as_str) {
        references.entry(reference).or_insert_with(|| pointer.to_owned());
    }
    match node {
        Value::Object(keys) => keys
            .iter()
            .for_each(|(key, inner)| collect(inner, &below(pointer, key), references)),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .for_each(|(at, inner)| collect(inner, &below(pointer, &at.to_string()), references)),
        _ => {}
    }
}
