//! What no call can use, with the overlay action that mends it.

use serde_json::Value;

use crate::{
    document::{Construct, Document, Operation, Success},
    layout,
};

pub fn section(document: &Document, operations: &[Operation]) -> String {
    let mut found: Vec<(String, &Construct)> = Vec::new();
    let dangling = dangling(document);
    for operation in operations {
        let when = |what: &str| format!("{what} {}", operation.label());
        found.extend(
            operation
                .constructs
                .iter()
                .map(|construct| (when("calling"), construct)),
        );
        for parameter in &operation.parameters {
            let giving = format!("giving `{}` to {}", parameter.name, operation.label());
            found.extend(parameter.construct.iter().map(|construct| (giving.clone(), construct)));
        }
        let body = operation.body.iter().flat_map(|body| &body.construct);
        found.extend(body.map(|construct| (when("giving a body to"), construct)));
        if let Success::Other(construct) = &operation.success {
            found.push((when("reading the answer of"), construct));
        }
    }
    found.extend(
        dangling
            .iter()
            .map(|construct| ("reading or giving what stands there".to_owned(), construct)),
    );
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
