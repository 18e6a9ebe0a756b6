//! What the keywords of a schema say themselves, its parts and choices aside.

use serde_json::Value;

use super::{Properties, Type, TypeKind};

fn require(properties: &mut Properties, node: &Value) {
    for name in node["required"].as_array().into_iter().flatten() {
        if let Some((_, required)) = name.as_str().and_then(|name| properties.get_mut(name)) {
            *required = true;
        }
    }
}

pub(super) fn typed(node: &Value) -> Type {
    let types: Vec<&str> = match &node["type"] {
        Value::String(one) => vec![one],
        Value::Array(many) => many.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let types: Vec<&str> = types.into_iter().filter(|name| *name != "null").collect();
    let kind = match types.as_slice() {
        [one] => of_type(one, node),
        [] => implied(node),
        many => TypeKind::Union(many.iter().map(|t| Type::plain(of_type(t, node))).collect()),
    };
    let mut values = allowed(node);
    let nullable = values.iter().flatten().any(Value::is_null);
    values
        .iter_mut()
        .for_each(|values| values.retain(|value| !value.is_null()));
    let format = node["format"].as_str().unwrap_or_default();
    Type {
        nullable,
        values,
        never_numeric: kind == TypeKind::String && NO_NUMBERS.contains(&format),
        ..Type::plain(kind)
    }
}

/// Formats of texts that are no numbers.
const NO_NUMBERS: [&str; 10] = [
    "date",
    "date-time",
    "duration",
    "email",
    "hostname",
    "ipv4",
    "ipv6",
    "time",
    "uri",
    "uuid",
];

/// A schema without `type` is what its other keywords speak of.
fn implied(node: &Value) -> TypeKind {
    if node["properties"].is_object() || node["additionalProperties"].is_object() {
        return of_type("object", node);
    }
    if node.get("items").is_some() {
        return of_type("array", node);
    }
    let first = node.get("const").or_else(|| node["enum"].as_array()?.first());
    match first {
        Some(Value::String(_)) => TypeKind::String,
        Some(Value::Bool(_)) => TypeKind::Boolean,
        Some(Value::Number(n)) if n.is_i64() || n.is_u64() => TypeKind::Integer,
        Some(Value::Number(_)) => TypeKind::Number,
        _ => TypeKind::Any,
    }
}

fn of_type(name: &str, node: &Value) -> TypeKind {
    match name {
        "boolean" => TypeKind::Boolean,
        "integer" => TypeKind::Integer,
        "number" => TypeKind::Number,
        "string" if is_binary(node) => TypeKind::Binary,
        "string" => TypeKind::String,
        "array" => {
            let items = node.get("items").cloned().unwrap_or(Value::Bool(true));
            TypeKind::Array(Box::new(items))
        }
        "object" => object(node),
        _ => TypeKind::Any,
    }
}

/// Bytes are `format: binary` or `byte` in 3.0; later a string has an encoding, or a media type that is no text.
fn is_binary(node: &Value) -> bool {
    let named = |keyword: &str, names: &[&str]| node[keyword].as_str().is_some_and(|name| names.contains(&name));
    named("format", &["binary", "byte"]) || is_base64(node) || named("contentMediaType", &["application/octet-stream"])
}

/// Whether what is sent is base64 itself, wherever it stands.
pub(super) fn is_base64(node: &Value) -> bool {
    node["format"] == "byte" || node["contentEncoding"] == "base64"
}

fn object(node: &Value) -> TypeKind {
    let mut properties = Properties::new();
    for (name, schema) in node["properties"].as_object().into_iter().flatten() {
        properties.insert(name.clone(), (schema.clone(), false));
    }
    require(&mut properties, node);
    let others = match &node["additionalProperties"] {
        // Whatever has a name of the pattern may be another thing than all that is said beside it.
        _ if node["patternProperties"].is_object() => Some(Box::new(Value::Bool(true))),
        Value::Object(schema) => Some(Box::new(Value::Object(schema.clone()))),
        Value::Bool(true) => Some(Box::new(Value::Bool(true))),
        // JSON Schema's default is open; a document that lists properties means those.
        Value::Null if properties.is_empty() => Some(Box::new(Value::Bool(true))),
        _ => None,
    };
    TypeKind::Object(properties, others)
}

pub(super) fn has_null_type(node: &Value) -> bool {
    match &node["type"] {
        Value::Array(types) => types.iter().any(|name| name == "null"),
        name => name == "null",
    }
}

fn allowed(node: &Value) -> Option<Vec<Value>> {
    if let Some(value) = node.get("const") {
        return Some(vec![value.clone()]);
    }
    node["enum"].as_array().cloned()
}
