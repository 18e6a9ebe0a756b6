//! A payload for a function, read from the schema that it registered.

use serde_json::{Map, Value, json};

/// What is required, and no more: of this sandbox or image. Panics on a field for which it knows nothing.
pub(super) fn payload(schema: &Value, sandbox: &str, image: &str) -> Value {
    let required = schema["required"].as_array().into_iter().flatten();
    let names = required.filter_map(Value::as_str);
    let fields = names.map(|name| {
        (
            name.to_owned(),
            field(name, &schema["properties"][name], sandbox, image),
        )
    });
    Value::Object(fields.collect::<Map<_, _>>())
}

/// Whether a function acts on a sandbox that is there already.
pub(super) fn acts_on_a_sandbox(schema: &Value) -> bool {
    let required = schema["required"].as_array();
    required.is_some_and(|names| names.contains(&json!("sandbox_id")))
}

fn field(name: &str, schema: &Value, sandbox: &str, image: &str) -> Value {
    match (name, schema["type"].as_str()) {
        ("sandbox_id", _) => sandbox.into(),
        ("image", _) => image.into(),
        ("cmd", _) => "true".into(),
        (_, Some("integer")) => schema.get("minimum").cloned().unwrap_or_else(|| json!(1)),
        (_, Some("string")) if schema["contentEncoding"] == "base64" => "eA==".into(),
        (_, Some("string")) => "x".into(),
        (_, Some("array")) => json!([]),
        _ => panic!("no value is known for `{name}`: {schema}"),
    }
}
