//! One operation of one document, called by one function: what the client generator is given of it.

use std::fs;

use provider_codegen::{diagnostic::Report, generate};
use serde_json::{Value, json};

/// A document and the call that is made of its operation, both as YAML.
pub struct Probe<'a> {
    pub document: &'a str,
    pub call: &'a str,
}

impl Probe<'_> {
    /// The lowered document.
    pub fn lowered(&self) -> Value {
        let generated = self.run().unwrap_or_else(|report| panic!("{report}"));
        serde_json::from_str(&generated.lowered).expect("JSON")
    }

    /// What is said instead: the message and the help of each problem.
    pub fn refusal(&self) -> Vec<(String, String)> {
        let report = self.run().expect_err("a refusal");
        report
            .problems
            .into_iter()
            .map(|problem| (problem.message, problem.help.unwrap_or_default()))
            .collect()
    }

    pub fn run(&self) -> Result<provider_codegen::Generated, Report> {
        let folder = tempfile::tempdir().expect("a folder");
        let mapping = format!(
            "provider: probe\n\
             api:\n  document: openapi.yaml\n  server: {{config: api_base, default: 'https://probe.example'}}\n  \
             auth: {{bearer: {{env: {{config: api_key_env, default: PROBE_KEY}}}}}}\n\
             functions:\n  probe:\n    description: Probes.\n    input: {{type: object, properties: {{}}}}\n    \
             output: {{type: object, properties: {{got: {{type: object}}}}}}\n{}",
            indented(self.call)
        );
        fs::write(folder.path().join("mapping.yaml"), mapping).expect("to write");
        fs::write(folder.path().join("openapi.yaml"), self.document).expect("to write");
        generate(folder.path())
    }
}

fn indented(text: &str) -> String {
    text.trim().lines().map(|line| format!("    {line}\n")).collect()
}

/// A schema with its components in their places.
pub fn inlined(schema: &Value, lowered: &Value) -> Value {
    match schema {
        Value::Object(map) if map.contains_key("$ref") => {
            let pointer = map["$ref"].as_str().and_then(|reference| reference.strip_prefix('#'));
            inlined(
                lowered.pointer(pointer.expect("a reference")).expect("a component"),
                lowered,
            )
        }
        Value::Object(map) => map
            .iter()
            .map(|(key, value)| (key.clone(), inlined(value, lowered)))
            .collect(),
        Value::Array(items) => items.iter().map(|item| inlined(item, lowered)).collect(),
        other => other.clone(),
    }
}

/// An object of these properties.
pub fn object(properties: Value, required: &[&str]) -> Value {
    let mut schema = json!({"type": "object", "properties": properties});
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema
}
