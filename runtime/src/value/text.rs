//! Operators that yield strings.

use serde_json::Value;

use super::number::whole;
use super::refuse;
use crate::error::Error;

/// A string, number or boolean as a string.
pub fn text(value: Value) -> Result<Value, Error> {
    if value.is_null() {
        return Ok(Value::Null);
    }
    scalar("text", value).map(Value::String)
}

/// A list of such values as strings, for a parameter that is sent as text.
pub fn texts(values: Value) -> Result<Value, Error> {
    match values {
        Value::Null => Ok(Value::Null),
        Value::Array(items) => {
            let items = items.into_iter().map(|item| scalar("text", item));
            items.collect::<Result<Vec<_>, _>>().map(Value::from)
        }
        _ => Err(refuse("text", "a list")),
    }
}

/// The parts joined; absent if one of them is: what would be left is a different name, not a shorter one.
pub fn template<I: IntoIterator<Item = Value>>(parts: I) -> Result<Value, Error> {
    let mut joined = String::new();
    for part in parts {
        if part.is_null() {
            return Ok(Value::Null);
        }
        joined.push_str(&scalar("template", part)?);
    }
    Ok(Value::String(joined))
}

fn scalar(operator: &str, value: Value) -> Result<String, Error> {
    match value {
        Value::String(text) => Ok(text),
        Value::Bool(boolean) => Ok(boolean.to_string()),
        // A port that a provider writes as 8080.0 is still port 8080.
        Value::Number(_) => match whole(operator, &value) {
            Ok(whole) => Ok(whole.into_value().to_string()),
            Err(_) => Ok(value.to_string()),
        },
        _ => Err(refuse(operator, "a string, number or boolean")),
    }
}
