//! The new worker built and run, outside of the workspace.

use std::{fs, path::Path, process::Command};

use provider_codegen::stub::Operations;
use serde_json::{Value, json};
use testkit::Deployment;
use wiremock::{
    Mock, MockServer, Request, ResponseTemplate,
    matchers::{body_json, body_partial_json, header, method, path},
};

use super::{Story, fresh, text, workspace};
use crate::nested;

#[tokio::test]
async fn it_passes_its_own_tests_at_once_and_functions_are_mapped_by_editing_yaml() {
    let story = Story::begin();
    story.made("hutch", &["hutch.openapi.yaml"]);
    let folder = story.path("hutch");
    // The versions that are there already: so no network is needed.
    fs::copy(workspace().join("Cargo.lock"), folder.join("Cargo.lock")).expect("to copy");
    share_what_is_compiled(&folder);
    cargo(&folder, &["test"]);
    edit(&folder.join("spec/mapping.yaml"));
    stub_all(&folder.join("spec"));
    fs::write(folder.join("spec/examples.yaml"), EXAMPLES).expect("to write");
    // Not `build`, which would compile all that has other features without the tests.
    cargo(&folder, &["test", "--no-run"]);

    examples_are_run(&folder);

    let provider = provider().await;
    let worker = worker(&provider).await;
    let created = worker.call("create", json!({"image": "plain"})).await;
    let expected = json!({
        "sandbox_id": "m1",
        "image": "plain",
        "started_at": "2026-11-25T02:00:00Z",
        "capabilities": ["snapshot", "expose_port"],
    });
    assert_eq!(created, Ok(expected));
    let exposed = worker
        .call("expose_port", json!({"sandbox_id": "m1", "port": 80}))
        .await;
    assert_eq!(exposed, Ok(json!({"url": "https://m1.hutch.example"})));
}

/// One that holds, and what a person is told of those that do not.
const EXAMPLES: &str = include_str!("../../new/documents/hutch.examples.yaml");

fn examples_are_run(folder: &Path) {
    let run = |arguments: &[&str]| {
        let output = nested::within(&mut Command::new(env!("CARGO_BIN_EXE_codegen")), folder)
            .arg("test")
            .args(arguments)
            .output()
            .expect("the binary");
        let told = text(&output.stderr);
        let verdict = told.lines().last().unwrap_or_default();
        let status = output.status.code().expect("an exit status");
        let line = arguments.join(" ");
        format!(
            "$ cargo codegen test {line}\n{}{verdict}\n[exit status {status}]\n",
            text(&output.stdout)
        )
    };
    let told = [run(&["spec"]), run(&["spec", "expose_port"]), run(&["exec"])];
    fresh("hutch.tested.txt", &told.join(""));
}

async fn worker(provider: &MockServer) -> Deployment {
    Deployment::builder(nested::target().join("debug/sandbox-hutch"))
        .provider("hutch")
        .functions(&["create", "expose_port"])
        .provider_url(&provider.uri())
        .env("HUTCH_API_KEY", "a-key")
        .config("owner: tests")
        .start()
        .await
}

/// Gives the package the features that the dependencies of this workspace have for its tests: then none is compiled once more.
fn share_what_is_compiled(folder: &Path) {
    let path = |name: &str| workspace().join(name).canonicalize().expect("a package");
    let (codegen, runtime, testkit) = (path("codegen"), path("runtime"), path("testkit"));
    let more = format!(
        r#"
[target.'cfg(all())'.dev-dependencies]
proptest = {{ version = "1", default-features = false, features = ["std"] }}
provider-codegen = {{ path = {codegen:?} }}
tokio = {{ version = "1", features = ["test-util"] }}

[target.'cfg(all())'.build-dependencies]
proptest = {{ version = "1", default-features = false, features = ["std"] }}
provider-runtime = {{ path = {runtime:?} }}
provider-testkit = {{ path = {testkit:?} }}
tokio = {{ version = "1", features = ["test-util"] }}
wiremock = "0.6"
"#
    );
    let manifest = folder.join("Cargo.toml");
    let made = fs::read_to_string(&manifest).expect("a manifest");
    fs::write(manifest, made + &more).expect("to write");
}

/// What an integrator does: takes comment marks away, and gives the values that are missing.
fn edit(mapping: &Path) {
    let mut text = fs::read_to_string(mapping).expect("a mapping");
    let changes = [
        ("region: …", "region: north"),
        (
            "url: {must: $response.url}",
            "url: {template: 'https://{$response.host}'}",
        ),
    ];
    for (old, new) in changes {
        assert!(text.contains(old), "the mapping has no {old}:\n{text}");
        text = text.replacen(old, new, 1);
    }
    for (begins, mark) in [("# sandboxes:", "# "), ("  # create:\n", "# ")] {
        text = uncommented(&text, begins, mark);
    }
    fs::write(mapping, text).expect("to write");
}

/// Adds the stub of every operation, with the example that it has: these are run too.
fn stub_all(spec: &Path) {
    let operations = Operations::read(spec).map_err(|report| report.to_string());
    let operations = operations.expect("a mapping that holds");
    let path = spec.join("mapping.yaml");
    let mut mapping = fs::read_to_string(&path).expect("a mapping");
    for label in operations.labels() {
        let stub = operations.stub(&label).expect("an operation");
        assert!(stub.contains("\n    examples:\n"), "{label} has no example:\n{stub}");
        mapping.push_str(&format!("\n{stub}"));
    }
    fs::write(&path, mapping).expect("to write");
}

/// Takes the mark from the lines that begin with this one, up to the next blank line.
fn uncommented(text: &str, begins: &str, mark: &str) -> String {
    let start = text.find(&format!("\n{begins}")).expect("a block") + 1;
    let end = text[start..].find("\n\n").map_or(text.len(), |at| start + at);
    let block: Vec<String> = text[start..end]
        .lines()
        .map(|line| line.replacen(mark, "", 1))
        .collect();
    format!("{}{}{}", &text[..start], block.join("\n"), &text[end..])
}

fn machine(state: &str) -> Value {
    json!({
        "id": "m1",
        "image": "plain",
        "state": state,
        "created_at": "2026-11-25T03:00:00+01:00",
        "labels": {"iii-owner": "tests"},
    })
}

/// A start's answer: the machine, with the labels that it was given.
fn started(request: &Request) -> ResponseTemplate {
    let sent: Value = request.body_json().expect("JSON");
    let mut started = machine("starting");
    started["labels"] = sent["labels"].clone();
    ResponseTemplate::new(201).set_body_json(started)
}

async fn provider() -> MockServer {
    let provider = MockServer::start().await;
    let asked = json!({"image": "plain", "region": "north", "ttl": 5, "labels": {"iii-owner": "tests"}});
    let tunnel = json!({"host": "m1.hutch.example"});
    let calls = [
        Mock::given(method("POST"))
            .and(path("/machines"))
            .and(header("X-Hutch-Key", "a-key"))
            .and(body_partial_json(asked))
            .respond_with(started),
        Mock::given(method("GET"))
            .and(path("/machines/m1"))
            .respond_with(ResponseTemplate::new(200).set_body_json(machine("running"))),
        Mock::given(method("POST"))
            .and(path("/machines/m1/tunnels"))
            .and(body_json(json!({"port": 80})))
            .respond_with(ResponseTemplate::new(201).set_body_json(tunnel)),
    ];
    for call in calls {
        call.mount(&provider).await;
    }
    provider
}

fn cargo(folder: &Path, arguments: &[&str]) {
    let output = nested::cargo(folder, arguments);
    let told = String::from_utf8_lossy(&output.stderr);
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "cargo {arguments:?}:\n{told}\n{printed}");
}
