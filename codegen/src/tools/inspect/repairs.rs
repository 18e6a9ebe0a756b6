//! The constructs that the build repairs by itself, each with how.

use serde_json::Value;

/// A construct in a schema or parameter.
pub struct Repair {
    pub what: &'static str,
    pub how: &'static str,
    pub found: fn(&Value) -> bool,
}

pub const REPAIRS: &[Repair] = &[
    Repair {
        what: "null in `type`, `oneOf` or `anyOf`, or `nullable`",
        how: "the value is optional",
        found: |node| has_null(node) || node["nullable"] == Value::Bool(true),
    },
    Repair {
        what: "several types, or alternatives",
        how: "any JSON of one of them; what some have is optional, what all require is there, constants are an enumeration",
        found: |node| alternatives(node) > 1,
    },
    Repair {
        what: "`allOf`",
        how: "merged into one schema",
        found: |node| node["allOf"].is_array(),
    },
    Repair {
        what: "`enum` or `const`",
        how: "its plain type, so that a new value breaks nothing; a literal in the mapping is held against it",
        found: |node| node["enum"].is_array() || node.get("const").is_some(),
    },
    Repair {
        what: "`default`",
        how: "left to the API",
        found: |node| node.get("default").is_some() && is_schema(node),
    },
    Repair {
        what: "bounds and patterns",
        how: "left to the API",
        found: |node| is_schema(node) && BOUNDS.iter().any(|key| node.get(key).is_some()),
    },
    Repair {
        what: "keywords beside `$ref`",
        how: "those of a schema hold too, as with `allOf`; before OpenAPI 3.1 none does",
        found: |node| node["$ref"].is_string() && node.as_object().is_some_and(|keys| keys.len() > 1),
    },
    Repair {
        what: "a schema without `type`",
        how: "the type that its keywords speak of",
        found: |node| node.get("type").is_none() && TYPED.iter().any(|key| node[key].is_object()),
    },
    Repair {
        what: "`not`, `if`, `prefixItems`, `patternProperties`, `discriminator`",
        how: "ignored",
        found: |node| is_schema(node) && IGNORED.iter().any(|key| node.get(key).is_some()),
    },
    Repair {
        what: "`style: deepObject`",
        how: "one query parameter for each key: `name[key]=value`",
        found: |node| node["style"] == "deepObject",
    },
];

const BOUNDS: [&str; 11] = [
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "uniqueItems",
    "pattern",
];

const TYPED: [&str; 3] = ["properties", "items", "additionalProperties"];

const IGNORED: [&str; 5] = ["not", "if", "prefixItems", "patternProperties", "discriminator"];

fn is_schema(node: &Value) -> bool {
    node.get("type").is_some_and(|kind| kind.is_string() || kind.is_array()) || node.get("oneOf").is_some()
}

fn arms(node: &Value) -> impl Iterator<Item = &Value> {
    [&node["oneOf"], &node["anyOf"]]
        .into_iter()
        .filter_map(Value::as_array)
        .flatten()
}

fn types(node: &Value) -> impl Iterator<Item = &Value> {
    node["type"].as_array().into_iter().flatten()
}

fn has_null(node: &Value) -> bool {
    arms(node).any(|arm| arm["type"] == "null") || types(node).any(|kind| kind == "null")
}

fn alternatives(node: &Value) -> usize {
    let arms = arms(node).filter(|arm| arm["type"] != "null").count();
    arms.max(types(node).filter(|kind| *kind != "null").count())
}
