//! The shorthands of a schema's source, written out.

use serde_json::{Map, Value, json};

/// The schema as draft-07. Every node that the reader reads key by key takes no others.
pub fn expand(source: &Value) -> Value {
    let merged = with_all(source);
    let mut schema = json!({"$schema": "http://json-schema.org/draft-07/schema#"});
    if let (Value::Object(schema), Value::Object(rest)) = (&mut schema, node(&merged)) {
        schema.extend(rest);
    }
    schema
}

/// `with`: the keys of other definitions are those of this one too.
pub fn with_all(source: &Value) -> Value {
    let mut merged = source.clone();
    let definitions = source["definitions"].as_object().into_iter().flatten();
    for (name, definition) in definitions {
        merged["definitions"][name] = with(source, definition);
    }
    merged
}

fn with(source: &Value, definition: &Value) -> Value {
    let mut merged = definition.clone();
    for name in definition["with"].as_array().into_iter().flatten() {
        let other = with(source, &source["definitions"][name.as_str().unwrap_or_default()]);
        let mut properties = other["properties"].as_object().cloned().unwrap_or_default();
        properties.extend(definition["properties"].as_object().cloned().unwrap_or_default());
        merged["properties"] = properties.into();
        // A definition that lists what it requires has the last word: an empty list requires nothing.
        let own = definition["required"].as_array().filter(|own| own.is_empty());
        if own.is_none() {
            let required = [&definition["required"], &other["required"]];
            merged["required"] = required
                .into_iter()
                .filter_map(Value::as_array)
                .flatten()
                .cloned()
                .collect();
        }
    }
    merged
}

fn node(source: &Value) -> Value {
    match source {
        Value::Object(keys) => object(keys),
        Value::Array(items) => items.iter().map(node).collect(),
        other => other.clone(),
    }
}

fn object(keys: &Map<String, Value>) -> Value {
    let mut written = Map::new();
    for (key, value) in keys {
        match key.as_str() {
            "is" => refer(&mut written, keys, reference(value)),
            "oneOrMany" => one_or_many(&mut written, value),
            "with" => {}
            "reader" => {
                written.insert("additionalProperties".into(), false.into());
            }
            "required" if value == &json!([]) => {}
            _ => {
                written.insert(key.clone(), node(value));
            }
        }
    }
    Value::Object(written)
}

fn reference(name: &Value) -> Value {
    json!({"$ref": format!("#/definitions/{}", name.as_str().unwrap_or_default())})
}

/// Beside `$ref`, draft-07 reads nothing: with a description, the reference goes one level down.
fn refer(written: &mut Map<String, Value>, keys: &Map<String, Value>, reference: Value) {
    match (keys.len(), reference) {
        (1, Value::Object(reference)) => written.extend(reference),
        (_, reference) => drop(written.insert("allOf".into(), json!([reference]))),
    }
}

fn one_or_many(written: &mut Map<String, Value>, name: &Value) {
    written.insert("if".into(), json!({"type": "array"}));
    written.insert("then".into(), json!({"items": reference(name)}));
    written.insert("else".into(), reference(name));
}
