//! The JSON Schema of a configuration: what a console makes a form of, and the `configuration` worker refuses values by.
//!
//! It takes a little more than the worker does, which has the last word: text that is filled in from the engine's
//! environment, `${VARIABLE}`, can only be judged when that is done.

use serde_json::{Map, Value, json};

use super::keys::{self, Known, WholeNumber};
use super::{Defaults, ExtraKey, Optional};

/// JSON Schema (draft 7) of the whole: an object without other keys, each described.
pub fn schema(defaults: &Defaults, extra: &[ExtraKey]) -> Value {
    let known = keys::known(defaults, extra);
    let required: Vec<_> = known.iter().filter(|key| key.required).map(|key| key.name).collect();
    let properties: Map<String, Value> = known.into_iter().map(property).collect();
    let mut schema = json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "type": "object",
        "additionalProperties": false,
        "properties": properties,
    });
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema
}

fn property(key: Known) -> (String, Value) {
    let mut schema = key.schema;
    schema["description"] = json!(key.description);
    if !key.default.is_null() && !key.varies {
        schema["default"] = key.default;
    }
    (key.name.to_owned(), schema)
}

/// What text matches, or what is filled in.
fn matching(pattern: &str) -> Value {
    json!({"type": "string", "pattern": format!(r"^({pattern})$|\$\{{")})
}

pub(super) fn url() -> Value {
    matching("https?://[^/?#@][^?#@]*")
}

pub(super) fn owner() -> Value {
    matching("[A-Za-z0-9._~-]{1,64}")
}

pub(super) fn text() -> Value {
    json!({"type": "string", "pattern": r"\S"})
}

pub(super) fn texts() -> Value {
    json!({"type": "array", "items": text()})
}

pub(super) fn flag() -> Value {
    json!({"type": "boolean"})
}

pub(super) fn integer() -> Value {
    json!({"type": "integer"})
}

pub(super) fn whole<T: Copy + Into<Value>>(number: &WholeNumber<T>) -> Value {
    let (min, max): (Value, Value) = (number.min.into(), number.max.into());
    json!({"type": "integer", "minimum": min, "maximum": max})
}

pub(super) fn variable_names() -> Value {
    let name = matching("[A-Z_][A-Z0-9_]{0,63}");
    json!({"anyOf": [name, {"type": "array", "minItems": 1, "items": name}]})
}

pub(super) fn functions(optional: &[Optional]) -> Value {
    let names: Vec<_> = optional.iter().map(|(name, _)| *name).collect();
    match names.is_empty() {
        true => json!({"type": "array", "maxItems": 0}),
        false => json!({"type": "array", "items": {"type": "string", "enum": names}}),
    }
}

pub(super) fn catalog() -> Value {
    let mut image = text();
    image["description"] = json!("What the provider starts: an image or a snapshot, by its id.");
    let mut max = whole(&keys::SANDBOXES);
    max["description"] = json!("Sandboxes of it that may run at a time.");
    let limited = json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["image"],
        "properties": {"image": image, "max": max},
    });
    json!({
        "type": "object",
        "propertyNames": {"type": "string", "pattern": "^[A-Za-z0-9._/:@-]{1,128}$"},
        "additionalProperties": {"anyOf": [text(), limited]},
    })
}
