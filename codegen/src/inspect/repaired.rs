//! Where a document has what the build repairs.

use serde_json::Value;

use crate::{
    document::{Document, Operation, below},
    layout,
};

use super::repairs::REPAIRS;

/// So many places are shown of each construct, unless all are wanted.
const MOST: usize = 2;

/// A construct, what becomes of it, and where it is.
struct Found {
    what: String,
    how: &'static str,
    places: Vec<String>,
}

pub fn section(document: &Document, operations: &[Operation], all: bool) -> String {
    let mut found = of_operations(document, operations);
    let mut places = vec![Vec::new(); REPAIRS.len()];
    walk(&document.root, "#", false, &mut places);
    found.extend(REPAIRS.iter().zip(places).map(|(repair, places)| Found {
        what: repair.what.to_owned(),
        how: repair.how,
        places,
    }));
    found.retain(|found| !found.places.is_empty());
    match found.is_empty() {
        true => "\nNothing needs repair.\n".to_owned(),
        false => found.iter().fold("\nRepaired by the build\n".to_owned(), |text, found| text + &shown(found, all)),
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
                    walk(inner, &below(pointer, key), !names && NAMES.contains(&key.as_str()), places);
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

fn of_operations(document: &Document, operations: &[Operation]) -> Vec<Found> {
    let found = |what: &str, how, places| Found {
        what: what.to_owned(),
        how,
        places,
    };
    let those = |wanted: &dyn Fn(&Operation) -> bool| {
        let found = operations.iter().filter(|operation| wanted(operation));
        found.map(|operation| operation.pointer.clone()).collect::<Vec<_>>()
    };
    let node = |operation: &Operation| document.lookup(&operation.pointer).cloned().unwrap_or_default();
    vec![
        found("a server that is relative or a template", "the mapping's `api.server.default` decides", servers(document)),
        found("no operationId", "one is made of method and path", those(&|operation| operation.published_id.is_none())),
        found("an operationId that another one reads like", "a number is added", those(&|operation| {
            let twin = |other: &&Operation| other.pointer != operation.pointer && same(other, operation);
            operation.published_id.is_some() && operations.iter().any(|other| twin(&other))
        })),
        found("several successful statuses", "the first with a JSON answer stands for all of 2xx", those(&|operation| {
            successes(&node(operation)).count() > 1
        })),
        found("several media types", "JSON is sent and read", those(&|operation| {
            let node = node(operation);
            let answers = successes(&node).map(|(_, response)| &document.resolve(response)["content"]);
            let body = &document.resolve(&node["requestBody"])["content"];
            answers.chain([body]).any(|content| content.as_object().is_some_and(|types| types.len() > 1))
        })),
        found("a parameter of the path that is not declared", "a required string", those(&|operation| {
            let pointers = ["parameters"].map(|key| document.lookup(&below(&operation.pointer, key)).is_none());
            operation.path.contains('{') && pointers == [true] && !item_declares(document, operation)
        })),
    ]
}

fn item_declares(document: &Document, operation: &Operation) -> bool {
    let item = document.resolve(&document.root["paths"][&operation.path]);
    item["parameters"].as_array().is_some_and(|parameters| !parameters.is_empty())
}

/// Whether two published ids would name the same method.
fn same(one: &Operation, other: &Operation) -> bool {
    let plain = |operation: &Operation| {
        let id = operation.published_id.as_deref().unwrap_or_default();
        id.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase()
    };
    other.published_id.is_some() && plain(one) == plain(other)
}

fn successes(node: &Value) -> impl Iterator<Item = (&String, &Value)> {
    let responses = node["responses"].as_object().into_iter().flatten();
    responses.filter(|(status, _)| status.starts_with('2'))
}

fn servers(document: &Document) -> Vec<String> {
    let servers = document.root["servers"].as_array().into_iter().flatten().enumerate();
    let unusable = |url: &str| !url.starts_with("http") || url.contains('{');
    servers
        .filter(|(_, server)| server["url"].as_str().is_some_and(unusable))
        .map(|(at, _)| format!("#/servers/{at}"))
        .collect()
}
