//! Inputs and outputs: each field of a schema with its type and bounds in words.

use serde_json::Value;

use crate::contract::Contract;

pub struct Field {
    /// `sandboxes[].image` for a field of a list's items.
    pub name: String,
    /// `a list of strings`, without the article.
    pub kind: String,
    pub required: bool,
    /// `1 to 65535`
    pub bounds: Vec<String>,
    pub default: Option<String>,
    pub description: String,
}

/// The fields of an object's schema; those of objects within follow theirs.
pub fn all(contract: &Contract, schema: &Value) -> Vec<Field> {
    let mut fields = Vec::new();
    collect(contract, schema, "", &mut fields);
    fields
}

fn collect(contract: &Contract, schema: &Value, within: &str, fields: &mut Vec<Field>) {
    let required = |name: &String| {
        let mut names = schema["required"].as_array().into_iter().flatten();
        names.any(|required| required == name)
    };
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        let full = format!("{within}{name}");
        fields.push(Field {
            name: full.clone(),
            kind: kind(property),
            required: required(name),
            bounds: bounds(contract, property),
            default: property.get("default").map(Value::to_string),
            description: text(&property["description"]),
        });
        match property["type"].as_str() {
            Some("array") => collect(contract, &property["items"], &format!("{full}[]."), fields),
            _ => collect(contract, property, &format!("{full}."), fields),
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().trim().to_owned()
}

fn kind(schema: &Value) -> String {
    match schema["type"].as_str().unwrap_or_default() {
        "integer" => "whole number".to_owned(),
        "array" => format!("list of {}s", kind(&schema["items"])),
        "object" => match schema.get("additionalProperties").filter(|values| values.is_object()) {
            Some(values) => format!("map of {}s", kind(values)),
            None => "object".to_owned(),
        },
        other => other.to_owned(),
    }
}

fn bounds(contract: &Contract, schema: &Value) -> Vec<String> {
    let mut bounds = Vec::new();
    bounds.extend(range(&schema["minimum"], &schema["maximum"], ""));
    bounds.extend(range(&schema["minLength"], &schema["maxLength"], " characters"));
    bounds.extend(format(contract, schema));
    if let Some(values) = schema["enum"].as_array() {
        let values: Vec<String> = values.iter().map(plain).collect();
        bounds.push(format!("one of {}", values.join(", ")));
    }
    for (part, whose) in [
        ("items", "each"),
        ("additionalProperties", "each value"),
        ("propertyNames", "each name"),
    ] {
        let inner = schema.get(part).map(|schema| self::bounds(contract, schema));
        bounds.extend(
            inner
                .unwrap_or_default()
                .into_iter()
                .map(|bound| format!("{whose} {bound}")),
        );
    }
    bounds
}

fn range(least: &Value, most: &Value, unit: &str) -> Option<String> {
    match (least.is_number(), most.is_number()) {
        (true, true) => Some(format!("{least} to {most}{unit}")),
        (true, false) => Some(format!("at least {least}{unit}")),
        (false, true) => Some(format!("at most {most}{unit}")),
        (false, false) => None,
    }
}

fn format(contract: &Contract, schema: &Value) -> Option<String> {
    let name = schema["format"].as_str()?;
    Some(
        contract
            .formats
            .get(name)
            .map_or_else(|| format!("format {name}"), String::clone),
    )
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
