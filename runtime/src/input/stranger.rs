//! Fields of a payload that its schema does not name.
//!
//! To take them in silence would be to promise what is not done: a caller who writes `timeout` for `timeout_ms` has no
//! timeout. JSON Schema could refuse them too, but the engine holds payloads against the same schema, and both it and the
//! family's router put fields of their own beside the caller's.

use serde_json::{Map, Value};

/// A field that no schema names.
pub(super) struct Stranger<'a> {
    /// JSON Pointer to the object that it stands in.
    pub within: String,
    pub name: &'a str,
    /// The fields that are named there.
    pub known: Vec<&'a str>,
}

/// The first one, from the outside in. An object whose schema has no `properties`, or says something of others by
/// `additionalProperties`, may have any.
pub(super) fn find<'a>(schema: &'a Value, payload: &'a Value) -> Option<Stranger<'a>> {
    let fields = payload.as_object()?;
    let caller = fields.keys().filter(|name| !is_of_the_way(name));
    unknown(schema, caller, "").or_else(|| within_fields(schema, fields, ""))
}

/// What the engine and the router leave there: `_caller_worker_id`, `provider`.
fn is_of_the_way(name: &str) -> bool {
    name.starts_with('_') || name == "provider"
}

fn unknown<'a>(schema: &'a Value, mut names: impl Iterator<Item = &'a String>, at: &str) -> Option<Stranger<'a>> {
    let properties = schema["properties"].as_object()?;
    if schema
        .get("additionalProperties")
        .is_some_and(|others| *others != false)
    {
        return None;
    }
    let name = names.find(|name| !properties.contains_key(*name))?;
    Some(Stranger {
        within: at.to_owned(),
        name,
        known: properties.keys().map(String::as_str).collect(),
    })
}

fn within<'a>(schema: &'a Value, value: &'a Value, at: &str) -> Option<Stranger<'a>> {
    match value {
        Value::Object(fields) => unknown(schema, fields.keys(), at).or_else(|| within_fields(schema, fields, at)),
        Value::Array(items) => {
            let mut items = items.iter().enumerate();
            items.find_map(|(index, item)| within(&schema["items"], item, &format!("{at}/{index}")))
        }
        _ => None,
    }
}

fn within_fields<'a>(schema: &'a Value, fields: &'a Map<String, Value>, at: &str) -> Option<Stranger<'a>> {
    let mut properties = schema["properties"].as_object()?.iter();
    properties.find_map(|(name, property)| within(property, fields.get(name)?, &format!("{at}/{name}")))
}
