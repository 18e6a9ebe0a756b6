//! Constructs that no call can use, named with their place and the overlay action that mends them.

use serde_json::Value;

use super::{APIS, Document};

#[derive(Clone, Debug, PartialEq)]
pub struct Construct {
    /// `#/paths/~1files/get/parameters/0`
    pub pointer: String,
    /// What it is, as the rest of a sentence that begins with its place.
    pub what: String,
    /// What to do, with the overlay actions.
    pub mend: String,
    /// They alone, in YAML's flow style.
    pub actions: Vec<String>,
}

impl Construct {
    /// The change is the end of the action: `update: {style: form}` or `remove: true`.
    pub fn new(pointer: &str, what: impl Into<String>, change: &str) -> Self {
        let action = action(pointer, change);
        Self {
            pointer: pointer.to_owned(),
            what: what.into(),
            mend: format!("mend it in the overlay: `{action}`"),
            actions: vec![action],
        }
    }

    /// A reference that cannot be followed from `pointer`.
    pub fn unresolved(pointer: &str, reference: &str) -> Self {
        let whither = if reference.starts_with('#') {
            "nowhere"
        } else {
            "out of the document"
        };
        let remove = action(&format!("{pointer}/$ref"), "remove: true");
        let update = action(pointer, "update: {…}");
        Self {
            pointer: pointer.to_owned(),
            what: format!("`$ref: {reference}` leads {whither}"),
            mend: format!(
                "vendor the document as one file, or write in the overlay what belongs there: `{remove}`, then `{update}`"
            ),
            actions: vec![remove, update],
        }
    }
}

fn action(pointer: &str, change: &str) -> String {
    format!("{{target: {}, why: …, {change}}}", Value::from(json_path(pointer)))
}

/// `#/paths/~1files/get/parameters/0` as `$.paths['/files'].get.parameters[0]`.
pub fn json_path(pointer: &str) -> String {
    const LISTS: [&str; 5] = ["parameters", "servers", "allOf", "anyOf", "oneOf"];
    let mut path = "$".to_owned();
    let mut within = String::new();
    // An overlay is of one document, and a further one begins below its name.
    let further = pointer.starts_with(&below("#", APIS));
    for part in pointer
        .trim_start_matches('#')
        .split('/')
        .skip(if further { 3 } else { 1 })
    {
        let name = part.replace("~1", "/").replace("~0", "~");
        if LISTS.contains(&within.as_str()) && name.parse::<usize>().is_ok() {
            path.push_str(&format!("[{name}]"));
        } else if name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        {
            path.push_str(&format!(".{name}"));
        } else {
            path.push_str(&format!("['{}']", name.replace('\'', "\\'")));
        }
        within = name;
    }
    path
}

/// One more step of a pointer.
pub fn below(pointer: &str, key: &str) -> String {
    format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"))
}

/// Where a node that may be a reference really stands.
pub fn place(document: &Document, node: &Value, pointer: String) -> String {
    match node.get("$ref").and_then(Value::as_str) {
        Some(reference) if document.lookup(reference).is_some() => super::plain_pointer(reference).into_owned(),
        _ => pointer,
    }
}

/// The first place, in document order, at which a reference stands.
pub fn find_reference(node: &Value, reference: &str, pointer: &str) -> Option<String> {
    if node.get("$ref").and_then(Value::as_str) == Some(reference) {
        return Some(pointer.to_owned());
    }
    match node {
        Value::Object(map) => map
            .iter()
            .find_map(|(key, inner)| find_reference(inner, reference, &below(pointer, key))),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .find_map(|(at, inner)| find_reference(inner, reference, &below(pointer, &at.to_string()))),
        _ => None,
    }
}
