//! One field of a payload, held against its part of the schema.
//!
//! The check ends at the first thing that is wrong, and what a value is as a whole comes before what it holds: a list of
//! millions costs no more than a look at its length.

use jsonschema::Validator;
use serde_json::Value;

use super::{complaint, format};
use crate::error::Error;

/// Keywords that say something of what a value holds.
const OF_PARTS: [&str; 3] = ["items", "properties", "additionalProperties"];

/// A field that the schema names.
#[derive(Debug)]
pub(super) struct Field {
    schema: Value,
    /// What the schema says of the value as a whole.
    whole: Validator,
    parts: Validator,
    /// The bytes of all texts within, at most.
    max_bytes: Option<u64>,
}

impl Field {
    pub fn new(schema: &Value) -> Self {
        let mut whole = schema.clone();
        if let Some(keywords) = whole.as_object_mut() {
            keywords.retain(|keyword, _| !OF_PARTS.contains(&keyword.as_str()));
        }
        Self {
            whole: validator(&whole),
            parts: validator(schema),
            max_bytes: schema.get("maxBytes").and_then(Value::as_u64),
            schema: schema.clone(),
        }
    }

    pub fn default(&self) -> Option<&Value> {
        self.schema.get("default")
    }

    /// # Errors
    /// S001 that names the field, for the first thing that is wrong.
    pub fn check(&self, name: &str, value: &Value) -> Result<(), Error> {
        for validator in [&self.whole, &self.parts] {
            if let Err(error) = validator.validate(value) {
                return Err(complaint::about(name, &error, &self.schema, value));
            }
        }
        match self.max_bytes {
            Some(limit) if bytes(value) > limit => Err(complaint::too_large(name, limit)),
            _ => Ok(()),
        }
    }
}

fn validator(schema: &Value) -> Validator {
    format::options()
        .should_validate_formats(true)
        .should_ignore_unknown_formats(false)
        .build(schema)
        .unwrap_or_else(|error| panic!("the schema of a function's input is wrong: {error}"))
}

/// The bytes of all texts, names of fields included.
fn bytes(value: &Value) -> u64 {
    match value {
        Value::String(text) => text.len() as u64,
        Value::Array(items) => items.iter().map(bytes).sum(),
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| name.len() as u64 + bytes(value))
            .sum(),
        _ => 0,
    }
}
