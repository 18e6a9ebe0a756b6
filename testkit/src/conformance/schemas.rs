//! The schemas of functions are for whatever validator a caller has.

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::{Map, Value, json};

use crate::deployment::{Deployment, DeploymentBuilder};

/// Keywords of JSON Schema that mean the same in every draft and to every validator, those that only describe among them.
const KEYWORDS: [&str; 22] = [
    "$schema",
    "type",
    "title",
    "description",
    "default",
    "examples",
    "enum",
    "properties",
    "required",
    "additionalProperties",
    "propertyNames",
    "maxProperties",
    "items",
    "anyOf",
    "minItems",
    "maxItems",
    "minLength",
    "maxLength",
    "pattern",
    "contentEncoding",
    "minimum",
    "maximum",
];

/// Programs that compile the schemas which stand on their input, as `{name: schema}`, and name those that they refuse.
const VALIDATORS: [(&str, &str, &str); 2] = [
    ("node", "-e", include_str!("schemas/ajv.cjs")),
    ("python3", "-c", include_str!("schemas/jsonschema.py")),
];

/// Every schema that the worker has registered, by function and side.
fn registered(deployment: &Deployment) -> Map<String, Value> {
    let functions = deployment.engine.functions().into_iter();
    let schemas = functions.flat_map(|function| {
        let side = |side: &str, schema: Option<Value>| {
            let name = format!("{} {side}", function.id);
            let schema = schema.unwrap_or_else(|| panic!("{name}: no schema"));
            (name, schema)
        };
        [
            side("request", function.request_format.clone()),
            side("response", function.response_format.clone()),
        ]
    });
    schemas.collect()
}

/// Visits a schema and all within it, each with its place.
fn visit(place: &str, schema: &Value, visitor: &mut impl FnMut(&str, &Value)) {
    visitor(place, schema);
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        visit(&format!("{place} {name}"), property, visitor);
    }
    for (at, arm) in schema["anyOf"].as_array().into_iter().flatten().enumerate() {
        visit(&format!("{place} anyOf {at}"), arm, visitor);
    }
    for keyword in ["items", "additionalProperties", "propertyNames"] {
        if let Some(inner) = schema.get(keyword).filter(|inner| inner.is_object()) {
            visit(&format!("{place} {keyword}"), inner, visitor);
        }
    }
}

pub async fn every_validator_knows_their_keywords(worker: DeploymentBuilder) {
    let deployment = worker.start().await;
    deployment.worker.wait_for_line("registered ").await;
    for (name, schema) in registered(&deployment) {
        visit(&name, &schema, &mut |place, schema| {
            let keywords = schema.as_object().unwrap_or_else(|| panic!("{place} is no object"));
            for keyword in keywords.keys() {
                assert!(KEYWORDS.contains(&keyword.as_str()), "{place} has `{keyword}`");
            }
        });
        if let Err(error) = jsonschema::validator_for(&schema) {
            panic!("{name}: {error}");
        }
    }
}

pub async fn every_field_is_described(worker: DeploymentBuilder) {
    let deployment = worker.start().await;
    deployment.worker.wait_for_line("registered ").await;
    for (name, schema) in registered(&deployment) {
        visit(&name, &schema, &mut |place, schema| {
            for (field, property) in schema["properties"].as_object().into_iter().flatten() {
                let said = property["description"].as_str().unwrap_or_default();
                assert!(said.ends_with('.'), "{place}: `{field}` is described as {said:?}");
            }
        });
    }
}

/// Needs node with ajv, and python3 with jsonschema.
pub async fn ajv_in_strict_mode_and_pythons_jsonschema_compile_them(worker: DeploymentBuilder) {
    let deployment = worker.start().await;
    deployment.worker.wait_for_line("registered ").await;
    let schemas = json!(registered(&deployment)).to_string();
    for (program, flag, script) in VALIDATORS {
        let validator = Command::new(program)
            .args([flag, script])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        let mut validator = validator.unwrap_or_else(|error| panic!("{program}: {error}"));
        let input = validator.stdin.take().expect("a pipe");
        // A program that ends before it has read all says why.
        let _ = { input }.write_all(schemas.as_bytes());
        let output = validator.wait_with_output().expect("its output");
        let said = [output.stdout, output.stderr].concat();
        assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&said));
    }
}
