//! Where a document has what the build repairs.

use std::collections::HashMap;

use serde_json::Value;

use crate::{
    document::{Document, Location, Operation, below},
    naming::letters,
    tools::layout,
};

use super::repairs::REPAIRS;

/// How many places are shown of each construct, unless all are wanted.
const MOST: usize = 2;

/// A construct, what becomes of it, and where it is.
struct Found {
    what: &'static str,
    how: &'static str,
    places: Vec<String>,
}

pub fn section(document: &Document, operations: &[Operation], all: bool) -> String {
    let mut found = of_operations(document, operations);
    let mut places = vec![Vec::new(); REPAIRS.len()];
    walk(&document.root, "#", false, &mut places);
    found.extend(REPAIRS.iter().zip(places).map(|(repair, places)| Found {
        what: repair.what,
        how: repair.how,
        places,
    }));
    found.retain(|found| !found.places.is_empty());
    match found.is_empty() {
        true => "\nNothing needs repair.\n".to_owned(),
        false => found
            .iter()
            .fold("\nRepaired by the build\n".to_owned(), |text, found| {
                text + &shown(found, all)
            }),
    }
}

fn shown(found: &Found, all: bool) -> String {
    let count = found.places.len();
    let most = if all { count } else { MOST };
    let mut lines: Vec<String> = found.places.iter().take(most).cloned().collect();
    if count > most {
        lines.push(format!("and {} more", count - most));
    }
    let rows = [("becomes", found.how.to_owned()), ("at", lines.join("\n"))];
    format!("  {}\n{}", found.what, layout::rows(4, &rows))
}

/// Values and names are no schemas: an example may look like one, and a field may be called `default`.
fn walk(node: &Value, pointer: &str, names: bool, places: &mut [Vec<String>]) {
    match node {
        Value::Object(keys) => {
            if !names {
                note(node, pointer, places);
            }
            for (key, inner) in keys {
                let data = !names && DATA.contains(&key.as_str());
                if !data && !key.starts_with("x-") {
                    walk(
                        inner,
                        &below(pointer, key),
                        !names && NAMES.contains(&key.as_str()),
                        places,
                    );
                }
            }
        }
        Value::Array(items) => {
            for (at, inner) in items.iter().enumerate() {
                walk(inner, &below(pointer, &at.to_string()), false, places);
            }
        }
        _ => {}
    }
}

const DATA: [&str; 5] = ["example", "examples", "default", "enum", "const"];
const NAMES: [&str; 3] = ["properties", "schemas", "$defs"];

fn note(node: &Value, pointer: &str, places: &mut [Vec<String>]) {
    for (repair, places) in REPAIRS.iter().zip(places) {
        if (repair.found)(node) {
            places.push(pointer.to_owned());
        }
    }
}

/// A repair of a whole operation.
struct OperationRepair {
    what: &'static str,
    how: &'static str,
    found: fn(&Document, &Operation) -> bool,
}

const OPERATION_REPAIRS: &[OperationRepair] = &[
    OperationRepair {
        what: "no operationId",
        how: "one is made of method and path",
        found: |_, operation| operation.published_id.is_none(),
    },
    OperationRepair {
        what: "several successful statuses",
        how: "one answer, in which a field is always there only if each of them has it",
        found: |document, operation| successes(document, operation).len() > 1,
    },
    OperationRepair {
        what: "several media types",
        how: "JSON is sent and read",
        found: |document, operation| {
            let body = &document.resolve(&operation.node(document)["requestBody"])["content"];
            let answers = successes(document, operation);
            let mut contents = answers.iter().map(|answer| &answer["content"]).chain([body]);
            contents.any(|content| content.as_object().is_some_and(|types| types.len() > 1))
        },
    },
    OperationRepair {
        what: "a parameter of the path that is not declared",
        how: "a required string",
        found: |document, operation| {
            let declared = declared(document, operation);
            let mut path = operation.at(Location::Path);
            path.any(|parameter| !declared.contains(&parameter.name.as_str()))
        },
    },
];

fn of_operations(document: &Document, operations: &[Operation]) -> Vec<Found> {
    let mut all = vec![Found {
        what: "a server that is relative or a template",
        how: "the mapping's `api.server.default` decides",
        places: servers(document),
    }];
    all.push(Found {
        what: "an operationId that reads like another",
        how: "a number is added",
        places: like_another(operations),
    });
    all.extend(OPERATION_REPAIRS.iter().map(|repair| {
        let found = |operation: &&Operation| (repair.found)(document, operation);
        let those = operations.iter().filter(found);
        Found {
            what: repair.what,
            how: repair.how,
            places: those.map(|operation| operation.pointer.clone()).collect(),
        }
    }));
    all
}

/// The operations whose published ids would name the same method as another's.
fn like_another(operations: &[Operation]) -> Vec<String> {
    let plain = |operation: &Operation| operation.published_id.as_deref().map(letters);
    let mut counts: HashMap<String, usize> = HashMap::new();
    for id in operations.iter().filter_map(plain) {
        *counts.entry(id).or_default() += 1;
    }
    let twice = |operation: &&Operation| plain(operation).is_some_and(|id| counts[&id] > 1);
    operations
        .iter()
        .filter(twice)
        .map(|operation| operation.pointer.clone())
        .collect()
}

fn successes<'d>(document: &'d Document, operation: &Operation) -> Vec<&'d Value> {
    let responses = operation.node(document)["responses"].as_object().into_iter().flatten();
    let successful = responses.filter(|(status, _)| status.starts_with('2'));
    successful.map(|(_, response)| document.resolve(response)).collect()
}

/// The names of the parameters that the operation or its path declares.
fn declared<'d>(document: &'d Document, operation: &Operation) -> Vec<&'d str> {
    let item = operation.item(document);
    let lists = [&item["parameters"], &operation.node(document)["parameters"]];
    let parameters = lists.into_iter().filter_map(Value::as_array).flatten();
    parameters
        .filter_map(|parameter| document.resolve(parameter)["name"].as_str())
        .collect()
}

fn servers(document: &Document) -> Vec<String> {
    let servers = document.root["servers"].as_array().into_iter().flatten().enumerate();
    let unusable = |url: &str| !url.starts_with("http") || url.contains('{');
    servers
        .filter(|(_, server)| server["url"].as_str().is_some_and(unusable))
        .map(|(at, _)| format!("#/servers/{at}"))
        .collect()
}
