//! What a document says to people only: it may change, and nothing has.

use serde_json::{Map, Value};

/// Keys that say nothing of what is sent and answered.
const PROSE: [&str; 8] = [
    "$comment",
    "description",
    "example",
    "examples",
    "externalDocs",
    "summary",
    "tags",
    "title",
];

/// Whether two nodes say the same of what is sent and answered.
pub fn same(old: &Value, new: &Value) -> bool {
    match (old, new) {
        (Value::Object(old), Value::Object(new)) => fields(old, new),
        (Value::Array(old), Value::Array(new)) => {
            old.len() == new.len() && old.iter().zip(new).all(|(old, new)| same(old, new))
        }
        _ => old == new,
    }
}

fn fields(old: &Map<String, Value>, new: &Map<String, Value>) -> bool {
    let known = |map: &Map<String, Value>, other: &Map<String, Value>| {
        map.keys()
            .filter(|name| !is_prose(name))
            .all(|name| other.contains_key(name))
    };
    let alike = |(name, old): (&String, &Value)| {
        let new = new.get(name).unwrap_or(&Value::Null);
        match (old, new) {
            _ if is_prose(name) => true,
            // These are the names of fields, whatever they are.
            (Value::Object(old), Value::Object(new)) if name == "properties" => {
                old.len() == new.len()
                    && old
                        .iter()
                        .all(|(name, old)| new.get(name).is_some_and(|new| same(old, new)))
            }
            _ => same(old, new),
        }
    };
    known(old, new) && known(new, old) && old.iter().all(alike)
}

fn is_prose(name: &str) -> bool {
    PROSE.contains(&name) || name.starts_with("x-")
}
