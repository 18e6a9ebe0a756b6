//! A schema as callers are shown it: in keywords that every validator of JSON Schema knows.
//!
//! The worker reads payloads by more than those: a text may have to be one segment of a URL's path, and a list have no
//! more than so many bytes. What is published never refuses what the worker takes, and comes as close as patterns that
//! all dialects of regular expressions have in common; the rest is said in words.

use serde_json::{Map, Value, json};

use super::format;

/// The schema without the formats and keywords that only this crate knows.
pub fn published(schema: &Value) -> Value {
    let Some(keywords) = schema.as_object() else {
        return schema.clone();
    };
    let mut shown = Map::new();
    for (keyword, value) in keywords {
        match (keyword.as_str(), value) {
            ("format" | "maxBytes", _) => {}
            ("properties", Value::Object(properties)) => {
                let properties = properties.iter().map(|(name, of)| (name.clone(), published(of)));
                shown.insert(keyword.clone(), properties.collect());
            }
            ("propertyNames", names) => {
                let mut names = published(names);
                names["type"] = json!("string");
                shown.insert(keyword.clone(), names);
            }
            ("items" | "additionalProperties", inner) => {
                shown.insert(keyword.clone(), published(inner));
            }
            _ => {
                shown.insert(keyword.clone(), value.clone());
            }
        }
    }
    if let Some(name) = keywords.get("format").and_then(Value::as_str) {
        approximate(&mut shown, name);
    }
    if let Some(limit) = keywords.get("maxBytes") {
        say(&mut shown, &format!("At most {limit} bytes in all."));
    }
    shown.into()
}

/// A format that validators in general know stays.
fn approximate(shown: &mut Map<String, Value>, name: &str) {
    let Some(format) = format::find(name) else {
        shown.insert("format".to_owned(), name.into());
        return;
    };
    shown.insert("pattern".to_owned(), format.pattern.into());
    if let Some(limit) = format.max_length {
        shown.entry("maxLength").or_insert_with(|| limit.into());
    }
}

fn say(shown: &mut Map<String, Value>, sentence: &str) {
    let said = shown.get("description").and_then(Value::as_str).unwrap_or_default();
    let text = format!("{said} {sentence}").trim().to_owned();
    shown.insert("description".to_owned(), text.into());
}
