//! The contract as the family's other workers have it, and what else has to be said in two places.
//!
//! Names, types and defaults are written down here once more, so that no edit of `contract.yaml` can change by accident
//! what callers of all providers rely on.

use std::{fs, path::Path};

use provider_codegen::generate;
use serde_json::{Value, json};

/// Function, what it takes, what it answers: `name: type`, with `?` if it may be absent.
const FUNCTIONS: [(&str, &str, &str); 10] = [
    (
        "create",
        "image: string, idle_timeout_secs?: integer",
        "sandbox_id: string, image: string, started_at: string, capabilities: [string]",
    ),
    (
        "exec",
        "sandbox_id: string, cmd: string, args?: [string] = [], env?: {string}, cwd?: string, timeout_ms?: integer",
        "stdout: string, stderr: string, exit_code: integer, timed_out: boolean, stdout_truncated: boolean, \
         stderr_truncated: boolean",
    ),
    ("stop", "sandbox_id: string", ""),
    (
        "list",
        "",
        "sandboxes: [object], in_flight: integer, cap: integer, remaining: integer, reconciled: boolean",
    ),
    ("snapshot", "sandbox_id: string", "snapshot_id: string"),
    (
        "branch",
        "sandbox_id: string, count?: integer = 2",
        "sandbox_ids: [string], snapshot_id?: string",
    ),
    ("expose_port", "sandbox_id: string, port: integer", "url: string"),
    ("extend", "sandbox_id: string, secs: integer", ""),
    ("fs::read", "sandbox_id: string, path: string", "bytes_base64: string"),
    (
        "fs::write",
        "sandbox_id: string, path: string, bytes_base64: string, mode?: integer",
        "",
    ),
];

#[test]
fn the_functions_take_and_answer_what_the_family_agreed_on() {
    let contract = parsed("contract.yaml");
    let functions = contract["functions"].as_object().expect("functions");
    let found: Vec<(&str, String, String)> = functions
        .iter()
        .map(|(name, function)| (name.as_str(), fields(&function["input"]), fields(&function["output"])))
        .collect();
    let agreed: Vec<(&str, String, String)> = FUNCTIONS
        .iter()
        .map(|(name, takes, answers)| (*name, (*takes).to_owned(), (*answers).to_owned()))
        .collect();
    assert_eq!(found, agreed);
}

#[test]
fn a_listed_sandbox_says_what_the_family_agreed_on() {
    let item = &parsed("contract.yaml")["functions"]["list"]["output"]["properties"]["sandboxes"]["items"];
    assert_eq!(fields(item), "sandbox_id: string, image: string, started_at: string");
}

#[test]
fn the_bounds_are_those_that_the_family_agreed_on() {
    let contract = parsed("contract.yaml");
    let bounds = |function: &str, input: &str| {
        let property = &contract["functions"][function]["input"]["properties"][input];
        (property["minimum"].clone(), property["maximum"].clone())
    };
    assert_eq!(bounds("expose_port", "port"), (json!(1), json!(65535)));
    assert_eq!(bounds("branch", "count").0, json!(1));
    assert_eq!(bounds("extend", "secs"), (json!(1), json!(31_536_000)));
}

#[test]
fn tags_and_codes_are_those_that_the_family_agreed_on() {
    let contract = parsed("contract.yaml");
    let tags = json!({
        "snapshot": ["snapshot"],
        "branch": ["branch"],
        "expose_port": ["expose_port"],
        "extend": ["extend"],
        "fs": ["fs::read", "fs::write"],
    });
    assert_eq!(contract["capabilities"].to_string(), tags.to_string(), "in this order");
    let codes: Vec<&String> = contract["codes"].as_object().expect("codes").keys().collect();
    // S600 is the router's; S001 is what bad input is called here and S002 a sandbox that is none, which the family has no codes for.
    let agreed = [
        "S001", "S002", "S100", "S200", "S300", "S400", "S404", "S500", "S501", "S502", "S503",
    ];
    assert_eq!(codes, agreed);
}

/// The reader of these files here takes a key that is given twice, and the last counts.
#[test]
fn no_source_of_this_crate_gives_a_key_twice() {
    for file in [
        "contract.yaml",
        "contract/adapter.yaml",
        "schema/mapping.yaml",
        "schema/overlay.yaml",
    ] {
        parsed(file);
    }
}

#[test]
fn no_key_that_the_runtime_has_can_be_declared() {
    let keys = fs::read_to_string(crate_folder().join("../runtime/src/config/keys.rs")).expect("the runtime's keys");
    let names = keys
        .lines()
        .filter_map(|line| line.strip_prefix("pub(super) const ")?.split_once(": &str = "))
        .map(|(_, name)| name.trim_matches(['"', ';']));
    let names: Vec<&str> = names.filter(|name| *name != "default").collect();
    assert!(names.contains(&"owner") && names.len() >= 10, "{names:?}");
    for name in names {
        let message = format!("every worker has a configuration key `{name}` already");
        assert_eq!(declared(name), [message]);
    }
}

/// What is said of a mapping that declares this configuration key.
fn declared(key: &str) -> Vec<String> {
    let folder = tempfile::tempdir().expect("a folder");
    for file in ["mapping.yaml", "openapi.yaml", "overlay.yaml", "examples.yaml"] {
        let text = fs::read_to_string(crate_folder().join("tests/shed").join(file)).expect("a file");
        let text = text.replace("\nconfig:\n", &format!("\nconfig:\n  {key}: {{type: string}}\n"));
        fs::write(folder.path().join(file), text).expect("to write");
    }
    let report = generate(folder.path()).expect_err("a refusal");
    report.problems.into_iter().map(|problem| problem.message).collect()
}

fn crate_folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn parsed(file: &str) -> Value {
    let text = fs::read_to_string(crate_folder().join(file)).expect("a file");
    serde_saphyr::from_str(&text).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// `sandbox_id: string, args?: [string] = []`
fn fields(schema: &Value) -> String {
    let required: Vec<&Value> = schema["required"].as_array().into_iter().flatten().collect();
    let properties = schema["properties"].as_object().into_iter().flatten();
    let field = |(name, property): (&String, &Value)| {
        let mark = if required.iter().any(|required| *required == name) {
            ""
        } else {
            "?"
        };
        let default = property.get("default").map(|value| format!(" = {value}"));
        format!("{name}{mark}: {}{}", kind(property), default.unwrap_or_default())
    };
    properties.map(field).collect::<Vec<_>>().join(", ")
}

fn kind(schema: &Value) -> String {
    match schema["type"].as_str().unwrap_or_default() {
        "array" => format!("[{}]", kind(&schema["items"])),
        "object" if schema["additionalProperties"].is_object() => {
            format!("{{{}}}", kind(&schema["additionalProperties"]))
        }
        other => other.to_owned(),
    }
}
