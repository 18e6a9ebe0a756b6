//! Golden files of what each function takes and answers: `UPDATE_GOLDENS=1 cargo test --test it schemas::` rewrites them.

use std::path::{Path, PathBuf};
use std::{env, fs};

use serde_json::{Value, json};
use testkit::Deployment;
use testkit::engine::Registered;

use crate::WORKER;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/schemas")
}

/// `sandbox.provider.morph.list.json`.
fn file_name(function_id: &str) -> String {
    format!("{}.json", function_id.replace("::", "."))
}

fn golden(function: &Registered) -> String {
    let golden = json!({
        "description": function.description,
        "function_id": function.id,
        "request_schema": function.request_format,
        "response_schema": function.response_format,
    });
    format!("{golden:#}\n")
}

#[tokio::test]
async fn the_schemas_are_the_golden_ones() {
    let deployment = Deployment::start(WORKER).await;
    deployment.worker.wait_for_line("registered ").await;
    for function in deployment.engine.functions() {
        let file = folder().join(file_name(&function.id));
        let fresh = golden(&function);
        if env::var_os("UPDATE_GOLDENS").is_some() {
            fs::create_dir_all(folder()).expect("a folder");
            fs::write(&file, &fresh).expect("a file");
        }
        let kept = fs::read_to_string(&file).unwrap_or_default();
        assert_eq!(kept, fresh, "{} is stale: run with UPDATE_GOLDENS=1", file.display());
    }
}

#[tokio::test]
async fn there_is_no_golden_file_without_a_function() {
    let deployment = Deployment::start(WORKER).await;
    deployment.worker.wait_for_line("registered ").await;
    let mut expected: Vec<_> = deployment.engine.ids().iter().map(|id| file_name(id)).collect();
    let files = fs::read_dir(folder()).expect("a folder");
    let mut kept: Vec<_> = files
        .map(|file| file.expect("a file").file_name().into_string().expect("text"))
        .collect();
    expected.sort();
    kept.sort();
    assert_eq!(kept, expected);
}

/// What an engine asks of a schema before it publishes a function.
fn says_something(schema: &Value) -> bool {
    [
        "type",
        "properties",
        "$ref",
        "allOf",
        "anyOf",
        "oneOf",
        "enum",
        "items",
        "const",
    ]
    .iter()
    .any(|keyword| schema.get(keyword).is_some())
}

#[tokio::test]
async fn each_schema_can_be_published() {
    let deployment = Deployment::start(WORKER).await;
    for function in deployment.engine.functions() {
        for schema in [function.request_format, function.response_format] {
            assert!(says_something(&schema.expect("a schema")), "{}", function.id);
        }
    }
}
