//! Every example in spec/README.md passes the check, put into the provider's own mapping.

use std::{fs, path::Path};

use provider_codegen::{check_only, schema};
use serde_json::{Value, json};

/// A further API for the example that has one.
const TOOLBOX: &str = "
openapi: 3.0.3
components: {securitySchemes: {AccessToken: {type: apiKey, in: header, name: X-Access-Token}}}
paths:
  /files/content:
    get:
      parameters: [{name: path, in: query, required: true, schema: {type: string}}]
      responses:
        '200':
          description: ''
          content:
            application/json: {schema: {type: object, required: [content], properties: {content: {type: string}}}}
  /files:
    parameters: [{name: path, in: query, required: true, schema: {type: string}}]
    get:
      responses: {'200': {description: '', content: {application/octet-stream: {schema: {type: string, format: binary}}}}}
    put:
      requestBody: {required: true, content: {application/octet-stream: {schema: {type: string, format: binary}}}}
      responses: {'200': {description: ''}}
  /files/upload:
    post:
      requestBody:
        required: true
        content:
          multipart/form-data:
            schema: {type: object, required: [file], properties: {folder: {type: string}, file: {type: string, format: binary}}}
      responses: {'200': {description: ''}}
";

/// An operation that answers with a stream, for the example that reads one.
const PROCESSES: &str = "{post: {parameters: [{name: Connect-Timeout-Ms, in: header, schema: {type: integer}}], requestBody: {required: \
                         true, content: {application/connect+json: {schema: {type: object}}}}, responses: {'200': {description: '', \
                         content: {application/connect+json: {schema: {type: object, properties: {event: {type: object}}}}}}}}}";

#[test]
fn the_examples_of_the_format_pass_the_check() {
    let examples = examples("../spec/README.md");
    assert_eq!(examples.len(), 26, "each is looked at below");
    for example in examples {
        passes(&example);
    }
}

#[track_caller]
fn passes(example: &str) {
    if example.starts_with("overlay:") {
        let schema = serde_json::from_str(&schema::overlay()).expect("a schema");
        let valid = jsonschema::draft7::new(&schema)
            .expect("a schema")
            .is_valid(&parsed(example));
        assert!(valid, "{example}");
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let spec = Path::new("../spec");
    fs::copy(spec.join("overlay.yaml"), folder.path().join("overlay.yaml")).expect("to copy");
    let mut document = parsed(&fs::read_to_string(spec.join("openapi.json")).expect("the document"));
    document["paths"]["/processes"] = parsed(PROCESSES);
    fs::write(folder.path().join("openapi.json"), document.to_string()).expect("to write");
    fs::write(folder.path().join("toolbox.yaml"), TOOLBOX).expect("to write");
    let mut mapping = parsed(&fs::read_to_string(spec.join("mapping.yaml")).expect("the mapping"));
    let example_mapping = whole(example);
    // A function of an example is not the mapping's own.
    let functions = example_mapping.get("functions").and_then(Value::as_object);
    for name in functions.into_iter().flat_map(|functions| functions.keys()) {
        mapping["functions"].as_object_mut().expect("functions").remove(name);
    }
    // What starts sandboxes there gives them tags and lifetimes.
    if !example_mapping["sandboxes"]["untagged"].is_null() {
        mapping["functions"] = json!({"list": mapping["functions"]["list"], "stop": mapping["functions"]["stop"]});
        mapping["capabilities"] = json!({});
        mapping["sandboxes"] = json!({});
        mapping.as_object_mut().expect("keys").remove("snapshots");
    }
    let keys = example_mapping.get("config").and_then(Value::as_object).cloned();
    merge(&mut mapping, example_mapping);
    for (name, kind) in keys.iter().flatten().map(|(name, key)| (name, &key["type"])) {
        // One that nothing reads is a mistake.
        mapping["functions"][format!("reads_{name}")] = json!({
            "description": "Says how it is configured.",
            "input": {"type": "object", "properties": {}},
            "output": {"type": "object", "properties": {"it": {"type": kind}}},
            "answer": {"it": format!("$config.{name}")},
        });
    }
    fs::write(folder.path().join("mapping.yaml"), mapping.to_string()).expect("to write");
    let report = check_only(folder.path());
    assert!(report.is_ok(), "{example}\n{}", report.expect_err("problems"));
}

/// An example that is indented is a function, or the inside of one.
fn whole(example: &str) -> Value {
    match example.len() - example.trim_start().len() {
        0 => parsed(example),
        2 => parsed(&format!("functions:\n{example}")),
        _ => {
            let mut function = json!({
                "description": "The function that the example is from.",
                "input": {"type": "object", "required": ["image"], "properties": {
                    "image": {"type": "string"},
                    "timeout_ms": {"type": "integer", "minimum": 1},
                }},
                "output": {"type": "object", "required": ["sandbox_ids"], "properties": {
                    "sandbox_ids": {"type": "array", "items": {"type": "string"}},
                }},
                "answer": {"sandbox_ids": {"concat": ["$start.id", "$fork.instances[*].id"]}},
            });
            merge(&mut function, parsed(&format!("# Not a scalar.\n{example}")));
            json!({"functions": {"example": function}})
        }
    }
}

/// The blocks of YAML in a page.
fn examples(page: &str) -> Vec<String> {
    let page = fs::read_to_string(page).expect("a page");
    let blocks = page.split("```yaml\n").skip(1);
    blocks
        .map(|block| block.split("```").next().unwrap_or_default().to_owned())
        .collect()
}

fn parsed(text: &str) -> Value {
    serde_saphyr::from_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// What an example says comes into the place of what is there; objects are merged.
fn merge(into: &mut Value, from: Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (key, value) in from {
                match into.get_mut(&key) {
                    Some(known) => merge(known, value),
                    None => drop(into.insert(key, value)),
                }
            }
        }
        (into, from) => *into = from,
    }
}
