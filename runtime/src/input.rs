//! From a call's payload to a function's typed input, or to an error that names the field.
//!
//! The schema decides, of which callers see at the engine what [`published`] makes of it; the type only holds what passed.
//! Others may check payloads too, but not all of it, and not in words that are safe to show: ours never contain a value.

mod complaint;
mod field;
mod format;
mod published;
mod stranger;

use indexmap::IndexMap;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::error::{Code, Error};
use crate::value::without_fraction;
use field::Field;

pub use format::is_path_segment;
pub use published::published;

/// The JSON Schema of a function's payload, ready to read payloads.
#[derive(Debug)]
pub struct InputSchema {
    schema: Value,
    required: Vec<String>,
    /// Every top-level property in the schema's order.
    fields: IndexMap<String, Field>,
}

impl InputSchema {
    /// # Panics
    ///
    /// If `schema` is no JSON Schema or has a format that nothing here checks. Schemas are made at build time.
    pub fn new(schema: &Value) -> Self {
        let properties = schema["properties"].as_object().into_iter().flatten();
        let required = schema["required"].as_array().into_iter().flatten();
        Self {
            schema: schema.clone(),
            required: required.filter_map(Value::as_str).map(str::to_owned).collect(),
            fields: properties
                .map(|(name, property)| (name.clone(), Field::new(property)))
                .collect(),
        }
    }

    /// The payload as the function's input. A null for an optional field counts as absent, and an absent field gets its
    /// default.
    ///
    /// # Errors
    ///
    /// S001 for the first field that is wrong: required fields that are missing, fields that the schema does not name,
    /// then the schema's order.
    pub fn read<T: DeserializeOwned>(&self, payload: Value) -> Result<T, Error> {
        let Value::Object(fields) = payload else {
            return Err(Error::new(Code::S001, "the payload must be an object"));
        };
        let mut payload = Value::Object(self.complete(fields));
        drop_fractions(&mut payload);
        self.check(&payload)?;
        serde_path_to_error::deserialize(payload).map_err(|error| complaint::misfit(error.path()))
    }

    fn complete(&self, mut fields: Map<String, Value>) -> Map<String, Value> {
        // Callers in typed languages send null for an option that is not given.
        fields.retain(|name, value| !value.is_null() || self.required.contains(name));
        for (name, field) in &self.fields {
            if let (Some(default), false) = (field.default(), fields.contains_key(name)) {
                fields.insert(name.clone(), default.clone());
            }
        }
        fields
    }

    fn check(&self, payload: &Value) -> Result<(), Error> {
        let absent = |name: &&String| payload.get(name.as_str()).is_none();
        if let Some(name) = self.required.iter().find(absent) {
            return Err(Error::bad_input(name, "is missing"));
        }
        if let Some(stranger) = stranger::find(&self.schema, payload) {
            return Err(complaint::unknown(&stranger, payload));
        }
        let given = self
            .fields
            .iter()
            .filter_map(|(name, field)| Some((name, field, payload.get(name)?)));
        for (name, field, value) in given {
            field.check(name, value)?;
        }
        Ok(())
    }
}

/// JSON Schema takes 2.0 for a whole number, serde does not.
fn drop_fractions(value: &mut Value) {
    match value {
        Value::Number(number) => {
            if let Some(whole) = without_fraction(number) {
                *number = whole;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(drop_fractions),
        Value::Object(fields) => fields.values_mut().for_each(drop_fractions),
        _ => {}
    }
}
