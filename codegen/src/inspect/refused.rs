//! What no call can use, with the overlay action that mends it.

use serde_json::Value;

use crate::{
    document::{Construct, Document, Operation, Success},
    layout,
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
pub fn found(document: &Document, operations: &[Operation]) -> Vec<(String, Construct)> {
    let mut found: Vec<(String, Construct)> = Vec::new();
    let mut add = |when: String, constructs: &mut dyn Iterator<Item = &Construct>| {
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
fn dangling(document: &Document) -> Vec<Construct> {
    let mut references = Vec::new();
    collect(&document.root, &mut references);
    references.retain(|reference| document.lookup(reference).is_none());
    references
        .into_iter()
        .map(|reference| document.dangling(reference))
        .collect()
}

/// Every reference, in document order, once.
fn collect<'d>(node: &'d Value, references: &mut Vec<&'d str>) {
    let own = node.get("$ref").and_then(Value::as_str);
    references.extend(own.filter(|reference| !references.contains(reference)));
    match node {
        Value::Object(keys) => keys.values().for_each(|inner| collect(inner, references)),
        Value::Array(items) => items.iter().for_each(|inner| collect(inner, references)),
        _ => {}
    }
}
