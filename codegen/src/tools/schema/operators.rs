//! Operators of the value language as properties of a one-key map.

use serde_json::{Map, Value, json};

use crate::operator::{Field, OPERATORS, Operator, Takes};

/// Adds every operator, with its sentence and its example.
pub fn fill(properties: &mut Value) {
    for operator in OPERATORS {
        properties[operator.name] = schema(operator);
    }
}

fn schema(operator: &Operator) -> Value {
    let mut schema = match operator.takes {
        Takes::One(_) => json!({"allOf": [value()]}),
        Takes::Many(_) => json!({"type": "array", "minItems": 1, "items": value()}),
        Takes::Named(fields) => named(fields),
        Takes::Template => template(),
    };
    schema["description"] = format!("{} For example: `{}`", operator.doc, operator.example).into();
    schema
}

fn named(fields: &[Field]) -> Value {
    let required: Vec<&str> = fields
        .iter()
        .filter(|field| field.required)
        .map(|field| field.name)
        .collect();
    let properties: Map<String, Value> = fields.iter().map(|field| (field.name.to_owned(), said())).collect();
    json!({"type": "object", "additionalProperties": false, "required": required, "properties": properties})
}

/// Text, doubled braces, and references in braces; or such a text with the values that it names.
fn template() -> Value {
    let text = json!({"type": "string", "pattern": r"^([^{}]|\{\{|\}\}|\{\$[^}]+\})+$"});
    let naming = json!({"type": "string", "pattern": r"^([^{}]|\{\{|\}\}|\{(\$[^}]+|[a-z][a-z0-9_]*)\})+$"});
    let named = json!({
        "type": "object",
        "required": ["text"],
        "properties": {"text": naming},
        "additionalProperties": value(),
        "propertyNames": {"pattern": "^[a-z][a-z0-9_]*$"},
    });
    json!({"anyOf": [text, named]})
}

fn value() -> Value {
    json!({"$ref": "#/definitions/value"})
}

/// A value that is not left out.
fn said() -> Value {
    json!({"$ref": "#/definitions/said"})
}
