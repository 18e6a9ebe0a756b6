//! JSON Schemas of mapping, examples and overlay, for editors: completion, descriptions, mistakes of shape while typing.
//!
//! Draft-07, which is the newest that yaml-language-server takes in whole. What is known elsewhere is filled in from
//! there: operators from their table, functions and codes from the contract, reserved names from the value language.

mod expand;
mod operators;
#[cfg(test)]
mod tests;

use serde_json::{Value, json};

use crate::{
    contract::Contract,
    diagnostic::Sink,
    mapping::{Root, SINGLE_STEP},
    source::Source,
    yaml,
};

const MAPPING: &str = include_str!("../../../schema/mapping.yaml");
const OVERLAY: &str = include_str!("../../../schema/overlay.yaml");

/// The schemas that stand beside a `spec/`: the name of each file, and its text.
pub fn files() -> [(&'static str, String); 3] {
    [
        ("mapping.schema.json", mapping()),
        ("examples.schema.json", examples()),
        ("overlay.schema.json", overlay()),
    ]
}

/// The schema of `mapping.yaml`, as the text of `mapping.schema.json`.
pub fn mapping() -> String {
    text(&of_mapping())
}

fn of_mapping() -> Value {
    let contract = Contract::family();
    let mut schema = expand::expand(&read("mapping.yaml", MAPPING));
    let definitions = &mut schema["definitions"];
    operators::fill(&mut definitions["value"]["then"]["properties"]);
    definitions["code"]["enum"] = contract.codes.keys().cloned().collect();
    let reserved = Root::RESERVED.iter().chain([&SINGLE_STEP]);
    definitions["namedStep"]["propertyNames"]["not"] = json!({"enum": reserved.collect::<Vec<_>>()});
    for function in &contract.functions {
        // The contract says what they take and answer.
        let known = json!({
            "description": function.description,
            "allOf": [{"$ref": "#/definitions/function"}, {"properties": {"input": false, "output": false}}],
        });
        schema["properties"]["functions"]["properties"][&function.name] = known;
    }
    schema
}

/// What of the mapping's schema is about examples.
const OF_EXAMPLES: [&str; 8] = [
    "code",
    "example",
    "exampleError",
    "exampleResponse",
    "exchange",
    "sample",
    "samples",
    "text",
];

/// The schema of `examples.yaml`, as the text of `examples.schema.json`.
pub fn examples() -> String {
    let mapping = of_mapping();
    let mut definitions = mapping["definitions"].clone();
    if let Some(definitions) = definitions.as_object_mut() {
        definitions.retain(|name, _| OF_EXAMPLES.contains(&name.as_str()));
    }
    let one_or_many = &mapping["definitions"]["function"]["properties"]["examples"];
    text(&json!({
        "$schema": mapping["$schema"],
        "title": "Examples of a provider's functions",
        "description": "What is sent and answered when a function is called, by its name. Keys that begin with `x-` are for what is said twice.",
        "type": "object",
        "patternProperties": {"^x-": {}},
        "additionalProperties": one_or_many,
        "definitions": definitions,
    }))
}

/// The schema of `overlay.yaml`, as the text of `overlay.schema.json`.
pub fn overlay() -> String {
    text(&expand::expand(&read("overlay.yaml", OVERLAY)))
}

/// The source of a schema, which ships with this crate.
fn read(name: &str, text: &str) -> Value {
    let source = Source::new(name, text);
    let node = yaml::parse(&source, &mut Sink::default());
    node.map(|node| node.to_json()).unwrap_or_default()
}

fn text(schema: &Value) -> String {
    let mut text = serde_json::to_string_pretty(schema).unwrap_or_default();
    text.push('\n');
    text
}
